"""Rows made ready to be mapped: some left out as declared, a case's name put together.

Left out is not parked: a parked row should have been read and could not be, while a row
left out was never to be replayed, such as one that a model was trained on. Both are
counted and reported, each with its reason.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from string import Formatter
from typing import TYPE_CHECKING

import msgspec

from attending.errors import Refused
from attending.ingest.source import Broken, Row

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from attending.ingest.source import Rows
    from attending.spec.source import Source

ROW = "row"  # in braces: how many rows above it read the same in the text's other columns


def columns_of(text: str) -> tuple[str, ...]:
    """Give the columns a text is made from; a text without braces is itself a column.

    Raises
    ------
    Refused
        Braces that do not close, or hold nothing.

    """
    try:
        parts = [name for _, name, _, _ in Formatter().parse(text) if name is not None]
    except ValueError:
        parts = [""]
    if "" in parts:
        raise Refused(f"cannot read {text!r}", accepted=("a column", "{site}:{row}"))
    return tuple(name for name in parts if name != ROW) if parts else (text,) if text else ()


@dataclass(frozen=True)
class Prepared:
    """Two files ready to be mapped, and how many rows were left out, by reason."""

    exposures: Rows
    outcomes: Rows
    left_out: Mapping[str, int]


def prepare(exposures: Rows, outcomes: Rows, source: Source) -> Prepared:
    """Leave out the rows that are declared to be, and name cases that no column names."""
    made = _made(source)
    counted = {left.because: 0 for left in source.cases.left_out}
    gone: set[str] = set()
    kept: list[Row] = []
    for row in _named(exposures, made):
        because = why_left_out(row, source)
        if because is None:
            kept.append(row)
        else:
            counted[because] += 1
            gone.add(row.cells[source.cases.case])
    told = msgspec.structs.replace(exposures, rows=tuple(kept))
    if outcomes is exposures:
        return Prepared(told, told, counted)
    became = [r for r in _named(outcomes, made) if r.cells[source.cases.case] not in gone]
    return Prepared(told, msgspec.structs.replace(outcomes, rows=tuple(became)), counted)


def name_cases(rows: Iterable[Row | Broken], source: Source) -> Iterator[Row | Broken]:
    """Name cases that no column names, row after row, and leave out nothing."""
    made = _made(source)
    return _naming(rows, made) if made else iter(rows)


def why_left_out(row: Row, source: Source) -> str | None:
    """Say why a row is left out as declared; None where it is not."""
    for left in source.cases.left_out:
        if is_listed(row.cells[left.column], left.values):
            return left.because
    return None


def _made(source: Source) -> set[str]:
    return {text for text in (source.cases.case, source.cases.day.hash_of or "") if "{" in text}


def _named(rows: Rows, made: set[str]) -> tuple[Row, ...]:
    if not made:
        return rows.rows
    return tuple(row for row in _naming(rows.rows, made) if isinstance(row, Row))


def _naming(rows: Iterable[Row | Broken], made: set[str]) -> Iterator[Row | Broken]:
    counting = {text for text in made if any(part[1] == ROW for part in Formatter().parse(text))}
    above: Counter[tuple[str, ...]] = Counter()
    for row in rows:
        if isinstance(row, Broken):
            yield row
            continue
        names = {}
        for text in sorted(made):
            own = (text, *(row.cells[column] for column in columns_of(text)))
            names[text] = text.format_map(row.cells | {ROW: str(above[own])})
            if text in counting:  # else one count for each case would be kept for nothing
                above[own] += 1
        yield Row(row.number, row.cells | names)


def is_listed(raw: str, values: frozenset[str] | tuple[str, ...]) -> bool:
    """Tell whether a value is among those declared; ``0.0`` in a file is ``0`` in a list.

    >>> [is_listed(each, ("1", "AMA")) for each in ("1.0", "AMA", "2", "")]
    [True, True, False, False]
    """
    if raw in values:
        return True
    numbers = _numbers(values)
    return bool(numbers) and _number(raw) in numbers


@lru_cache  # the same few lists are asked of every cell
def _numbers(values: frozenset[str] | tuple[str, ...]) -> frozenset[float]:
    return frozenset(each for each in map(_number, values) if not math.isnan(each))


def _number(text: str) -> float:
    """Read a number; what is none is NaN."""
    try:
        return float(text)
    except ValueError:
        return math.nan
