"""A column that stands still is found where it used to vary, and nowhere else."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from scipy.stats import binomtest

from attending.ingest.columns.level import ALARM_DAYS
from attending.ingest.columns.still import still

LINE = {"check": "not_stuck", "column": "a"}
STREAMS, DAYS = 200, 120


def numbers(seed=1):
    """Give 60 days of 100 numbers as text."""
    return np.random.default_rng(seed).normal(37, 0.6, 6000).round(1).astype(str)


def two_sites():
    """Give rows of two sites in turn; from its day 50 on, the north sends the same number."""
    site = np.where(np.arange(12000) % 2, "south", "north")
    a = np.repeat(numbers(), 2)
    a[(np.arange(12000) >= 10000) & (site == "north")] = "37.0"
    return {"site": site.tolist(), "a": a.tolist()}


def test_a_value_that_one_site_repeats_is_found_there_within_days_and_at_no_other(ask):
    north, south = ask(two_sites(), LINE, site="site", rows_a_day=100)

    assert (north.site, north.state, south.state) == ("north", "breach", "ok")
    assert 5000 < north.since_row <= 5700
    assert (north.num_violated, north.from_, north.to) == (900, 5000, 6000)  # from the second day


def test_text_stands_still_as_a_number_does_and_a_stray_row_hides_nothing(ask):
    wards = np.random.default_rng(3).choice(["A", "B", "C"], 6000)
    wards[5000:] = "B"
    wards[5050::200] = "C"

    [result] = ask({"a": wards.tolist()}, LINE, rows_a_day=100)

    assert result.state == "breach"


def test_the_same_rows_shuffled_give_no_finding(ask):
    a = numbers()
    a[5000:] = "37.0"
    shuffled = np.random.default_rng(2).permutation(a)

    [result] = ask({"a": shuffled.tolist()}, LINE, rows_a_day=100)

    assert result.state == "ok"


def test_what_varies_again_is_found_no_longer(ask):
    a = numbers()
    a[4000:5000] = "37.0"

    [result] = ask({"a": a.tolist()}, LINE, rows_a_day=100)

    assert (result.state, result.num_violated) == ("ok", 0)
    assert result.since_row == 5100  # after the first day that varied


@pytest.mark.parametrize("share", [0.0, 0.02])
def test_a_column_that_always_held_one_value_or_a_flag_that_is_rarely_up_gives_none(ask, share):
    flag = (np.random.default_rng(4).random(6000) < share).astype(int).astype(str)
    flag[4000:] = "0"

    [result] = ask({"a": flag.tolist()}, LINE, rows_a_day=100)

    assert result.state == "too_few"


def test_a_value_that_becomes_frequent_has_not_stopped(ask):
    """As where a field of nine places fills up: most rows say nine, and the others vary."""
    a = numbers()
    a[4000:][np.random.default_rng(5).random(2000) < 0.6] = "39.0"

    [result] = ask({"a": a.tolist()}, LINE, rows_a_day=100)

    assert result.state == "ok"


def test_columns_that_vary_are_called_stuck_less_often_than_is_declared():
    """Small sites too, where a patient who stays makes most rows of a day, for days."""
    alarms = 0
    for seed in range(STREAMS):
        chance = np.random.default_rng(seed)
        rows_a_day, stays = int(chance.integers(15, 60)), chance.uniform(1, 6)
        top, values, here = [], [], 0
        first = int(np.ceil(2000 / rows_a_day))
        for _ in range(max(28, first) + DAYS):
            here = int(chance.integers(8)) if chance.random() < 1 / stays else here
            of_one = chance.random(rows_a_day) < chance.beta(2, 1)
            day = np.where(of_one, here, chance.integers(8, size=rows_a_day))
            [(value, n)] = Counter(day.tolist()).most_common(1)
            top.append(n)
            values.append(value)
        rows = np.full(len(top), float(rows_a_day))
        alarms += still(np.array(top, float), rows, values, tolerated=0.9).stands.state == "breach"

    highest = binomtest(alarms, STREAMS).proportion_ci(0.9).high
    assert highest <= DAYS / ALARM_DAYS, f"{alarms} of {STREAMS}"
