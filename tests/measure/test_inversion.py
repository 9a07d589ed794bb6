"""An interval made of the deciding questions: it holds the value, agrees with the gate, covers."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attending.facts.cells import Bounds, Cells, Design, Side, Sums
from attending.facts.estimate import Estimate
from attending.measure.inversion import ends, level, narrowed
from attending.measure.outcomes.risk_ratio import arm_probability, risk_ratio
from attending.stats.bernoulli_mixture import bernoulli_mixture
from attending.stats.horizon import horizon

FLOOR, GOAL = 1.25, 0.90
SHORT, WORSE = Side(GOAL, FLOOR, 0.04), Side(FLOOR, GOAL, 0.01)
BOUNDS = Bounds(low=SHORT, high=WORSE)
DESIGN = Design("alerted", "usual", 0.5)


def two_arms(k1: int, k0: int, n: int) -> Cells:
    def sums(k: int) -> Sums:
        return Sums(n=n, sn=k, sd=n, snn=k, snd=k, sdd=n)

    return Cells(
        metric="outcomes.risk_ratio/bad",
        scope="A",
        by_arm={"alerted": sums(k1), "usual": sums(k0)},
        from_on=1,
        to_on=9,
        digest="0" * 64,
        design=DESIGN,
        bounds=BOUNDS,
    )


counts = st.tuples(st.integers(1, 400), st.integers(1, 400), st.integers(400, 2000))


@settings(max_examples=25)  # each asks two dozen questions, and each question builds its bets
@given(counts)
def test_it_holds_the_value_and_its_ends_are_in_order(given_counts):
    found = risk_ratio.estimate(two_arms(*given_counts))

    assert found.low <= found.value
    assert found.high is None or found.value <= found.high


@settings(max_examples=25)
@given(counts)
def test_it_says_what_the_gate_and_the_caution_say(given_counts):
    cells = two_arms(*given_counts)

    low, high = ends(cells, BOUNDS, risk_ratio.weigh, "ratio")

    crossed_gate = risk_ratio.weigh(cells, WORSE) >= math.log(1 / WORSE.share)
    crossed_caution = risk_ratio.weigh(cells, SHORT) >= math.log(1 / SHORT.share)
    assert (high is not None and high <= FLOOR * (1 + 1e-9)) == crossed_gate
    assert (low is not None and low >= GOAL * (1 - 1e-9)) == crossed_caution


@settings(max_examples=25)
@given(counts, st.integers(1, 60))
def test_more_events_where_the_answer_was_shown_move_both_ends_up(given_counts, more):
    k1, k0, n = given_counts
    before = ends(two_arms(k1, k0, n), BOUNDS, risk_ratio.weigh, "ratio")
    after = ends(two_arms(k1 + more, max(k0 - more, 0), n), BOUNDS, risk_ratio.weigh, "ratio")

    assert (before[0] or 0.0) <= (after[0] or 0.0)
    assert (before[1] or math.inf) <= (after[1] or math.inf)


@settings(max_examples=25)
@given(counts)
def test_what_is_beyond_an_end_is_rejected_too(given_counts):
    """Were it not monotone, the values left standing would be no interval."""
    cells = two_arms(*given_counts)
    low, high = ends(cells, BOUNDS, risk_ratio.weigh, "ratio")

    for by in np.exp(np.arange(0.0, 1.6, 0.2)):
        if high is not None:
            asked = Side(high * by, high * by * GOAL / FLOOR, WORSE.share)
            assert risk_ratio.weigh(cells, asked) >= math.log(1 / WORSE.share) - 1e-9
        if low is not None:
            asked = Side(low / by, low / by * FLOOR / GOAL, SHORT.share)
            assert risk_ratio.weigh(cells, asked) >= math.log(1 / SHORT.share) - 1e-9


@pytest.mark.parametrize("truth", [GOAL, 1.0, FLOOR])
def test_it_covers_the_truth_at_every_look_of_a_year(truth):
    """The interval holds a ratio just while neither question, moved there, rejects it."""
    rng = np.random.default_rng(2_026)
    runs, looks, a_day = 4000, 365, 3
    arm = arm_probability(truth, 0.5)
    n = np.cumsum(rng.poisson(a_day, size=(runs, looks)), axis=1)
    k = np.cumsum(rng.binomial(np.diff(n, prepend=0, axis=1), arm), axis=1)

    missed = np.zeros(runs, dtype=bool)
    for side, ratio in ((SHORT, FLOOR / GOAL), (WORSE, GOAL / FLOOR)):
        toward = arm_probability(truth * ratio, 0.5)
        planned = horizon(arm, toward, share=side.share)
        ln_e = bernoulli_mixture(
            k.astype(float),
            n.astype(float),
            null=arm,
            toward=toward,
            share=side.share,
            horizon=planned,
        )
        missed |= (ln_e >= math.log(1 / side.share)).any(axis=1)

    promised = 1 - level(BOUNDS)
    assert missed.mean() <= promised + 2 * math.sqrt(promised * (1 - promised) / runs)


def test_what_covers_in_that_simulation_is_what_the_interval_holds():
    rng = np.random.default_rng(5)
    for _ in range(8):
        k = int(rng.integers(1, 300))
        cells = two_arms(k, 300 - k, 1000)
        low, high = ends(cells, BOUNDS, risk_ratio.weigh, "ratio")
        for value in np.exp(rng.uniform(-1.0, 1.0, size=6)):
            above = Side(value, value * FLOOR / GOAL, SHORT.share)
            below = Side(value, value * GOAL / FLOOR, WORSE.share)
            too_low = risk_ratio.weigh(cells, above) >= math.log(1 / SHORT.share)
            too_high = risk_ratio.weigh(cells, below) >= math.log(1 / WORSE.share)
            step = 1.005  # ends are rounded outward by at most one step of the grid
            assert not too_low or low is None or value <= low * step
            assert not too_high or high is None or value >= high / step
            assert too_low or low is None or value >= low
            assert too_high or high is None or value <= high


def test_the_level_is_what_neither_question_may_spend():
    assert level(BOUNDS) == pytest.approx(0.95)


def estimate(value: float | None, low: float | None, high: float | None) -> Estimate:
    return Estimate(value, low, high, 9, 3, 1.0, 0, 9, 9, 0)


def test_what_was_ruled_out_stays_ruled_out():
    found = narrowed(estimate(1.0, 0.5, 1.6), estimate(1.1, 0.7, None))

    assert (found.low, found.high) == (0.7, 1.6)


def test_where_the_value_has_left_todays_interval_stands_alone():
    found = narrowed(estimate(1.0, 0.5, 1.6), estimate(0.7, 0.5, 0.9))

    assert (found.low, found.high) == (0.5, 1.6)


def test_without_a_value_there_is_nothing_to_narrow():
    refused = estimate(None, None, None)

    assert narrowed(refused, estimate(1.0, 0.9, 1.1)) is refused
    assert narrowed(estimate(1.0, 0.9, 1.1), refused).low == 0.9
    assert narrowed(estimate(1.0, 0.9, 1.1), None).high == 1.1
