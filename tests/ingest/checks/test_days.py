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


def ordered(names):
    """Give rows in the order in which they came, half of the last empty, and what orders them."""
    n = len(names)
    a = ["" if row > 0.75 * n and row % 2 else "1" for row in range(n)]
    return {"a": a, "seen": names}


@pytest.mark.parametrize("spelling", ["%m/%d/%Y", "%d.%m.%Y", "%d-%b-%Y"])
def test_an_order_of_dates_that_would_sort_wrongly_is_an_error_and_never_ok(ask, spelling):
    names = [day.strftime(spelling) for day in DAYS for _ in range(ROWS_A_DAY)]

    there, falls, named = ask(ordered(names), *LINES, order="seen", rows_a_day=50)

    assert (there.state, falls.state) == ("error", "error")
    assert named.state == "ok"  # it allows none, and needs no order


def test_an_order_of_numbers_is_an_error_as_text_and_none_as_numbers(ask):
    columns = ordered([str(n) for n in range(8000)])

    _, as_text, _ = ask(columns, *LINES, order="seen", rows_a_day=50)
    _, as_number, _ = ask(columns, *LINES, order="seen", order_as="number", rows_a_day=50)

    assert (as_text.state, as_number.state) == ("error", "breach")


@pytest.mark.parametrize("spelled", ["{:05}".format, "{}".format, "r{}".format])
def test_an_order_of_text_that_sorts_as_it_was_made_to_is_taken(ask, spelled):
    names = [spelled(10_000 + n) for n in range(8000)]

    _, falls, _ = ask(ordered(names), *LINES, order="seen", rows_a_day=50)

    assert falls.state == "breach"
