"""A `Source` spec applied to rows: cases, or rows parked with the reason.

A row is parked, never guessed at, when its case, site, day or arm cannot be read or a
value is one the spec does not list. Parked rows are counted and reported; nothing of a
raw row but its digest is kept in a fact.
"""

from __future__ import annotations

import hmac
import math
from bisect import bisect_right
from datetime import date, datetime
from hashlib import sha256
from typing import TYPE_CHECKING

from attending.errors import Refused
from attending.facts.case import OutcomeRow, ParkedRow, RecordedCase, RecordedOutcome
from attending.ingest.prepare import columns_of, is_listed

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from attending.ingest.source import Row, Rows
    from attending.spec.source import OutcomeColumns, Scalar, Source, SubgroupColumn

    Naming = Callable[[str], str]

TRUE = frozenset({"1", "1.0", "true", "yes", "y", "t"})
TWICE = "this case stands in the file twice with other contents"
FALSE = frozenset({"0", "0.0", "false", "no", "n", "f"})


class CannotRead(Exception):  # noqa: N818  (caught here; its message parks the row)
    """A row that cannot be read as a case; the message is the reason."""


def needed_columns(source: Source) -> tuple[frozenset[str], frozenset[str]]:
    """Give the columns that a file of cases and a file of outcomes must have.

    A source that is joined to the gateway's own cases needs no file of cases.
    """
    c = source.cases
    outcomes = set(columns_of(c.case))
    for outcome in source.outcomes.values():
        outcomes |= set(outcome.any or ()) | ({outcome.column} if outcome.column else set())
    if c.joins:
        outcomes |= {c.site.column, *(left.column for left in c.left_out)}
        return frozenset(), frozenset(outcomes)
    cases = {c.site.column, *columns_of(c.case), *columns_of(c.day.hash_of or "")}
    cases |= {left.column for left in c.left_out} | ({c.day.column} if c.day.column else set())
    for column in (c.arm, c.display, *c.subgroups.values(), *c.inputs.values()):
        if column is not None:
            cases.add(column.column)
    return frozenset(cases), frozenset(outcomes)


class Mapping:
    """One `Source` at work on one pair of files.

    Parameters
    ----------
    source
        The spec.
    sites
        The names of the declared sites; a row from another is parked.
    naming
        Gives what stands in a fact where the file has a case's own id; see `keyed`.

    """

    def __init__(self, source: Source, *, sites: frozenset[str], naming: Naming) -> None:
        self._source = source
        self._sites = sites
        self._naming = naming
        self._missing, self._missing_in = _spellings(source)

    def cases(
        self, exposures: Rows, outcomes: Rows, *, first: date | None = None
    ) -> tuple[list[RecordedCase], list[ParkedRow]]:
        """Join two files on the case's id; park what cannot be read or joined.

        ``first`` is the date of day 0 for a source that declares none; the file's own
        earliest date where none is given.
        """
        parked = [ParkedRow(n, why, digest) for n, why, digest in exposures.broken]
        if outcomes is not exposures:
            parked += [ParkedRow(n, why, digest) for n, why, digest in outcomes.broken]
        told, twice = self._by_case(outcomes)
        _, contradicted = self._by_case(exposures)
        dates = (self.date_of(row) for row in exposures.rows)
        first = first or min((date for date in dates if date is not None), default=None)
        order = self._hash_order(exposures)
        seen: set[str] = set()
        cases: list[RecordedCase] = []
        for row in exposures.rows:
            try:
                case_id = self.case_id(row)
                if case_id in contradicted:
                    raise CannotRead(TWICE)
                if case_id in seen:
                    continue  # the same row delivered twice is the same row
                if case_id in twice:
                    raise CannotRead("this case has two outcome rows that differ")
                cases.append(self.case(row, told=told.get(case_id), first=first, order=order))
                seen.add(case_id)
            except CannotRead as error:
                parked.append(ParkedRow(row.number, str(error), row_digest(row)))
        if outcomes is not exposures:
            for case_id, row in told.items():
                if case_id not in seen:
                    why = "an outcome for a case that no exposure row names"
                    parked.append(ParkedRow(row.number, why, row_digest(row)))
        return cases, parked

    def case_id(self, row: Row) -> str:
        """Give what a row calls its case.

        Raises
        ------
        CannotRead
            It names none.

        """
        return self._known(row, self._source.cases.case, "case id")

    def case(
        self,
        row: Row,
        *,
        told: Row | None,
        first: date | None,
        order: dict[str, int],
    ) -> RecordedCase:
        """Read one case, with the outcomes that another row, or the same, tells of it.

        Raises
        ------
        CannotRead
            A value is missing, or is none of those declared.

        """
        c = self._source.cases
        case_id = self.case_id(row)
        site = self._site(row)
        return RecordedCase(
            case=self._naming(case_id),
            site=site,
            day=self._day(row, site, first, order),
            arm=self._mapped(row, c.arm.column, c.arm.map, "arm") if c.arm else "",
            display=(
                self._mapped(row, c.display.column, dict(c.display.map), "display")
                if c.display
                else "silent"
            ),
            subgroups={name: self._group(row, col) for name, col in c.subgroups.items()},
            inputs={
                name: look_up(row.cells[col.column], col.map) if col.map else row.cells[col.column]
                for name, col in c.inputs.items()
                if not self._is_missing(row, col.column)
            },
            outcomes=tuple(
                self._outcome(name, told, columns)
                for name, columns in self._source.outcomes.items()
            ),
            row=row.number,
            digest=row_digest(row),
        )

    def outcome_row(self, row: Row) -> OutcomeRow:
        """Read a row that brings outcomes of a case told of elsewhere.

        Raises
        ------
        CannotRead
            A value is missing, or is none of those declared.

        """
        name = self._naming(self.case_id(row))
        site = self._site(row) if self._source.cases.site.column in row.cells else None
        return OutcomeRow(
            row=row.number,
            digest=row_digest(row),
            name=name,
            site=site,
            outcomes=tuple(
                self._outcome(name, row, columns) for name, columns in self._source.outcomes.items()
            ),
        )

    def date_of(self, row: Row) -> date | None:
        """Give the date of a row's case, where days are counted from the earliest in the file."""
        when = self._source.cases.day
        if when.as_ is None or when.since is not None:
            return None
        if self._is_missing(row, when.column or ""):
            return None
        try:
            return _date(row.cells[when.column or ""], when.column or "")
        except CannotRead:
            return None  # the row itself is parked with its reason when it is read

    def _site(self, row: Row) -> str:
        c = self._source.cases
        site = self._mapped(row, c.site.column, c.site.map, "site")
        if site not in self._sites:
            there = ", ".join(sorted(self._sites))
            raise CannotRead(f"site {site!r} is not declared (there is: {there})")
        return site

    def _outcome(self, name: str, row: Row | None, columns: OutcomeColumns) -> RecordedOutcome:
        after = days(columns.known_after)
        parts = columns.any or ((columns.column,) if columns.column else ())
        if row is None:
            return RecordedOutcome(name, None, partly=False, known_after=after)
        read = [
            None if self._is_missing(row, part) else _truth(row.cells[part], part, columns)
            for part in parts
        ]
        known = [value for value in read if value is not None]
        if any(known):
            return RecordedOutcome(name, y=True, partly=False, known_after=after)
        if not known:
            return RecordedOutcome(name, None, partly=False, known_after=after)
        return RecordedOutcome(name, y=False, partly=len(known) < len(read), known_after=after)

    def _day(self, row: Row, site: str, first: date | None, order: dict[str, int]) -> int:
        when = self._source.cases.day
        if when.hash_of is not None:
            return order[self._known(row, when.hash_of, "case id")]
        column = when.column or ""
        raw = self._known(row, column, "day")
        if when.as_ is None:
            try:
                day = math.floor(float(raw))
                date.fromordinal(max(day, 1))  # none is past the last day of a calendar
            except (ValueError, OverflowError):
                raise CannotRead(f"column {column!r}: a number of days is wanted") from None
        else:
            since = when.since.get(site) if isinstance(when.since, dict) else when.since
            if isinstance(when.since, dict) and since is None:
                raise CannotRead(f"no start date is declared for site {site!r}")
            start = date.fromisoformat(since) if since else first
            if start is None:
                raise CannotRead(f"column {column!r}: no date can be read in this file")
            day = (_date(raw, column) - start).days
        if day < 0:
            raise CannotRead("the case is from before the tool went live at its site")
        return day

    def _hash_order(self, rows: Rows) -> dict[str, int]:
        when = self._source.cases.day
        if when.hash_of is None:
            return {}
        names = sorted(
            {r.cells[when.hash_of] for r in rows.rows},
            key=lambda name: sha256(name.encode()).hexdigest(),
        )
        return {name: place // (when.per_day or 1) for place, name in enumerate(names)}

    def _by_case(self, rows: Rows) -> tuple[dict[str, Row], set[str]]:
        told: dict[str, Row] = {}
        twice: set[str] = set()
        for row in rows.rows:
            case_id = row.cells[self._source.cases.case]
            if case_id in told and row_digest(told[case_id]) != row_digest(row):
                twice.add(case_id)
            told.setdefault(case_id, row)
        return told, twice

    def _group(self, row: Row, column: SubgroupColumn) -> str:
        if self._is_missing(row, column.column):
            return "unknown"
        raw = row.cells[column.column]
        if column.cuts is not None:
            try:
                place = bisect_right(column.cuts, _finite(raw))
            except ValueError:
                return "unknown"
            return _band(column.cuts, place)
        return look_up(raw, column.map) if column.map is not None else raw

    def _mapped(self, row: Row, column: str, names: dict[str, str] | None, what: str) -> str:
        raw = self._known(row, column, what)
        return look_up(raw, names) if names is not None else raw

    def _known(self, row: Row, column: str, what: str) -> str:
        if self._is_missing(row, column):
            raise CannotRead(f"no {what} (column {column!r})")
        return row.cells[column]

    def _is_missing(self, row: Row, column: str) -> bool:
        raw = row.cells[column]
        return is_listed(raw, self._missing) or is_listed(raw, self._missing_in.get(column, ()))


def keyed(key: bytes, source: Source) -> Naming:
    """Give names under a key: the HMAC of a case's own id among one source's."""

    def naming(case_id: str) -> str:
        return hmac.new(key, f"{source.name}:{case_id}".encode(), sha256).hexdigest()[:32]

    return naming


def days(text: str) -> int:
    """Read a length such as ``14 d`` as whole days."""
    return int(text.removesuffix("d").strip())


def look_up(raw: str, names: dict[str, str]) -> str:
    """Give a value its declared name; ``1.0`` in a file is ``1`` in a map."""
    if raw in names:
        return names[raw]
    try:
        number = float(raw)
    except ValueError:
        number = math.nan
    for name, meaning in names.items():
        try:
            if float(name) == number:
                return meaning
        except ValueError:
            continue
    raise CannotRead(f"value not listed in the map (listed: {', '.join(names)})")


def _truth(raw: str, column: str, columns: OutcomeColumns) -> bool:
    if columns.true_when is not None:
        return _is_true_when(raw, columns.true_when)
    if columns.above is not None:
        try:
            return _finite(raw) > columns.above
        except ValueError:
            raise CannotRead(f"column {column!r}: a number is wanted") from None
    word = raw.lower()
    if word in TRUE:
        return True
    if word in FALSE:
        return False
    raise CannotRead(f"column {column!r}: neither yes nor no (1, 0, true, false, yes, no)")


def _is_true_when(raw: str, listed: Sequence[Scalar]) -> bool:
    """Tell whether a value is listed; 1 and 0 of a column of yes and no are true and false."""
    if is_listed(raw, tuple(str(value) for value in listed)):
        return True
    word = raw.lower()
    said = word in TRUE if word in TRUE | FALSE else None
    return said is not None and any(said is value for value in map(_yes_or_no, listed))


def _yes_or_no(value: Scalar) -> bool | None:
    return {"1": True, "0": False, "true": True, "false": False}.get(str(value).lower())


def _finite(raw: str) -> float:
    """Read a number; NaN is neither above nor below anything, and infinity no measurement."""
    number = float(raw)
    if not math.isfinite(number):
        raise ValueError(raw)
    return number


def _date(raw: str, column: str) -> date:
    try:
        return datetime.fromisoformat(raw).date()
    except ValueError:
        raise CannotRead(f"column {column!r}: an ISO date or time is wanted") from None


def _band(cuts: tuple[float, ...], place: int) -> str:
    if place == 0:
        return f"under {cuts[0]:g}"
    if place == len(cuts):
        return f"{cuts[-1]:g} and over"
    return f"{cuts[place - 1]:g} to under {cuts[place]:g}"


def row_digest(row: Row) -> str:
    """Give the digest of a row's cells: enough to find it again, nothing of what it says."""
    return sha256("\x1f".join(f"{k}={v}" for k, v in row.cells.items()).encode()).hexdigest()


def _spellings(source: Source) -> tuple[frozenset[str], dict[str, frozenset[str]]]:
    if isinstance(source.missing, dict):
        per = {c: frozenset(str(v) for v in values) for c, values in source.missing.items()}
        for column, values in per.items():
            if not values:
                raise Refused(f"missing: {column} lists no spelling")
        return frozenset({"", "NaN"}), per
    return frozenset(str(value) for value in source.missing), {}
