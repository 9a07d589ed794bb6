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
