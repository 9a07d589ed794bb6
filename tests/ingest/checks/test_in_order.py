"""Two times are compared as times, whichever of the usual spellings each has."""

from __future__ import annotations

import pytest

LINE = {"check": "in_order", "column": "a", "not_after": "b"}


@pytest.mark.parametrize(
    ("first", "second", "state"),
    [
        ("2026-01-02T10:00", "2026-01-02 11:00", "ok"),
        ("2026-01-02 11:00", "2026-01-02T10:00", "breach"),
        ("20260102", "2026-01-03", "ok"),
        ("2026-01-03", "20260102", "breach"),
        ("", "01/02/2026", "too_few"),
        ("12/31/2025", "01/02/2026", "error"),  # it cannot be told, however many rows come
    ],
)
def test_the_order_of_two_times_is_that_of_life(ask, first, second, state):
    [result] = ask({"a": [first], "b": [second]}, LINE)

    assert result.state == state
