"""What was the full configuration at a moment, and who changed what since an earlier one?

A row for each thing that is configured at the moment asked for: every spec by its digest, who
holds which role, every plan, decision and condition, every person's order, the error budget, and
the mode, release and reach of every place. With ``--since`` a row for each change after that
moment: from what, to what, who asked for it and who approved it. A change that was taken back
stands as two.

Nobody approves a spec as such: it acts only through a plan, which bears the signatures; and
holds and suspensions need no approval. A place that went live by a plan that asks for signatures
without any on record, and a plan approved by whoever made it, are exceptions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attending import shapes
from attending.report.configuration import configuration
from attending.report.question import Answer, Question, Row, against

if TYPE_CHECKING:
    from attending.report.configuration import Changed, Configuration, Setting
    from attending.report.question import Asked, Cell

COLUMNS = ("what", "kind", "name", "value", "was", "at", "author", "approved_by")


def answer(asked: Asked) -> Answer:
    """Tell what is configured, and what changed."""
    found = configuration(asked.entries())
    settings = [s for s in found.settings.values() if s.value and _is_about(asked, s)]
    since = asked.since
    changes = [
        c
        for c in found.changes
        if since is not None and c.now.entry.index >= since and _is_about(asked, c.now)
    ]
    rows = [_row("in force", s.name, s, None) for s in sorted(settings, key=lambda s: s.name)]
    rows += [_row("changed", f"{c.now.name}@{c.now.entry.index}", c.now, c) for c in changes]
    wrong = [row for c in found.changes if _is_about(asked, c.now) for row in _against(found, c)]
    because = f"{len(settings):,} things are configured"
    because += "." if since is None else f"; {len(changes):,} changes since fact {since:,}."
    if not rows:
        because = f"{asked.searched}: nothing was ever declared, planned or ordered."
    counts = {"settings": len(settings), "changes": len(changes)}
    return Answer(because, COLUMNS, tuple(rows), tuple(wrong), counts=counts)


def _is_about(asked: Asked, setting: Setting) -> bool:
    kind, _, rest = setting.name.partition("/")
    if not asked.site or kind != "mode":
        return True
    return rest.split("/")[1] == asked.site


def _row(what: str, key: str, setting: Setting, changed: Changed | None) -> Row:
    kind, _, name = setting.name.partition("/")
    before = None if changed is None else changed.before
    cells: dict[str, Cell] = {
        "what": what,
        "kind": kind,
        "name": name,
        "value": setting.value or "no more",
        "was": None if before is None else before.value or None,
        "at": setting.entry.fact.at,
        "author": setting.author,
        "approved_by": ", ".join(setting.approvers) or None,
    }
    cites = {*setting.cites, *(() if before is None else (before.entry.index,))}
    return Row(key, cells, tuple(sorted(cites)))


def _against(found: Configuration, changed: Changed) -> list[Row]:
    """Say what is wrong with who approved a change to live."""
    now = changed.now
    if not now.name.startswith("mode/") or not now.value.startswith("live"):
        return []
    key = f"{now.name}@{now.entry.index}"
    plan = found.plans.get(str(now.entry.fact.body["plan"]))
    if plan is None:
        return [against(key, "it went live by a plan that is not on record", *now.cites)]
    requires = shapes.convert(plan.fact.body["plan"], dict[str, Any]).get("requires", [])
    cites = tuple(sorted({*now.cites, plan.index}))
    if requires and not now.approvers:
        return [against(key, "it went live with no sign-off on record", *cites)]
    if plan.fact.by.person in now.approvers:
        return [against(key, f"{plan.fact.by.person} made the plan and approved it", *cites)]
    return []


q32_configured = Question(number=32, answer=answer)
