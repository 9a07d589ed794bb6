"""How were cards answered: accepted, overridden or ignored, by reason, role and unit, and when?

A row for each card, release, site, unit, role, month, response and coded reason, with how many
and what part of everything shown there to people in that role in that month. Ignored means that
nobody said anything within the time that the use case states; while that time runs a card waits,
and is counted as waiting. Where a card was answered twice, the last answer counts and both are
cited. A response to something that was never shown is an exception.

A reason in a person's own words is sealed, and stands here as *own words*. A role is that of the
person who was shown the card, in the use case's own words, for feedback names nobody; where a
caller did not say it, it stands as *not known* and is counted so. A unit that no spec and no
snapshot names goes by its pseudonym, and where a caller named none, as *not known*. Where a use
case declares no roles, none is ever on record, and the answer is partial.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from attending.report.question import Answer, Question, Row, against
from attending.report.responses import FACTS, responses

if TYPE_CHECKING:
    from attending.report.question import Asked, Cell
    from attending.report.responses import Responded

COLUMNS = (
    "use_case", "release", "site", "unit", "role", "month", "response", "reason", "n", "share",
)  # fmt: skip
NOT_KNOWN = "not known"
WORDS = ("accepted", "overridden", "ignored", "waiting", NOT_KNOWN)
NEEDS = ("roles that the use case declares",)

Group = tuple[str, str, str, str, str, str, str, str]


def answer(asked: Asked) -> Answer:
    """Count what people did with what they were shown."""
    found = responses(list(asked.entries(*FACTS)), asked.evidence.until)
    shown = [each for each in found.shown if asked.is_about(each.shown.fact.site)]
    groups: dict[Group, list[Responded]] = {}
    for each in shown:
        groups.setdefault(_group(each), []).append(each)
    of = Counter(_group(each)[:6] for each in shown)
    rows = [_row(group, there, of[group[:6]]) for group, there in sorted(groups.items())]
    stray = [e for e in found.stray if asked.is_about(e.fact.site)]
    wrong = [
        against(str(e.fact.body["prediction"]), "answered, and never on record as shown", e.index)
        for e in stray
    ]
    told = Counter(each.word for each in shown)
    unsaid = sum("role" not in each.shown.fact.body for each in shown)
    unknown = sum(each.shown.fact.body.get("role") == "not_known" for each in shown)
    counts = {
        "shown": len(shown),
        "role_not_known": unsaid + unknown,
        **{word.replace(" ", "_"): told[word] for word in WORDS},
    }
    if not rows:
        because = f"{asked.searched}: nothing was shown to anybody."
        return Answer(because, COLUMNS, (), tuple(wrong), counts=counts)
    said = ", ".join(f"{told[word]:,} {word}" for word in WORDS if told[word])
    because = f"Of {len(shown):,} shown: {said}."
    if unsaid:
        because += f" {unsaid:,} of them under specs that declare no roles."
    return Answer(
        because,
        COLUMNS,
        tuple(rows),
        tuple(wrong),
        status="partial" if unsaid else "answered",
        needs=NEEDS if unsaid else (),
        counts=counts,
    )


def _group(each: Responded) -> Group:
    fact = each.shown.fact
    unit = str(fact.body.get("unit") or "")
    role = str(fact.body.get("role") or "not_known")
    place = (fact.use_case or "", fact.release or "", fact.site or "", unit)
    return (*place, role, fact.at[:7], each.word, each.reason)


def _row(group: Group, there: list[Responded], of: int) -> Row:
    use_case, release, site, unit, role, month, word, reason = group
    cells: dict[str, Cell] = {
        "use_case": use_case,
        "release": release,
        "site": site,
        "unit": unit or NOT_KNOWN,
        "role": NOT_KNOWN if role == "not_known" else role,
        "month": month,
        "response": word,
        "reason": reason or None,
        "n": len(there),
        "share": len(there) / of,
    }
    cites = {i for each in there for i in each.cites}
    return Row("/".join(part or "-" for part in group), cells, tuple(sorted(cites)))


q10_responses = Question(number=10, answer=answer)
