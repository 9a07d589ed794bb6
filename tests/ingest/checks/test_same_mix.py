"""A column whose values shift is found; shuffled, or only restless, it is not."""

from __future__ import annotations

import numpy as np
import pytest

from attending.ingest.columns.level import ALARM_DAYS
from attending.ingest.columns.mix import shifted

LINE = {"check": "same_mix", "column": "a", "values": ["low", "normal"]}


def column(seed=1):
    """Give 60 days of 100 rows; from day 40 on, one row in four turns from normal to high."""
    chance = np.random.default_rng(seed)
    before = chance.choice(["low", "normal", "high"], 4000, p=[0.2, 0.6, 0.2])
    after = chance.choice(["low", "normal", "high"], 2000, p=[0.2, 0.45, 0.35])
    return np.concatenate([before, after])


def test_a_planted_shift_is_found_after_it_begins(ask):
    [result] = ask({"a": column().tolist()}, LINE, rows_a_day=100)

    assert result.state == "breach"
    assert 4000 < result.since_row <= 5000
    assert result.from_ == 2000  # what came before is the reference


def test_the_same_rows_shuffled_give_no_finding(ask):
    [result] = ask(
        {"a": np.random.default_rng(2).permutation(column()).tolist()}, LINE, rows_a_day=100
    )

    assert result.state == "ok"


def test_too_few_rows_for_a_reference_are_no_finding(ask):
    [result] = ask({"a": column()[:1900].tolist()}, LINE, rows_a_day=100)

    assert result.state == "too_few"


@pytest.mark.parametrize("rows", [200, 5000])
def test_days_that_differ_within_what_is_tolerated_raise_no_alarm(rows):
    """However many rows a day: that a difference is certain does not make it large."""
    chance, days = np.random.default_rng(rows), 300
    alarms = 0
    for _ in range(30):
        moved = chance.uniform(-0.04, 0.04, days)
        shares = np.array([0.3 + moved, 0.5 - moved, np.full(days, 0.2)])
        counts = np.array([chance.multinomial(rows, shares[:, day]) for day in range(days)]).T
        alarms += shifted(counts.astype(float), tolerated=0.05).stands.state == "breach"

    assert alarms <= 30 * days / ALARM_DAYS
