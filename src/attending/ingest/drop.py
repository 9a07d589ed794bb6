"""A dropped file, read: the cases it tells of, the outcomes it brings, the rows it parks.

The end of a file's name chooses how it is read. Its columns say what it tells: cases, their
outcomes, or both; a source that is joined to the gateway's own cases brings outcomes alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import msgspec

from attending import rooms
from attending.errors import Refused
from attending.facts.case import OutcomeRow, ParkedRow, RecordedCase
from attending.ingest import sources
from attending.ingest.mapping import needed_columns
from attending.ingest.prepare import columns_of, named, prepare
from attending.ingest.source import Rows, check_columns
from attending.lake.aggregates import NOT_UNPACKED, PACKED

if TYPE_CHECKING:
    from collections.abc import Mapping as Counts
    from datetime import date
    from pathlib import Path

    from attending.ingest.mapping import Mapping
    from attending.ingest.source import Source as Reads
    from attending.spec.source import Source

TABLE = ".table"
READ_BY = {
    ".csv": "csv_drop",
    ".ndjson": "ndjson_drop",
    ".jsonl": "ndjson_drop",
    ".parquet": "parquet_drop",
    TABLE: "warehouse_table",
}
DROPPED = {ending: room for ending, room in READ_BY.items() if ending != TABLE}


class Drop(msgspec.Struct, frozen=True, kw_only=True):
    """What one file holds.

    Attributes
    ----------
    cases
        Cases, with such outcomes as their own rows bring.
    outcomes
        Outcomes of cases told of elsewhere.
    parked
        Rows that could not be read.
    rows
        How many rows there are, those that are parked or left out among them.
    left_out
        How many rows were left out, by reason.
    digest
        SHA-256 of the file's bytes.

    """

    cases: tuple[RecordedCase, ...] = ()
    outcomes: tuple[OutcomeRow, ...] = ()
    parked: tuple[ParkedRow, ...] = ()
    rows: int
    left_out: dict[str, int]
    digest: str


def reader_of(path: Path, among: Counts[str, str] = READ_BY) -> Reads:
    """Give what reads a file of this name, among those that are read there.

    Raises
    ------
    Refused
        The name ends in nothing that is read here.

    """
    room = "seismometer_dir" if path.is_dir() else among.get(path.suffix.lower())
    if room is None and path.suffix.lower() in PACKED:
        raise Refused(NOT_UNPACKED, accepted=among)
    if room is None:
        raise Refused("the file's name does not say how to read it", accepted=among)
    return cast("Reads", rooms.fetch(sources, room))


def read_drop(path: Path, source: Source, mapping: Mapping, *, first: date | None) -> Drop:
    """Read a file by one source; ``first`` is the date of day 0 where the source declares none.

    Raises
    ------
    Refused
        The file cannot be read at all, or lacks columns.

    """
    if source.cases.day.hash_of is not None:
        raise Refused(
            "cases of this source are put in order within one whole file, so that they cannot"
            " come a file at a time; replay it instead"
        )
    if path.suffix.lower() == TABLE:
        raise Refused(
            "a warehouse's table changes while the file that names it does not, so that it is not"
            " taken in as a file; replay it, or drop an export of it"
        )
    for_cases, for_outcomes = needed_columns(source)
    rows = reader_of(path, DROPPED)(path, needed=frozenset(columns_of(source.cases.case)))
    there = frozenset(rows.columns)
    if not there:  # no line could be read, so that none said what the columns are
        return _outcomes(rows, source, mapping)
    if not source.cases.joins and for_cases <= there:
        return _cases(rows, source, mapping, first=first)
    joined = source.cases.joins or (for_outcomes <= there and not _tells_cases(source, there))
    check_columns(rows.columns, for_outcomes if joined else for_cases | for_outcomes, str(path))
    return _outcomes(rows, source, mapping)


def _tells_cases(source: Source, there: frozenset[str]) -> bool:
    """Tell whether a file means to tell of cases: it has a column that only cases need."""
    for_cases, for_outcomes = needed_columns(source)
    return bool((for_cases - for_outcomes - {source.cases.site.column}) & there)


def _cases(rows: Rows, source: Source, mapping: Mapping, *, first: date | None) -> Drop:
    _, for_outcomes = needed_columns(source)
    became = rows if for_outcomes <= frozenset(rows.columns) else Rows(rows.columns, (), (), "")
    ready = prepare(rows, became, source)
    cases, parked = mapping.cases(ready.exposures, ready.outcomes, first=first)
    return Drop(
        cases=tuple(cases),
        parked=tuple(parked),
        rows=len(rows.rows) + len(rows.broken),
        left_out=_counted(ready.left_out),
        digest=rows.digest,
    )


def _outcomes(rows: Rows, source: Source, mapping: Mapping) -> Drop:
    if source.cases.joins:
        ready = prepare(rows, rows, source)
        told, left_out = ready.outcomes, _counted(ready.left_out)
    else:
        told, left_out = named(rows, source), {}
    outcomes, parked = mapping.outcomes(told)
    return Drop(
        outcomes=tuple(outcomes),
        parked=tuple(parked),
        rows=len(rows.rows) + len(rows.broken),
        left_out=left_out,
        digest=rows.digest,
    )


def _counted(left_out: Counts[str, int]) -> dict[str, int]:
    return {because: n for because, n in left_out.items() if n}
