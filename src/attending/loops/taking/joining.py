"""Joining: which cases a row of outcomes is about, and the facts that it makes of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attending.facts.case import RecordedCase
from attending.ingest.recorded import observed
from attending.loops.take_in import release_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from attending.facts.case import OutcomeRow
    from attending.facts.fact import Fact
    from attending.ingest.dropped import Dropped
    from attending.lake.tables import Asked
    from attending.loops.parts import Parts
    from attending.spec.source import Source


def asked_for(parts: Parts, source: Source, rows: Iterable[OutcomeRow]) -> dict[str, list[Asked]]:
    """Give the cases each row is about, by the row's digest.

    What was never a case of the tool, such as an answer where it was off, gets no outcome;
    a recorded case keeps its own, for it was told of by the same source.
    """
    rows = list(rows)
    column = source.cases.joins or "prediction"
    found = parts.lake.asked(parts.use_case, column, [row.name for row in rows])
    return {
        row.digest: [
            each
            for each in found.get(row.name, [])
            if row.site in (None, each.site) and not (source.cases.joins and each.set_aside)
        ]
        for row in rows
    }


def were_off(parts: Parts, source: Source, rows: Iterable[OutcomeRow]) -> set[str]:
    """Give the digests of the rows about cases that the tool was asked about while it was off."""
    rows = list(rows)
    found = parts.lake.asked(
        parts.use_case, source.cases.joins or "prediction", [row.name for row in rows]
    )
    return {
        row.digest
        for row in rows
        if any(row.site in (None, each.site) for each in found.get(row.name, []))
    }


def outcomes_of(
    parts: Parts, drop: Dropped, row: OutcomeRow, cases: Iterable[Asked]
) -> Iterator[Fact]:
    """Give the `observed` facts of one row, one for each case and outcome."""
    for each in cases:
        case = RecordedCase(each.prediction, each.site, each.day, "", "", {}, {}, ())
        for outcome in row.outcomes:
            if outcome.y is not None:
                yield observed(
                    case,
                    outcome,
                    at=drop.at,
                    use_case=parts.use_case,
                    release=each.release or release_of(parts),
                    by=drop.by,
                )
