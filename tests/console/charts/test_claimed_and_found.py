"""Claimed beside found: the title counts what the rows say."""

from __future__ import annotations

import re

from attending.console.charts.claimed_and_found import Found, claimed_and_found
from attending.facts.estimate import Estimate
from attending.spec.use_case import Target

TARGET = Target(metric="outcomes.risk_ratio", of="bad", baseline=1.0, target=0.9, by="day 9")


def found(name, low, high, refused=None):
    value = None if refused else 1.0
    return Found(name, name, Estimate(value, low, high, 9, 3, 1.0, 0, 9, 9, 0, refused=refused))


def test_the_title_counts_the_intervals_that_include_the_promise():
    chart = claimed_and_found(TARGET, [found("a", 0.8, 1.2), found("b", 0.95, 1.2)], "ratio")

    assert chart.title == "0.90 was promised; 1 of 2 intervals include it"
    n = sum(1 for r in chart.rows if r["low"] <= TARGET.target <= r["high"])
    assert int(re.search(r"(\d+) of", chart.title)[1]) == n


def test_sites_keep_their_order_whatever_was_found():
    chart = claimed_and_found(TARGET, [found("z", 0.8, 2.0), found("a", 0.5, 0.9)], "ratio")

    assert [r["scope"] for r in chart.rows] == ["z", "a"]


def test_an_open_end_is_drawn_to_the_edge():
    chart = claimed_and_found(TARGET, [found("a", 0.8, None)], "ratio")

    assert chart.rows[0]["high"] is None
    assert chart.rows[0]["to"] > TARGET.target


def test_what_could_not_be_estimated_is_in_no_row():
    chart = claimed_and_found(
        TARGET, [found("a", 0.8, 1.2), found("b", None, None, "no case")], "ratio"
    )

    assert [r["scope"] for r in chart.rows] == ["a"]
