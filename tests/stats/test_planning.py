"""How many trials: the single look, the horizon, and what daily looks really take."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from attending.errors import Refused
from attending.stats.bernoulli_divergence import bernoulli_divergence
from attending.stats.bernoulli_mixture import bernoulli_mixture
from attending.stats.expected_n import expected_n
from attending.stats.fixed_n80 import fixed_n80
from attending.stats.horizon import horizon

RATES = st.integers(1, 99).map(lambda i: i / 100)


A_DAY = 10  # trials between looks


def decided_after(null, toward, *, planned, runs, longest, seed):
    """Trials until ln 20, looking daily, when `toward` is the truth; infinity if never."""
    rng = np.random.default_rng(seed)
    days = int(longest / A_DAY)
    k = rng.binomial(A_DAY, toward, (runs, days)).cumsum(axis=1).astype(float)
    n = np.broadcast_to(np.arange(1.0, days + 1) * A_DAY, k.shape)
    hit = bernoulli_mixture(k, n, null=null, toward=toward, share=0.05, horizon=planned)
    hit = hit >= math.log(20)
    return np.where(hit.any(axis=1), (hit.argmax(axis=1) + 1.0) * A_DAY, math.inf)


def test_the_single_look_sample_is_the_textbook_one():
    assert round(fixed_n80(0.12, 0.09, share=0.05)) == 668


def test_the_horizon_is_three_single_looks():
    assert horizon(0.12, 0.09, share=0.05) == pytest.approx(2004, abs=0.1)


@pytest.mark.parametrize(
    ("null", "toward", "planned_mean", "simulated_mean"),
    [(0.12, 0.09, 799, 732), (0.7, 0.8, 143, 144), (0.01, 0.02, 943, 921)],
)
def test_the_planned_mean_is_within_ten_percent_of_what_happens(
    null, toward, planned_mean, simulated_mean
):
    planned = expected_n(null, toward, share=0.05)
    assert round(planned) == pytest.approx(planned_mean, abs=1)
    took = decided_after(
        null, toward, planned=20_000.0, runs=2000, longest=12 * planned_mean, seed=7
    )
    error = took.std() / math.sqrt(took.size)
    print(f"{null} vs {toward}: planned {planned:.0f}, took {took.mean():.0f} ({error:.0f})")
    assert took.mean() == pytest.approx(planned, rel=0.10)
    assert took.mean() == pytest.approx(simulated_mean, abs=3 * error)


def test_half_of_all_runs_decide_about_where_a_single_look_would():
    took = decided_after(0.12, 0.09, planned=20_000.0, runs=2000, longest=4000, seed=8)
    assert np.median(took) == pytest.approx(610, rel=0.08)


def test_three_single_looks_decide_nearly_always_and_two_usually():
    once = fixed_n80(0.12, 0.09, share=0.05)
    took = decided_after(0.12, 0.09, planned=3 * once, runs=2000, longest=3 * once, seed=9)
    assert 0.92 <= np.mean(took <= 3 * once) <= 0.99
    assert 0.80 <= np.mean(took <= 2 * once) <= 0.92


def test_131_missed_positives_tell_thirty_from_twenty_percent():
    assert round(expected_n(0.2, 0.3, share=0.05)) == 131


@given(null=RATES, toward=RATES)
def test_a_nearer_alternative_never_needs_fewer(null, toward):
    if null == toward:
        return
    nearer = (null + toward) / 2
    assert expected_n(null, nearer, share=0.05) > expected_n(null, toward, share=0.05)
    assert expected_n(null, toward, share=0.01) > expected_n(null, toward, share=0.05)
    assert fixed_n80(null, toward, share=0.01) > fixed_n80(null, toward, share=0.05) > 0


@given(rate=RATES, null=RATES)
def test_divergence_is_zero_only_at_home_and_the_same_from_the_other_side(rate, null):
    d = bernoulli_divergence(rate, null)
    assert d >= 0
    assert (d == 0) == (rate == null)
    assert d == pytest.approx(bernoulli_divergence(1 - rate, 1 - null), abs=1e-14)


@pytest.mark.parametrize("ask", [fixed_n80, expected_n, horizon])
@pytest.mark.parametrize(
    ("null", "toward", "share"),
    [(0.0, 0.1, 0.05), (0.1, 0.1, 0.05), (0.1, 1.2, 0.05), (0.1, 0.2, 0.0), (0.1, math.nan, 0.05)],
)
def test_what_cannot_be_planned_is_refused(ask, null, toward, share):
    with pytest.raises(Refused):
        ask(null, toward, share=share)
