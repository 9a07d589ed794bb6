"""Take in: what sources hand over becomes facts, and so does the day's bookkeeping."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attending.clock import stamp
from attending.ingest.recorded import observed, parked, served

if TYPE_CHECKING:
    from collections.abc import Sequence

    from attending.facts.case import ParkedRow, RecordedCase, RecordedOutcome
    from attending.facts.fact import Fact
    from attending.loops.parts import Folded, Parts


def take_in(
    parts: Parts,
    folded: Folded,
    cases: Sequence[RecordedCase],
    outcomes: Sequence[tuple[RecordedCase, RecordedOutcome]],
) -> int:
    """Write one day's cases and outcomes; give how many facts were new.

    What may be shown is asked of the standing that was read back, so that a recorded
    answer at a suspended site enters as suppressed.
    """
    at, release = stamp(parts.clock.now()), release_of(parts)
    facts: list[Fact] = [
        served(
            case,
            at=at,
            use_case=parts.use_case,
            release=release,
            suspended=folded.standing.at(case.site).mode == "suspended",
        )
        for case in cases
    ]
    facts += [
        observed(case, outcome, at=at, use_case=parts.use_case, release=release)
        for case, outcome in outcomes
        if outcome.y is not None
    ]
    return parts.pen.append(facts).fresh if facts else 0


def take_in_parked(parts: Parts, rows: Sequence[ParkedRow], source: str) -> int:
    """Write the rows that could not be read; give how many were new."""
    at = stamp(parts.clock.now())
    facts = [parked(row, at=at, use_case=parts.use_case, source=source) for row in rows]
    return parts.pen.append(facts).fresh if facts else 0


def release_of(parts: Parts) -> str:
    """Give the release that recorded cases are of."""
    rollout = parts.folder.rollout
    return rollout.release if rollout is not None else parts.use_case
