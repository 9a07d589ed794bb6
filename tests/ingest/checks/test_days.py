"""Rows are looked at a day at a time, and a day that cannot be read is never taken for one."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

LINES = (
    {"check": "present", "column": "a"},
    {"check": "stays_present", "column": "a"},
    {"check": "in_value_set", "column": "a", "values": ["1"]},
)
ROWS_A_DAY = 50
DAYS = [date(2025, 9, 15) + timedelta(days=n) for n in range(160)]  # into another year


def emptied(spelling):
    """Give rows of which half are empty from day 120 on, and their days as they are spelled."""
    rows = [(day, n) for day in range(len(DAYS)) for n in range(ROWS_A_DAY)]
    a = ["" if day >= 120 and n % 2 else "1" for day, n in rows]
    return {"a": a, "d": [DAYS[day].strftime(spelling) for day, _ in rows]}


@pytest.mark.parametrize("spelling", ["%Y-%m-%d", "%Y-%m-%dT08:30", "%Y%m%d", "%Y%m%d083000"])
def test_a_fall_is_found_however_a_day_that_can_be_read_is_spelled(ask, spelling):
    there, falls, named = ask(emptied(spelling), *LINES, day="d")

    assert there.state == "breach"
    assert falls.state == "breach"
    assert 120 * ROWS_A_DAY < falls.since_row <= 125 * ROWS_A_DAY
    assert named.state == "ok"


@pytest.mark.parametrize("spelling", ["%m/%d/%Y", "%d.%m.%Y", "%d-%b-%Y"])
def test_days_that_would_sort_wrongly_are_an_error_and_never_ok(ask, spelling):
    there, falls, named = ask(emptied(spelling), *LINES, day="d")

    assert (there.state, falls.state) == ("error", "error")
    assert named.state == "ok"  # it allows none, and needs no days


def test_a_few_days_that_cannot_be_read_change_nothing(ask):
    columns = emptied("%Y-%m-%d")
    columns["d"][7] = "15/9/2025"
    _, falls, _ = ask(columns, *LINES, day="d")

    assert falls.state == "breach"
    assert 120 * ROWS_A_DAY < falls.since_row <= 125 * ROWS_A_DAY
