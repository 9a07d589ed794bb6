"""A feed that has stopped is seen from the time of its newest row."""

from __future__ import annotations

import pytest

LINE = {"check": "fresh", "column": "a", "within_hours": 24}


@pytest.mark.parametrize(
    ("newest", "state"),
    [
        ("2026-03-01T12:30:00Z", "ok"),
        ("2026-03-01T11:30:00Z", "breach"),
        ("2026-03-01T13:00:00+02:00", "breach"),  # 11:00 in UTC
        ("2026-03-01", "ok"),  # it may have been its last moment
        ("2026-02-28", "breach"),
        ("yesterday", "error"),
    ],
)
def test_the_newest_row_tells_how_old_a_feed_is(ask, newest, state):
    [result] = ask({"a": ["2026-01-01", newest, ""]}, LINE)

    assert result.state == state


def test_of_a_feed_without_any_time_nothing_is_known(ask):
    [result] = ask({"a": ["", None]}, LINE)

    assert result.state == "too_few"


@pytest.mark.parametrize("stray", ["2999-12-31", "unknown", "03/02/2026"])
@pytest.mark.parametrize(
    ("newest", "state"), [("2026-02-20T08:00:00Z", "breach"), ("2026-03-02T08:00:00Z", "ok")]
)
def test_a_stray_that_is_no_past_time_neither_hides_nor_makes_an_outage(ask, stray, newest, state):
    [result] = ask({"a": ["2026-01-01", newest, stray]}, LINE)

    assert result.state == state
