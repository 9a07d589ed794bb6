"""A dropped file, read: the cases it tells of, the outcomes it brings, the rows it parks.

The end of a file's name chooses how it is read. Its columns say what it tells: cases, their
outcomes, or both; a source that is joined to the gateway's own cases brings outcomes alone.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, cast

from attending import rooms
from attending.errors import Refused
from attending.facts.case import OutcomeRow, ParkedRow, RecordedCase
from attending.ingest import sources
from attending.ingest.mapping import TWICE, CannotRead, needed_columns, row_digest
from attending.ingest.prepare import columns_of, name_cases, why_left_out
from attending.ingest.source import Broken, check_columns
from attending.ingest.streams.csv_rows import csv_rows
from attending.ingest.streams.ndjson_rows import ndjson_rows
from attending.ingest.streams.parquet_rows import parquet_rows
from attending.ingest.streams.repeats import AGAIN, DIFFERS, Repeats
from attending.lake.aggregates import NOT_UNPACKED, PACKED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from collections.abc import Mapping as Names
    from datetime import date
    from pathlib import Path

    from attending.ingest.mapping import Mapping
    from attending.ingest.source import Row, Stream
    from attending.ingest.source import Source as Reads
    from attending.ingest.streams.aside import Aside
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
STREAMS = {"csv_drop": csv_rows, "ndjson_drop": ndjson_rows, "parquet_drop": parquet_rows}
AT_ONCE = 2_000  # rows after which somebody else may do something


@dataclass(frozen=True, kw_only=True)
class Drop:
    """What one file holds, which was looked through once and is read again to be told.

    Attributes
    ----------
    rows
        How many rows there are, those that are parked or left out among them.
    left_out
        How many rows were left out, by reason.
    digest
        SHA-256 of the file's bytes.
    told
        Gives the cases, with such outcomes as their own rows bring, or the outcomes of cases
        told of elsewhere, in the order of the file; rows that cannot be read are set aside.

    """

    rows: int
    left_out: dict[str, int]
    digest: str
    told: Callable[[Aside], Iterator[RecordedCase | OutcomeRow]]


def reader_of(path: Path) -> Reads:
    """Give what reads a file of this name whole.

    Raises
    ------
    Refused
        The name ends in nothing that is read here.

    """
    return cast("Reads", rooms.fetch(sources, _room_of(path, READ_BY)))


def _room_of(path: Path, among: Names[str, str]) -> str:
    room = "seismometer_dir" if path.is_dir() else among.get(path.suffix.lower())
    if room is None and path.suffix.lower() in PACKED:
        raise Refused(NOT_UNPACKED, accepted=among)
    if room is None:
        raise Refused("the file's name does not say how to read it", accepted=among)
    return room


def _stream_of(path: Path) -> Callable[..., Stream]:
    room = _room_of(path, DROPPED)
    if room not in STREAMS:
        raise Refused("a directory is not taken in as a file; replay it", accepted=DROPPED)
    return STREAMS[room]


def _nothing() -> None:
    """Let nothing be done in between."""


def look_into(
    path: Path,
    source: Source,
    mapping: Mapping,
    *,
    first: date | None,
    between: Callable[[], None] = _nothing,
) -> Drop:
    """Look a file through by one source, holding none of its rows.

    Parameters
    ----------
    path, source, mapping
        Which file, what it means, and the same at work.
    first
        The date of day 0 where the source declares none.
    between
        Called now and then while rows are read, here and when they are told.

    Raises
    ------
    Refused
        The file cannot be read at all, or lacks columns.
    Changed
        Somebody wrote to it meanwhile; also from telling it.

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
    stream = _stream_of(path)(path, needed=frozenset(columns_of(source.cases.case)))
    there = frozenset(stream.columns)
    telling = Telling(stream, source, mapping, between, tells_cases=False)
    if not there:  # no line could be read, so that none said what the columns are
        return telling.looked_through()
    if not source.cases.joins and for_cases <= there:
        brings = for_outcomes <= there
        telling = replace(telling, tells_cases=True, brings_outcomes=brings, first=first)
        return telling.looked_through()
    joined = source.cases.joins or (for_outcomes <= there and not _tells_cases(source, there))
    check_columns(stream.columns, for_outcomes if joined else for_cases | for_outcomes, str(path))
    return telling.looked_through()


def _tells_cases(source: Source, there: frozenset[str]) -> bool:
    """Tell whether a file means to tell of cases: it has a column that only cases need."""
    for_cases, for_outcomes = needed_columns(source)
    return bool((for_cases - for_outcomes - {source.cases.site.column}) & there)


@dataclass(frozen=True)
class Telling:
    """The rows of one file, read twice: to look for rows that repeat, and to tell the others."""

    stream: Stream
    source: Source
    mapping: Mapping
    between: Callable[[], None]
    tells_cases: bool
    brings_outcomes: bool = True
    first: date | None = None

    def looked_through(self) -> Drop:
        """Read all rows once, and tell how many there are and which of them repeat."""
        repeats, n_rows, first = Repeats(), 0, self.first
        left_out: Counter[str] = Counter()
        for row in self._rows():
            n_rows += 1
            if isinstance(row, Broken):
                continue
            if because := self._left_out(row):
                left_out[because] += 1
                continue
            if (about := self._about(row)) is not None:
                repeats.put(row.number, about, row_digest(row))
            if self.first is None and self.tells_cases:
                first = min(filter(None, (first, self.mapping.date_of(row))), default=None)
        repeats.settle()
        return Drop(
            rows=n_rows,
            left_out={
                left.because: left_out[left.because]
                for left in self.source.cases.left_out
                if left_out[left.because]
            },
            digest=self.stream.digest,
            told=partial(self._told, repeats, first),
        )

    def _told(
        self, repeats: Repeats, first: date | None, aside: Aside
    ) -> Iterator[RecordedCase | OutcomeRow]:
        for row in self._rows():
            if isinstance(row, Broken):
                aside.put(ParkedRow(*row), is_broken=self.tells_cases)
                continue
            if self._left_out(row) or repeats[row.number] == AGAIN:
                continue
            try:
                if repeats[row.number] == DIFFERS:
                    raise CannotRead(TWICE)
                told = self._read(row, first)
            except CannotRead as error:
                aside.put(ParkedRow(row.number, str(error), row_digest(row)))
                continue
            yield told

    def _rows(self) -> Iterator[Row | Broken]:
        """Give all rows, with the names of cases that no column names."""
        named = name_cases(self.stream.rows(), self.source)
        for n, row in enumerate(named, start=1):
            yield row
            if n % AT_ONCE == 0:
                self.between()

    def _left_out(self, row: Row) -> str | None:
        """Say why a row is left out; what only brings outcomes is another's to leave out."""
        is_all = self.tells_cases or self.source.cases.joins
        return why_left_out(row, self.source) if is_all else None

    def _about(self, row: Row) -> str | None:
        """Give whom a row is about; None where it cannot be told."""
        try:
            if self.tells_cases:
                return self.mapping.case_id(row)
            read = self.mapping.outcome_row(row)
        except CannotRead:
            return None
        return repr((read.name, read.site))

    def _read(self, row: Row, first: date | None) -> RecordedCase | OutcomeRow:
        if not self.tells_cases:
            return self.mapping.outcome_row(row)
        told = row if self.brings_outcomes else None
        return self.mapping.case(row, told=told, first=first, order={})
