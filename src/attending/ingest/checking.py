"""Run all checks of a table: one query, then what each comes to at each site."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from attending.errors import NoSuchName
from attending.facts.data.checked import MOST_SAMPLED, CheckResult
from attending.ingest import checks as room
from attending.ingest.check import (
    Asked,
    Check,
    Days,
    as_day,
    as_number,
    as_text,
    counts,
    fetch_check,
    surely,
    there,
)
from attending.ingest.columns.level import REFERENCE_ROWS, Stands
from attending.lake.aggregates import ROW, constant, gathered, numbered, placed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from attending.facts.data.checked import State
    from attending.lake.aggregates import Expression, Rows
    from attending.spec.data.checks import Checks

SITE, DAY, ALL, UNDATED = "_site", "_day", "_rows", "_undated"
OTHER_DATES, NUMBERS, SHORTEST, LONGEST = "_dates", "_numbers", "_shortest", "_longest"
OTHER_DATE = "^[0-9]{1,2}[/. -]([0-9]{1,2}|[A-Za-z]{3,9})[/., -]+[0-9]{2,4}"  # 3/4/2026, 3-Apr-26
WHOLE_NUMBER = "^(0|[1-9][0-9]*)$"  # 007 is one of many that were made to sort as text
ZONES = timedelta(days=1)  # no place is further ahead of UTC
ONE_SITE = "all"  # where no column tells sites apart


class Line(NamedTuple):
    """A check, and the line that asks it; the place of both in the document."""

    n: int
    check: Check
    asked: Asked

    def name(self, what: str) -> str:
        """Name something of this line in the query."""
        return f"_{self.n}_{what}"


class Occasion(NamedTuple):
    """Under which digest of the document, when, and beside which other tables it is asked."""

    spec: str
    at: str
    tables: Mapping[str, Rows]


def run_checks(checks: Checks, rows: Rows, occasion: Occasion) -> list[CheckResult]:
    """Ask every line of a document of a table; give a result for each line and site.

    Parameters
    ----------
    checks
        What is asked.
    rows
        The table.
    occasion
        When, and beside what.

    Raises
    ------
    Refused
        A line cannot be asked of this table.

    """
    ordered = _ordered(checks, rows)
    now = datetime.fromisoformat(occasion.at)
    each = [Asked(line, checks, ordered, occasion.tables, now) for line in checks.checks]
    lines = _placing([Line(n, fetch_check(room, asked), asked) for n, asked in enumerate(each)])
    true_of: dict[str, Expression] = {}
    for line in lines:
        among = surely(line.check.among(line.asked))
        violated = surely(line.check.violated(line.asked))
        true_of |= {line.name("among"): among, line.name("violated"): among & violated}
    marked = lines[0].asked.rows.mutate(**true_of)
    asks: dict[str, Expression] = {ALL: marked.count()}
    if checks.day:
        undated = there(marked[checks.day], checks.missing) & (marked[DAY] == "")
        asks[UNDATED] = surely(undated).sum()
    elif checks.order_as == "text" and rows[checks.order].type().is_string():
        asks |= _spelled(as_text(marked[checks.order]).strip())
    for line in lines:
        asks |= _gathers(line, marked, checks)
    found = gathered(marked, by=[SITE, DAY], asked=asks)
    sites = dict.fromkeys(row[SITE] for row in found)
    last = (now + ZONES).date().isoformat()
    until = max((str(row[DAY]) for row in found if str(row[DAY]) <= last), default="")
    return [
        _result(line, site, [row for row in found if row[SITE] == site], occasion, until=until)
        for site in sites
        for line in lines
    ]


def _ordered(checks: Checks, rows: Rows) -> Rows:
    """Say of each row its site, its number there, and its day."""
    named = {checks.key, checks.order, checks.site or checks.key, checks.day or checks.key}
    for name in sorted(named):
        if name not in rows.columns:
            raise NoSuchName(name, f"the columns of {checks.table}", rows.columns)
    site = as_text(rows[checks.site]).fill_null("") if checks.site else constant(ONE_SITE)
    placed = rows.mutate(**{SITE: site})
    order = placed[checks.order]
    by = as_number(order) if checks.order_as == "number" else order
    counted = numbered(placed, order=[by, placed[checks.key]], within=SITE)
    if checks.day:
        day = as_day(counted[checks.day]).fill_null("")
    else:
        day = (counted[ROW] // checks.rows_a_day).cast("int64")
    return counted.mutate(**{DAY: day})


def _placing(lines: list[Line]) -> list[Line]:
    """Say of each row where its numbers lie among the first of its site."""
    numbers = {
        line.name("place"): line.check.places(line.asked) for line in lines if line.check.places
    }
    if not numbers:
        return lines
    rows = placed(lines[0].asked.rows, within=SITE, numbers=numbers, first=REFERENCE_ROWS)
    return [
        line._replace(asked=replace(line.asked, rows=rows, place=_place(line, rows)))
        for line in lines
    ]


def _place(line: Line, rows: Rows) -> Expression | None:
    return rows[line.name("place")] if line.check.places else None


def _gathers(line: Line, marked: Rows, checks: Checks) -> dict[str, Expression]:
    violated, among = marked[line.name("violated")], marked[line.name("among")]
    key = as_text(marked[checks.key])
    return {
        line.name("k"): violated.sum(),
        line.name("n"): among.sum(),
        line.name("key"): key.min(where=violated),
        **{line.name(name): more for name, more in line.check.more(line.asked).items()},
    }


def _result(
    line: Line,
    site: str,
    rows: Sequence[Mapping[str, Any]],
    occasion: Occasion,
    *,
    until: str,
) -> CheckResult:
    days = Days(
        violated=counts([row[line.name("k")] for row in rows]),
        among=counts([row[line.name("n")] for row in rows]),
        rows=counts([row[ALL] for row in rows]),
        more={name: [row[line.name(name)] for row in rows] for name in line.check.more(line.asked)},
        names=[str(row[DAY]) for row in rows] if line.asked.checks.day else (),
        until=until,
    )
    allowed = line.check.share_allowed(line.asked.line)
    judged = line.check.judge(line.asked, days, allowed)
    if (allowed > 0 or line.check.of_rows) and (_has_no_days(rows) or _has_no_order(rows)):
        judged = replace(judged, stands=Stands("error", 0))
    ends = np.concatenate([[0.0], np.cumsum(days.rows)])
    counted = days.after(judged.begin)
    violated = counted.violated.sum() if judged.violated is None else judged.violated
    among = counted.among.sum() if judged.among is None else judged.among
    checks = line.asked.checks
    keys = [row[line.name("key")] for row in rows[judged.begin :]]
    return CheckResult(
        check=line.asked.line.check,
        spec=occasion.spec,
        source=checks.source,
        site=checks.sites.get(site, site),
        table=checks.table,
        column=line.asked.line.column,
        kind=line.check.kind,
        from_=int(ends[judged.begin]),
        to=int(ends[-1]),
        num_violated=int(violated),
        num_denominator=int(among),
        allowed=allowed,
        state=_state(judged.stands, int(among)),
        since_row=int(ends[judged.stands.since]),
        known_at=occasion.at,
        sample=tuple(key for key in keys if key is not None)[:MOST_SAMPLED],
    )


def _has_no_days(rows: Sequence[Mapping[str, Any]]) -> bool:
    """Tell whether more rows hold a day that cannot be read than one that can."""
    undated = sum(row.get(UNDATED) or 0 for row in rows)
    return bool(undated > sum(row[ALL] for row in rows if row[DAY] != ""))


def _spelled(order: Expression) -> dict[str, Expression]:
    """Count what text does not put in order: dates such as 3/4/2026, and numbers by length."""
    is_number = surely(order.re_search(WHOLE_NUMBER)) & as_day(order).isnull()
    length = order.length()
    return {
        OTHER_DATES: surely(order.re_search(OTHER_DATE)).sum(),
        NUMBERS: is_number.sum(),
        SHORTEST: length.min(where=is_number),
        LONGEST: length.max(where=is_number),
    }


def _has_no_order(rows: Sequence[Mapping[str, Any]]) -> bool:
    """Tell whether more rows than not would be sorted as no day and no number is."""
    half = sum(row[ALL] for row in rows) / 2
    if sum(row.get(OTHER_DATES) or 0 for row in rows) > half:
        return True
    lengths = {row.get(each) for row in rows for each in (SHORTEST, LONGEST)} - {None}
    return len(lengths) > 1 and sum(row.get(NUMBERS) or 0 for row in rows) > half


def _state(stands: Stands, among: int) -> State:
    return stands.state if among or stands.state in ("breach", "error") else "too_few"
