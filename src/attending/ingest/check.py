"""What a check is: what rows fall short of, and how the counts of the days are judged.

Checks are in Kahn's frame: *conformance* to a type, a format, a value set, another table or a
sum; *completeness*; *plausibility* of single values, of pairs, of order in time and of counts.
Each gives columns that are true of the rows it asks and of those that fall short; every check
of a table is then counted by one query, by site and day.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from attending import rooms
from attending.errors import NoSuchName, Refused
from attending.ingest.columns.level import CONNECTED, Stands, level

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime
    from types import ModuleType

    from attending.facts.data.checked import Kind
    from attending.ingest.columns.mix import Shift
    from attending.lake.aggregates import Expression, Rows
    from attending.spec.data.checks import CheckLine, Checks
    from attending.stats._shapes import Array

DAY = "[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
DATED = f"^{DAY}([T ]|$)"
PACKED = (
    f"^{DAY.replace('-(', '(')}(([0-9]{{4}}|[0-9]{{6}})?([.+-]|$)|[T ])"  # 20260131, HL7's, too
)
NUMBER = r"^\s*[-+]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][-+]?[0-9]+)?\s*$"


@dataclass(frozen=True)
class Asked:
    """One line of a document, asked of a table.

    Attributes
    ----------
    line, checks
        The line, and the document it is in.
    rows
        The table.
    tables
        Other tables, by name, that a line may refer to.
    now
        When it is asked.
    place
        Where the number that the check reads lies among the first of its site, as `placed` has it.

    """

    line: CheckLine
    checks: Checks
    rows: Rows
    tables: Mapping[str, Rows]
    now: datetime
    place: Expression = None

    @property
    def column(self) -> Expression:
        """Give the column that is asked."""
        return self.rows[self.line.column]

    @property
    def text(self) -> Expression:
        """Give the column as text."""
        return as_text(self.column)

    @property
    def is_there(self) -> Expression:
        """Tell of which rows the column holds something."""
        return there(self.column, self.missing)

    @property
    def missing(self) -> tuple[str, ...]:
        """Give the spellings of nothing: the line's own, else the document's."""
        return self.checks.missing if self.line.missing is None else self.line.missing


def every(asked: Asked) -> Expression:
    """Ask of every row."""
    return asked.rows[asked.checks.key].isnull().notnull()


def no_row(asked: Asked) -> Expression:
    """Give no row: what falls short is no row."""
    return asked.rows[asked.checks.key].isnull() & asked.rows[asked.checks.key].notnull()


def filled(asked: Asked) -> Expression:
    """Ask of the rows in which the column holds something."""
    return asked.is_there


def as_text(column: Expression) -> Expression:
    """Give a column as text."""
    return column.cast("string")


def there(column: Expression, missing: Sequence[str]) -> Expression:
    """Tell where a column holds something: not nothing, nor a spelling of nothing."""
    return column.notnull() & ~is_one_of(column, missing)


def is_one_of(column: Expression, values: Sequence[str]) -> Expression:
    """Tell where a column holds one of some values; ``1.0`` in a file is ``1`` in a list."""
    found = surely(as_text(column).strip().isin(list(values)))
    numbers = [float(value) for value in values if re.search(NUMBER, value)]
    if not numbers:
        return found
    return found | surely(as_number(column).isin(numbers))


def surely(true: Expression) -> Expression:
    """Tell where something is true; where that is not known, it is not."""
    return true.fill_null(False)  # noqa: FBT003  a value, not a switch


def as_number(column: Expression) -> Expression:
    """Give a column as numbers; nothing where it holds none."""
    if column.type().is_numeric():
        return column.cast("float64")
    text = as_text(column)
    return text.re_search(NUMBER).ifelse(text.strip(), None).cast("float64")


def as_day(column: Expression) -> Expression:
    """Give the day with which a date or a time begins, as 2026-01-31; nothing where none does.

    A day written otherwise, such as 1/2/2026, would sort and be compared as no day does.
    """
    text = as_text(column).strip()
    packed = text.substr(0, 4) + "-" + text.substr(4, 2) + "-" + text.substr(6, 2)
    unpacked = text.re_search(PACKED).ifelse(packed, None)
    return text.re_search(DATED).ifelse(text.substr(0, 10), unpacked)


@dataclass(frozen=True)
class Days:
    """What was counted at one site, a row for each day, in order.

    Attributes
    ----------
    violated, among
        Rows that fall short, and rows asked. Shape (days,).
    rows
        All rows. Shape (days,).
    more
        What else the check gathers of a day, by name.
    names
        The days' dates, where a column tells them; empty of rows that tell none.
    until
        The last date on which the table has rows, at any site, that is not still to come.

    """

    violated: Array
    among: Array
    rows: Array
    more: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    names: Sequence[str] = ()
    until: str = ""

    def after(self, days: int) -> Days:
        """Leave the first days out."""
        more = {name: each[days:] for name, each in self.more.items()}
        return replace(
            self,
            violated=self.violated[days:],
            among=self.among[days:],
            rows=self.rows[days:],
            more=more,
            names=self.names[days:],
        )


@dataclass(frozen=True)
class Judged:
    """What the days come to: how it stands, and which of the days were counted.

    Attributes
    ----------
    stands
        The state, and after how many days it began.
    begin
        How many of the first days are not counted.
    violated, among
        Counts, where they are not of rows.

    """

    stands: Stands
    begin: int = 0
    violated: int | None = None
    among: int | None = None


def by_shift(shift: Shift, days: Days) -> Judged:
    """Tell of a shift: what falls short is the share moved, of the rows that were watched."""
    begin = shift.watched_from if shift.stands.state != "too_few" else 0
    rows = float(days.among[begin:].sum())
    return Judged(shift.stands, begin, violated=round(shift.moved * rows), among=int(rows))


def by_level(_asked: Asked, days: Days, allowed: float) -> Judged:
    """Judge by whether more rows fall short than are allowed."""
    return Judged(level(days.violated, days.among, allowed=allowed))


def by_what_is_read(asked: Asked, days: Days, allowed: float) -> Judged:
    """Judge by level, unless no more than strays can be read; needs `others` gathered."""
    judged = by_level(asked, days, allowed)
    read, others = days.among.sum(), counts(days.more["others"]).sum()
    if judged.stands.state != "breach" and others and read <= CONNECTED * (read + others):
        return Judged(Stands("error", 0))
    return judged


def _nothing(_asked: Asked) -> Mapping[str, Expression]:
    return {}


@dataclass(frozen=True)
class Check:
    """One check of the room.

    Attributes
    ----------
    kind
        Of which kind in Kahn's frame.
    sentence
        What is wrong where it is breached.
    among, violated
        Of which rows it asks, and which of those fall short.
    needs
        What a line has to say for it.
    allowed
        The share that may fall short where a line does not say.
    judge
        What the days come to.
    more
        What else it gathers of each day.
    places
        A number whose place among the first ones of its site it reads.
    of_rows
        Whether it is about whole rows, and names no column.

    """

    kind: Kind
    sentence: str
    among: Callable[[Asked], Expression]
    violated: Callable[[Asked], Expression]
    needs: tuple[str, ...] = ()
    allowed: float = 0.0
    judge: Callable[[Asked, Days, float], Judged] = by_level
    more: Callable[[Asked], Mapping[str, Expression]] = _nothing
    places: Callable[[Asked], Expression] | None = None
    of_rows: bool = False

    def share_allowed(self, line: CheckLine) -> float:
        """Give the share of rows that may fall short."""
        return self.allowed if line.allowed is None else line.allowed


def fetch_check(room: ModuleType, asked: Asked) -> Check:
    """Give the check that a line names.

    Raises
    ------
    NoSuchName
        There is none of that name, or the table has no such column.
    Refused
        The line does not say what the check needs.

    """
    line, where = asked.line, f"{asked.checks.name}: {asked.line.check}"
    check = rooms.fetch(room, line.check, where=where)
    if not isinstance(check, Check):
        raise TypeError(line.check)
    missing = [name for name in check.needs if getattr(line, name) is None]
    if missing:
        raise Refused(f"this check needs {missing[0]!r}", where=where, accepted=check.needs)
    columns = [*(line.parts or ()), *([line.not_after] if line.not_after else [])]
    for name in columns if check.of_rows else [line.column, *columns]:
        if name not in asked.rows.columns:
            raise NoSuchName(name, f"the columns of {asked.checks.table}", asked.rows.columns)
    return check


def counts(values: Sequence[int | None]) -> Array:
    """Give counts as numbers; a group in which nothing was asked counted nothing."""
    return np.array([float(each or 0) for each in values])
