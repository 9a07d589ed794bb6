"""Which tools use protected attributes as inputs, bought ones included, and were they reviewed?

One row for each tool and each of race, color, national origin, sex, age and disability that one
of its inputs measures, directly or by a proxy, with who answers for the tool, the day it was
last reviewed, and the digest of what is done about it. Not as it should be: a characteristic of
which nobody has said whether it is measured, one that is measured and was never reviewed or
not within a year, one with nothing written of what is done, and a use case that declares a
protected input and is in no inventory.

It does not tell whether a tool discriminates. An inventory is what its keepers wrote, and what
was written of mitigation is sealed.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from attending import shapes
from attending.facts.inventory_columns import PROTECTED
from attending.report.inventory import FACTS, kept
from attending.report.question import Answer, Question, Row, against

if TYPE_CHECKING:
    from collections.abc import Iterator

    from attending.report.inventory import Kept
    from attending.report.question import Asked

COLUMNS = (
    "tool", "name", "vendor", "made", "sites", "owner", "characteristic", "measured",
    "reviewed_on", "mitigation",
)  # fmt: skip

MEASURED = ("direct", "proxy")
OVER = ("retired", "stopped")
A_YEAR = timedelta(days=365)


def answer(asked: Asked) -> Answer:
    """Give every characteristic that a tool's inputs measure, and what is wanting."""
    tools = kept(asked.evidence.entries(*FACTS))
    used = {k: v for k, v in tools.items() if _is_about(asked, v)}
    until = asked.evidence.until
    oldest = (until - A_YEAR).date().isoformat() if until is not None else ""
    rows = [row for each in used.values() for row in _rows(each)]
    wrong = [row for each in used.values() for row in _wanting(each, oldest)]
    wrong += _unlisted(asked, tools)
    n = len({row.cells["tool"] for row in rows})
    because = f"{n} of {len(used)} tools measure a protected characteristic."
    if not used:
        because = f"{asked.searched}: no inventory lists a tool that is in use."
    return Answer(because, COLUMNS, tuple(rows), tuple(wrong), counts={"tools": len(used)})


def _is_about(asked: Asked, each: Kept) -> bool:
    """Tell whether a tool was asked about; one that is no longer used never is."""
    tool = each.tool
    if tool.claimed_status in OVER or (asked.use_case and asked.use_case != _use_case(each)):
        return False
    return asked.site == "" or not tool.sites or asked.site in tool.sites


def _use_case(each: Kept) -> str:
    return each.tool.use_case or each.tool.tool


def _rows(each: Kept) -> Iterator[Row]:
    tool = each.tool
    for name, word in tool.protected.items():
        if word in MEASURED:
            cells = {
                "tool": tool.tool,
                "name": tool.name,
                "vendor": tool.vendor,
                "made": tool.made,
                "sites": "; ".join(tool.sites) or None,
                "owner": tool.owner,
                "characteristic": name,
                "measured": word,
                "reviewed_on": tool.protected_reviewed_on,
                "mitigation": tool.mitigation,
            }
            columns = ("name", "vendor", "made", "sites", "owner", "protected_reviewed_on")
            cites = each.cites(*columns, f"protected_{name}", "claimed_status", "use_case")
            yield Row(f"{tool.tool}/{name}", cells, cites)


def _wanting(each: Kept, oldest: str) -> Iterator[Row]:
    tool = each.tool
    measured = [name for name, word in tool.protected.items() if word in MEASURED]
    for name in PROTECTED:
        if tool.protected[name] == "not_known":
            because = f"whether an input of {tool.name} measures {_words(name)} is not known"
            yield against(f"{tool.tool}/{name}", because, *each.cites(f"protected_{name}"))
    if not measured:
        return
    told = ", ".join(map(_words, measured))
    cites = each.cites("protected_reviewed_on", *(f"protected_{name}" for name in measured))
    reviewed = tool.protected_reviewed_on
    if reviewed is None:
        yield against(f"{tool.tool}/review", f"it measures {told} and was never reviewed", *cites)
    elif reviewed < oldest:
        because = f"it measures {told} and was last reviewed on {reviewed}"
        yield against(f"{tool.tool}/review", because, *cites)
    if tool.mitigation is None:
        because = f"it measures {told}, and nothing is written of what is done about it"
        yield against(f"{tool.tool}/mitigation", because, *cites)


def _unlisted(asked: Asked, tools: dict[str, Kept]) -> list[Row]:
    """Name use cases that declare a protected input and that no inventory lists."""
    named = {_use_case(each) for each in tools.values()}
    declared: dict[str, Row] = {}
    for entry in asked.entries("specs/1"):
        name = entry.fact.use_case or ""
        documents = shapes.convert(entry.fact.body.get("documents") or {}, dict[str, object])
        use_case = shapes.convert(documents.get("use_case") or {}, dict[str, object])
        risk = shapes.convert(use_case.get("risk") or {}, dict[str, object])
        declared.pop(name, None)
        if risk.get("protected_input") and name not in named:
            because = f"{name} declares a protected input, and no inventory lists it"
            declared[name] = against(f"{name}/inventory", because, entry.index)
    return [*declared.values()]


def _words(name: str) -> str:
    return name.replace("_", " ")


q09_protected_inputs = Question(number=9, answer=answer)
