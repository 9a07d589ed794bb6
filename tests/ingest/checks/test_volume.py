"""Days on which too few rows came are counted, and so are days on which none did."""

from __future__ import annotations

import pytest

from attending.errors import Refused

LINE = {"check": "volume", "column": "*", "at_least": 3, "allowed": 0}


def dates(*counts):
    return [f"2026-02-{n:02d}" for n, count in enumerate(counts, 1) for _ in range(count)]


def test_as_many_as_on_a_normal_day_are_ok_and_the_last_day_is_not_over(ask):
    [result] = ask({"d": dates(3, 4, 5, 1)}, LINE, day="d")

    assert (result.state, result.num_violated, result.num_denominator) == ("ok", 0, 3)


def test_a_day_with_too_few_and_one_with_none_fall_short(ask):
    [result] = ask({"d": dates(3, 0, 4, 2, 3, 3)}, LINE, day="d")

    assert (result.state, result.num_violated, result.num_denominator) == ("breach", 2, 5)
    assert result.since_row == 3


def test_without_a_column_that_tells_the_day_it_cannot_be_asked(ask):
    with pytest.raises(Refused, match="name a 'day'"):
        ask({"d": dates(3)}, LINE)


@pytest.mark.parametrize("stray", ["1900-01-01", "2999-12-31", "unknown", "2026-02-30"])
def test_a_row_with_a_day_that_cannot_be_neither_opens_nor_lengthens_the_feed(ask, stray):
    [result] = ask({"d": [*dates(3, 4, 5, 1), stray]}, LINE, day="d")

    assert (result.state, result.num_violated, result.num_denominator) == ("ok", 0, 3)


def test_days_without_dashes_are_the_same_days(ask):
    packed = [day.replace("-", "") for day in dates(3, 4, 2, 1)]
    [result] = ask({"d": packed}, LINE, day="d")

    assert (result.state, result.num_violated, result.num_denominator) == ("breach", 1, 3)


def test_a_site_that_stops_while_another_goes_on_falls_short(ask):
    goes_on, stops = dates(3, 3, 3, 3, 3, 3), dates(3, 3, 3)
    columns = {
        "d": [*goes_on, *stops],
        "site": ["Alder"] * len(goes_on) + ["Birch"] * len(stops),
    }
    alder, birch = ask(columns, LINE, day="d", site="site")

    assert (alder.state, alder.num_violated, alder.num_denominator) == ("ok", 0, 5)
    assert (birch.state, birch.num_violated, birch.num_denominator) == ("breach", 2, 5)
