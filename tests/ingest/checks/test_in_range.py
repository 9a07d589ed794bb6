"""A limit is asked of numbers, and a column of none is no clean one."""

from __future__ import annotations

import pytest

LINE = {"check": "in_range", "column": "a", "low": 0, "high": 30}


@pytest.mark.parametrize(
    ("values", "state"),
    [
        (["1,5"] * 40, "error"),  # a decimal comma is no number here, and nothing was asked
        (["1,5"] * 40 + ["99"], "breach"),
        (["1.5"] * 4 + ["positive"] * 20, "ok"),  # a column of both kinds of results
        ([""] * 40, "too_few"),
    ],
)
def test_a_column_without_numbers_cannot_be_asked_and_is_not_waited_for(ask, values, state):
    [result] = ask({"a": values}, LINE)

    assert result.state == state
