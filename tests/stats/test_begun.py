"""A rate that has begun to be past a value is found, however long nothing was there before."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from attending.errors import Refused
from attending.stats.begun import begun
from attending.stats.bernoulli_grid import bernoulli_grid
from attending.stats.bernoulli_mixture import bernoulli_terms

GRID = bernoulli_grid(0.05, 0.8, share=0.05, horizon=1000.0)


def ln_e(k, n):
    return begun(bernoulli_terms(np.asarray(k, float), np.asarray(n, float), grid=GRID), GRID[2])


@given(st.lists(st.integers(0, 9), min_size=1, max_size=12))
def test_it_is_the_average_over_every_day_it_may_have_begun(counts):
    """Added up the long way, stake by stake."""
    terms = bernoulli_terms(np.array(counts, float), np.full(len(counts), 9.0), grid=GRID)
    weights = np.exp(GRID.ln_weights)
    days = len(counts)
    whole = 1 / (days + 1)
    for first in range(days):
        each = np.exp(terms[:, first:].sum(axis=1)) @ weights
        whole += each / ((first + 1) * (first + 2))

    assert begun(terms, GRID.ln_weights)[-1] == pytest.approx(math.log(whole), abs=1e-9)


def test_its_average_is_one_where_nothing_has_begun():
    """An e-value's whole promise: over every way two days can go, its mean is 1."""
    ways = [(a, b) for a in range(3) for b in range(3)]
    odds = [
        math.comb(2, a) * math.comb(2, b) * 0.05 ** (a + b) * 0.95 ** (4 - a - b) for a, b in ways
    ]

    mean = sum(p * math.exp(ln_e(way, (2, 2))[-1]) for p, way in zip(odds, ways, strict=True))

    assert mean == pytest.approx(1.0, abs=1e-9)


def test_a_long_nothing_does_not_hide_what_begins_after_it():
    k, n = np.r_[np.zeros(10_000), np.full(3, 60.0)], np.full(10_003, 100.0)

    shown = ln_e(k, n)

    assert shown[9_999] < 0 < math.log(20) < shown[-1]


def test_of_columns_that_hold_only_strays_one_in_twenty_at_most_is_ever_thought_connected():
    chance = np.random.default_rng(20260301)
    ever = [
        ln_e(chance.binomial(50, 0.05, 400), np.full(400, 50)).max() >= math.log(20)
        for _ in range(400)
    ]

    assert 0 < np.mean(ever) <= 0.05 + 2.6 * math.sqrt(0.05 * 0.95 / 400)


def test_days_that_are_not_numbers_are_refused():
    with pytest.raises(Refused, match="bets do not fit"):
        begun(np.array([[math.nan, 1.0]]), np.zeros(1))
