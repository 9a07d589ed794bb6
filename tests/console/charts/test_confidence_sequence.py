"""The gate's picture: its rows are the estimates, and its labels keep apart."""

from __future__ import annotations

from itertools import pairwise

from attending.console.charts.confidence_sequence import (
    APART,
    Drawn,
    Line,
    Mark,
    Point,
    confidence_sequence,
)
from attending.facts.estimate import Estimate


def estimate(n, value, low, high, refused=None):
    return Estimate(value, low, high, n, n // 4, float(n), 0, n, n, 0, refused=refused)


def draw(points, lines=(), marks=(), scale="ratio"):
    return confidence_sequence(
        "It holds", "how to read", points, Drawn(scale, "ratio", lines, marks)
    )


def texts(chart):
    return [layer for layer in chart.spec["layer"] if layer["mark"]["type"] == "text"]


def test_the_rows_are_the_estimates_and_their_facts():
    chart = draw(
        [Point(3, 30, estimate(40, 0.9, 0.5, 2.0)), Point(4, 40, estimate(50, 0.8, 0.6, 1.2))]
    )

    assert [(r["day"], r["cases"], r["value"], r["fact"]) for r in chart.rows] == [
        (3, 40, 0.9, 30),
        (4, 50, 0.8, 40),
    ]
    assert chart.spec["data"]["values"] == chart.rows


def test_a_day_without_news_adds_no_row_but_the_last_is_always_there():
    same = estimate(40, 0.9, 0.5, 2.0)
    chart = draw([Point(3, 30, same), Point(4, 40, same), Point(5, 50, same)])

    assert [r["day"] for r in chart.rows] == [3, 5]


def test_a_refused_estimate_draws_nothing():
    assert not draw([Point(3, 30, estimate(0, None, None, None, refused="no case"))]).rows


def test_an_interval_without_an_end_reaches_the_edge_and_the_table_says_none():
    chart = draw([Point(3, 30, estimate(40, 0.9, None, None))])

    low, high = chart.spec["layer"][0]["encoding"]["y"]["scale"]["domain"]
    assert (chart.rows[0]["from"], chart.rows[0]["to"]) == (low, high)
    assert chart.rows[0]["high"] is None
    assert "high" in chart.columns


def test_two_labels_never_cover_each_other():
    lines = [
        Line(1.0, "usual care", "neutral"),
        Line(0.98, "goal", "goal"),
        Line(1.01, "floor", "floor"),
    ]
    chart = draw([Point(3, 30, estimate(40, 0.9, 0.5, 2.0))], lines)
    places = sorted(layer["encoding"]["y"]["value"] for layer in texts(chart))

    assert all(b - a >= APART for a, b in pairwise(places))


def test_a_mark_stands_where_its_rule_was_settled_and_leads_to_that_day():
    points = [Point(d, 10 * d, estimate(10 * d, 0.9, 0.5, 2.0 - d / 10)) for d in range(1, 9)]
    chart = draw(points, marks=[Mark(5, 1.25, "gate met, day 5,")])
    found = [v for layer in chart.spec["layer"] for v in layer.get("data", {}).get("values", [])]

    assert {
        "cases": 50,
        "at": 1.25,
        "href": "/facts/50",
        "label": "gate met, day 5, at 50 cases",
    } in found


def test_a_difference_is_drawn_on_a_straight_scale():
    chart = draw([Point(3, 30, estimate(40, 0.05, -0.1, 0.2))], scale="difference")

    assert chart.spec["layer"][0]["encoding"]["y"]["scale"]["type"] == "linear"
