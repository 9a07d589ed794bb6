"""An extract is de-identified: every column by its rule, or nothing leaves.

It fails closed. A column that the plan does not name, a cell that a rule cannot read, and a
kept cell that looks like an identifier, or holds one that another column of its row gave up,
each refuse the whole extract; the error tells column and row, never the cell.
"""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING

import msgspec

from attending import rooms
from attending.errors import NoSuchName, Refused
from attending.ingest import deid
from attending.ingest.deid_rule import About, DeidRule
from attending.spec.data.deidentification import FREE_TEXT, IDENTIFIERS, NOTHING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import date

    from attending.ingest.source import Row, Rows
    from attending.spec.data.deidentification import Deidentification, SmallCells

KEEP, DROP = "keep", "drop"
SHORTEST_TELLING = 4  # characters; a shorter value of another column says nothing where it recurs
MOST_TOLD = 5  # rows named in one refusal

MONTHS = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sep(?:t(?:ember)?)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?"
)
DATES = (
    r"(?<!\d)\d{4}([-/.])\d{1,2}\1\d{1,2}(?!\d)",
    r"(?<![\d/])\d{1,2}/\d{1,2}/\d{2,4}(?!\d)",
    r"(?<![\d.])\d{1,2}\.\d{1,2}\.(?:\d{4}|\d{2})(?![\d.])",
    rf"(?<!\d)\d{{1,2}}(?:st|nd|rd|th)?[ .-]*{MONTHS}[ ,-]*(?:\d{{4}}|\d{{2}})(?!\d)",
    rf"\b{MONTHS} ?\d{{1,2}}(?:st|nd|rd|th)?,? *\d{{4}}(?!\d)",
)

# A number given up as one of these is somebody's own, and is looked for in what is kept; a year or
# a measurement comes again by chance.
NUMBERED = frozenset(IDENTIFIERS) - {"names", "geography", "dates"}

# What an identifier looks like wherever it stands. A number of seven digits or more is none of a
# measurement's: it is a telephone or a record.
LOOKS_LIKE: Mapping[str, re.Pattern[str]] = {
    "an e-mail address": re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+"),
    "a web address": re.compile(r"(?i)\b(?:https?://|www\.)\S"),
    "an IP address": re.compile(r"(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d.])"),
    "a social security number": re.compile(r"(?<!\d)\d{3}-\d{2}-\d{4}(?!\d)"),
    "a telephone number": re.compile(
        r"(?<!\d)(?:\(\d{3}\)[ ./-]*|\d{3}[ ./-])\d{3}[ .-]?\d{4}(?!\d)|\+\d[\d ()./-]{6,}\d"
    ),
    "a long number": re.compile(r"(?<![\d.])\d{7,}(?![\d.])"),
    "a date": re.compile("|".join(f"(?:{form})" for form in DATES), re.IGNORECASE),
}  # fmt: skip


class Extract(msgspec.Struct, frozen=True, kw_only=True):
    """What may leave.

    Attributes
    ----------
    columns, rows
        What is left; a column that was dropped is not among them.
    n_in, n_suppressed
        Rows that came in, and those that stood for too few people to be told.
    smallest
        The fewest people alike in the columns of `small_cells`; None where none were named.
    table
        For each identifier of Safe Harbor: the columns that held it, with their rules.

    """

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    n_in: int
    n_suppressed: int
    smallest: int | None
    table: dict[str, dict[str, str]]


def deidentify(
    found: Rows, plan: Deidentification, *, key: bytes, code: Callable[[], str], on: date
) -> Extract:
    """Put every cell through its column's rule.

    Parameters
    ----------
    found
        The file as it was read.
    plan
        What each column holds, and its rule.
    key
        A secret of this extract.
    code
        Draws a code by chance.
    on
        The day it is made.

    Raises
    ------
    Refused
        The plan does not cover the file, its method does not allow a rule, or a cell would
        tell too much.

    """
    rules = _rules(found.columns, plan)
    if found.broken:
        places = ", ".join(str(number) for number, *_ in found.broken[:MOST_TOLD])
        raise Refused(f"{len(found.broken)} rows cannot be read, such as {places}")
    numbered = [name for name in plan.columns if plan.columns[name].holds in NUMBERED]
    codes: dict[str, str] = {}
    out: list[dict[str, str]] = []
    people: list[str] = []  # by row
    for row in found.rows:
        person = row.cells[plan.person]
        if not person:
            raise Refused(f"row {row.number} names no person", where=plan.person)
        people.append(person)
        own = codes.get(person)
        if own is None:
            own = codes[person] = code()
        out.append(_changed(row, rules, About(person, key, own, on), numbered))
    columns = tuple(name for name in found.columns if plan.columns[name].rule != DROP)
    kept, smallest = _enough(out, people, plan.small_cells)
    return Extract(
        columns=columns,
        rows=tuple(tuple(row[name] for name in columns) for row in kept),
        n_in=len(out),
        n_suppressed=len(out) - len(kept),
        smallest=smallest,
        table=safe_harbor_table(plan),
    )


def safe_harbor_table(plan: Deidentification) -> dict[str, dict[str, str]]:
    """Give, for each of the eighteen identifiers, the columns that held it and their rules."""
    return {
        identifier: {name: c.rule for name, c in plan.columns.items() if c.holds == identifier}
        for identifier in IDENTIFIERS
    }


def _rules(columns: Sequence[str], plan: Deidentification) -> dict[str, DeidRule]:
    """Fetch each column's rule; refuse a plan that does not cover the file."""
    for name in columns:
        if name not in plan.columns:
            because = f"column {name!r} has no rule; every column needs one, drop at the least"
            raise Refused(because, where="columns")
    for name in (*plan.columns, plan.person, *(plan.small_cells.by if plan.small_cells else ())):
        if name not in columns:
            raise NoSuchName(name, "the columns of this file", columns, where="columns")
    if plan.method == "expert" and plan.statement is None:
        raise Refused("the expert's statement is wanting", accepted=["statement: {expert: …}"])
    return {name: _rule(name, plan) for name in plan.columns}


def _rule(name: str, plan: Deidentification) -> DeidRule:
    """Fetch one column's rule; refuse one that leaves what the column holds."""
    column, where = plan.columns[name], f"columns.{name}"
    rule = rooms.fetch(deid, column.rule, where=where)
    if not isinstance(rule, DeidRule):
        raise Refused(f"{column.rule} is no rule", where=where)
    there = (*IDENTIFIERS, FREE_TEXT, NOTHING)
    if column.holds not in there:
        raise NoSuchName(column.holds, "what a column may hold", there, where=where)
    if plan.method == "safe_harbor" and rule.asks_expert:
        because = f"{column.rule} leaves something of an identifier; an expert has to state"
        raise Refused(because, where=where)
    if column.holds != NOTHING and column.holds not in rule.removes:
        because = f"{column.rule} does not remove {column.holds.replace('_', ' ')}"
        raise Refused(because, where=where, accepted=_removing(column.holds))
    return rule


def _removing(identifier: str) -> list[str]:
    found = ((name, rooms.fetch(deid, name)) for name in rooms.names(deid))
    return [name for name, r in found if isinstance(r, DeidRule) and identifier in r.removes]


def _changed(
    row: Row, rules: Mapping[str, DeidRule], about: About, numbered: Sequence[str]
) -> dict[str, str]:
    changed, where = {}, f"row {row.number}"
    for name, rule in rules.items():
        cell = row.cells[name]
        told = rule.change(cell, about) if cell else ""
        if told is None:
            raise Refused(f"{where}: the rule of column {name!r} cannot read its cell")
        changed[name] = told
    numbers = [
        re.compile(rf"(?<![\d.]){re.escape(row.cells[name])}(?![\d.])")
        for name in numbered
        if len(row.cells[name]) >= SHORTEST_TELLING and row.cells[name].isdecimal()
    ]
    gone = {
        cell.casefold()
        for name, cell in row.cells.items()
        if len(cell) >= SHORTEST_TELLING and changed[name] != cell and not _is_number(cell)
    }
    for name, told in changed.items():
        if told and told == row.cells[name]:
            seen = next((what for what, like in LOOKS_LIKE.items() if like.search(told)), None)
            if seen is not None:
                raise Refused(f"{where}: column {name!r} is kept, and holds {seen}")
            repeats = any(each in told.casefold() for each in gone)
            if repeats or any(each.search(told) for each in numbers):
                raise Refused(f"{where}: column {name!r} is kept, and repeats what another held")
    return changed


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _enough(
    rows: list[dict[str, str]], people: list[str], asked: SmallCells | None
) -> tuple[list[dict[str, str]], int | None]:
    """Keep rows that enough people are alike in; give how many the smallest group left has, too.

    Somebody with many rows is one of them. Where all who are left out together would still be
    few, the next smallest group goes as well: otherwise a known total would tell them.
    """
    if asked is None:
        return rows, None
    groups = [tuple(row[name] for name in asked.by) for row in rows]
    alike: dict[tuple[str, ...], set[str]] = defaultdict(set)
    for group, person in zip(groups, people, strict=True):
        alike[group].add(person)
    few = {group for group, those in alike.items() if len(those) < asked.at_least}
    out = set().union(*(alike[group] for group in few))
    if few and len(out) < asked.at_least and len(few) < len(alike):
        few.add(min((g for g in alike if g not in few), key=lambda g: (len(alike[g]), g)))
    kept = [row for row, group in zip(rows, groups, strict=True) if group not in few]
    left = [len(those) for group, those in alike.items() if group not in few]
    return kept, min(left, default=0)
