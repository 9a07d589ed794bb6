"""Which answers were computed but not shown, and why?

Every prediction on record has exactly one display: shown, no advice, silent, suppressed, failed
or late, the last but one and two with a reason. Rows count those that were not shown, by tool,
release, site, display and reason, and cite each. A prediction with no display, with a word that
is none, or with two that differ is an exception, by its own name.

It tells of answers on record. One that could not be recorded was not shown, and is counted here
once its gateway has written it down.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attending.report.question import Answer, Question, Row, against

if TYPE_CHECKING:
    from attending.facts.entry import Entry
    from attending.report.question import Asked

COLUMNS = ("use_case", "release", "site", "display", "reason", "n", "first_at", "last_at")
WITH_REASON, WITHOUT = ("suppressed", "failed"), ("shown", "no_advice", "silent", "late")

Named = tuple[str, str]  # use case, prediction


def answer(asked: Asked) -> Answer:
    """Count what was not shown, and name what has not exactly one display."""
    found: dict[Named, list[Entry]] = {}
    for entry in asked.entries("prediction/1"):
        if asked.is_about(entry.fact.site):
            named = (entry.fact.use_case or "", str(entry.fact.body["prediction"]))
            found.setdefault(named, []).append(entry)
    groups: dict[tuple[str, ...], list[Entry]] = {}
    wrong: list[Row] = []
    for (_, prediction), entries in found.items():
        fault = _fault(entries)
        if fault:
            wrong.append(against(prediction, fault, *(e.index for e in entries)))
        else:
            groups.setdefault(_group(entries[-1]), []).append(entries[-1])
    rows = [_row(group, there) for group, there in sorted(groups.items()) if group[3] != "shown"]
    shown = sum(len(there) for group, there in groups.items() if group[3] == "shown")
    hidden = sum(len(there) for there in groups.values()) - shown
    counts = {"predictions": len(found), "shown": shown, "not_shown": hidden}
    return Answer(
        _because(asked, counts, len(wrong)), COLUMNS, tuple(rows), tuple(wrong), counts=counts
    )


def _because(asked: Asked, counts: dict[str, int], wrong: int) -> str:
    if not counts["predictions"]:
        return f"{asked.searched}: no answer is on record."
    said = (
        f"Of {counts['predictions']:,} answers, {counts['shown']:,} were shown and"
        f" {counts['not_shown']:,} were not"
    )
    each = (
        "; each has exactly one display." if not wrong else f"; {wrong:,} have no single display."
    )
    return said + each


def _fault(entries: list[Entry]) -> str:
    """Say why an answer has not exactly one display; a correction takes its forerunner's place."""
    replaced = {e.fact.supersedes for e in entries}
    standing = [e for e in entries if e.index not in replaced]
    said = {_display(e) for e in standing}
    if len(said) != 1:
        told = ", ".join(sorted(" ".join(each).strip() or "none" for each in said))
        return f"it has {len(said)} displays: {told}"
    ((word, reason),) = said
    if not word:
        return "it has no display"
    if word in WITH_REASON:
        return "" if reason else f"it was {word}, and no reason is on record"
    return "" if word in WITHOUT else f"its display is {word!r}, which is none"


def _display(entry: Entry) -> tuple[str, str]:
    return str(entry.fact.body.get("display") or ""), str(entry.fact.body.get("reason") or "")


def _group(entry: Entry) -> tuple[str, ...]:
    fact = entry.fact
    return (fact.use_case or "", fact.release or "", fact.site or "", *_display(entry))


def _row(group: tuple[str, ...], there: list[Entry]) -> Row:
    use_case, release, site, display, reason = group
    cells = {
        "use_case": use_case,
        "release": release,
        "site": site,
        "display": display,
        "reason": reason or None,
        "n": len(there),
        "first_at": min(e.fact.at for e in there),
        "last_at": max(e.fact.at for e in there),
    }
    key = "/".join(part for part in (use_case, release, site, display, reason) if part)
    return Row(key, cells, tuple(sorted(e.index for e in there)))


q13_not_shown = Question(number=13, answer=answer)
