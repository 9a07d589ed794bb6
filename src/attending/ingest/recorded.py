"""A recorded case becomes facts: what was shown, and later what came of it.

A replay never invents or re-times an answer (contract C7): the display is the one on
record, except that at a site whose output was suspended a recorded ``shown`` enters as
``suppressed(suspended)``, and neither it nor that site's comparison arm is measured on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attending.facts.fact import By, Fact

if TYPE_CHECKING:
    from attending.facts.case import ParkedRow, RecordedCase, RecordedOutcome

BY = By(person="replay", via="source")


def served(
    case: RecordedCase,
    *,
    at: str,
    use_case: str,
    release: str,
    suspended: bool,
    by: By = BY,
) -> Fact:
    """Give the `served` fact of a recorded case."""
    body: dict[str, object] = {
        "type": "prediction/1",
        "prediction": case.case,
        "origin": "recorded",
        "day": case.day,
        "display": case.display,
        "subgroups": dict(sorted(case.subgroups.items())),
    }
    if case.arm:
        body["arm"] = case.arm
    if suspended:
        body["set_aside"] = "suspended"
        if case.display == "shown":
            body |= {"display": "suppressed", "reason": "suspended"}
    return Fact(
        kind="served",
        key=f"{use_case}/{case.case}/served",
        at=at,
        by=by,
        site=case.site,
        use_case=use_case,
        release=release,
        body=body,
    )


def observed(
    case: RecordedCase,
    outcome: RecordedOutcome,
    *,
    at: str,
    use_case: str,
    release: str,
    by: By = BY,
) -> Fact:
    """Give the `observed` fact of one outcome; nothing is said of an outcome not recorded."""
    body: dict[str, object] = {
        "type": "outcome/1",
        "prediction": case.case,
        "outcome": outcome.name,
        "y": outcome.y,
        "day": case.day + outcome.known_after,
    }
    if outcome.partly:
        body["partly"] = True
    return Fact(
        kind="observed",
        key=f"{use_case}/{case.case}/{outcome.name}/observed",
        at=at,
        by=by,
        site=case.site,
        use_case=use_case,
        release=release,
        body=body,
    )


def parked(row: ParkedRow, *, at: str, use_case: str, source: str) -> Fact:
    """Give the `ingested` fact of a row that could not be read as a case."""
    return Fact(
        kind="ingested",
        key=f"{source}/{row.row}:{row.digest[:16]}/parked",
        at=at,
        by=BY,
        use_case=use_case,
        body={
            "type": "parked/1",
            "row": row.row,
            "because": row.because,
            "digest": row.digest,
        },
    )
