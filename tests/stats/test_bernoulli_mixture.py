"""Event-rate evidence: what it promises at every look, and to whom."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom

from attending import stats
from attending.errors import Refused
from attending.rooms import fetch
from attending.stats.bernoulli_divergence import bernoulli_divergence
from attending.stats.bernoulli_grid import bernoulli_grid
from attending.stats.bernoulli_mixture import bernoulli_mixture, bernoulli_terms

RATES = st.integers(2, 98).map(lambda i: i / 100)
ASK = {"null": 0.3, "toward": 0.4, "share": 0.05, "horizon": 2000.0}


@st.composite
def questions(draw):
    null = draw(RATES)
    toward = draw(RATES.filter(lambda r: r != null))
    share = draw(st.sampled_from([0.2, 0.05, 0.01, 0.05 / 37]))
    return {"null": null, "toward": toward, "share": share, "horizon": draw(st.floats(1, 1e5))}


@st.composite
def counted(draw):
    n = draw(st.integers(0, 5000))
    return float(draw(st.integers(0, n))), float(n)


def test_it_is_found_by_its_name():
    assert fetch(stats, "bernoulli_mixture") is bernoulli_mixture


@pytest.mark.parametrize(("limit", "trials"), [(0.05, 72), (0.01, 367), (0.001, 3687)])
def test_no_event_in_so_many_trials_proves_a_rate_below_the_limit(limit, trials):
    rule = math.log(2 / 0.05) / -math.log1p(-limit)
    assert round(rule) == trials
    ask = {"null": limit, "toward": 0.0, "share": 0.05, "horizon": 4 * rule}
    ln_e = bernoulli_mixture(np.zeros(2), np.array([math.ceil(rule), 0.8 * rule]), **ask)
    assert ln_e[0] >= math.log(20) > ln_e[1]


@given(ask=questions(), n=st.integers(1, 60))
def test_under_the_null_its_mean_is_one(ask, n):
    k = np.arange(n + 1.0)
    e = np.exp(bernoulli_mixture(k, np.full(n + 1, float(n)), **ask))
    assert np.dot(binom.pmf(k, n, ask["null"]), e) == pytest.approx(1, rel=1e-9)


@given(ask=questions(), n=st.integers(1, 60), part=st.floats(0, 1))
def test_well_inside_the_null_its_mean_is_at_most_one(ask, n, part):
    k = np.arange(n + 1.0)
    end = 0.0 if ask["toward"] > ask["null"] else 1.0
    rate = end + part * (ask["null"] - end)
    e = np.exp(bernoulli_mixture(k, np.full(n + 1, float(n)), **ask))
    assert np.dot(binom.pmf(k, n, rate), e) <= 1 + 1e-9


@given(ask=questions(), kn=counted())
def test_it_is_the_plain_weighted_mean_of_likelihood_ratios(ask, kn):
    k, n = kn
    n = min(n, 40.0)
    k = min(k, n)
    grid = bernoulli_grid(ask["null"], ask["toward"], share=ask["share"], horizon=ask["horizon"])
    q = ask["null"] * np.exp(grid.win)
    ratios = q**k * (1 - q) ** (n - k) / (ask["null"] ** k * (1 - ask["null"]) ** (n - k))
    plain = np.dot(np.exp(grid.ln_weights), ratios)
    assert bernoulli_mixture(k, n, **ask) == pytest.approx(math.log(plain), abs=1e-6)


@given(ask=questions(), kn=counted())
def test_one_more_event_in_place_of_a_non_event_never_counts_the_wrong_way(ask, kn):
    k, n = kn
    if k == n:
        return
    gain = bernoulli_mixture(k + 1, n, **ask) - bernoulli_mixture(k, n, **ask)
    assert gain * (ask["toward"] - ask["null"]) > 0


@given(ask=questions(), a=counted(), b=counted())
def test_merging_is_adding_and_order_does_not_matter(ask, a, b):
    grid = bernoulli_grid(ask["null"], ask["toward"], share=ask["share"], horizon=ask["horizon"])
    both = bernoulli_terms(a[0], a[1], grid=grid) + bernoulli_terms(b[0], b[1], grid=grid)
    merged = bernoulli_terms(a[0] + b[0], a[1] + b[1], grid=grid)
    assert np.allclose(both, merged, rtol=1e-12, atol=1e-9)


@given(ask=questions(), kn=counted())
def test_events_and_non_events_may_change_places(ask, kn):
    k, n = kn
    other = dict(ask, null=1 - ask["null"], toward=1 - ask["toward"])
    there = bernoulli_mixture(n - k, n, **other)
    assert there == pytest.approx(bernoulli_mixture(k, n, **ask), rel=1e-8, abs=1e-7)


@given(ask=questions(), kn=counted())
def test_every_answer_is_a_plain_finite_float(ask, kn):
    ln_e = bernoulli_mixture(*kn, **ask)
    assert type(ln_e) is float
    assert math.isfinite(ln_e)


def test_no_trial_says_nothing():
    assert bernoulli_mixture(0.0, 0.0, **ASK) == pytest.approx(0, abs=1e-12)


def test_arrays_give_what_floats_give_also_past_one_chunk():
    n = np.arange(1.0, 10_001.0).reshape(2, 5000)
    k = np.floor(n / 3)
    out = bernoulli_mixture(k, n, **ASK)
    assert out.shape == n.shape
    for at in [(0, 0), (0, 4999), (1, 17), (1, 4999)]:
        assert out[at] == pytest.approx(bernoulli_mixture(k[at], n[at], **ASK), rel=1e-12)


@given(ask=questions(), kn=counted())
def test_one_count_alone_is_answered_to_the_last_bit_as_in_an_array(ask, kn):
    alone = bernoulli_mixture(*kn, **ask)
    among = bernoulli_mixture(np.array([kn[0]]), np.array([kn[1]]), **ask)
    assert alone == among[0]


@pytest.mark.parametrize("toward", [0.0, 0.05, 0.2, 0.4, 1.0])
@pytest.mark.parametrize("horizon", [1.0, 300.0, 1e7])
def test_no_further_halving_would_move_a_bet(toward, horizon):
    null, share = 0.3, 0.01
    end, nats = float(toward > null), -math.log(share)
    shortest = nats / bernoulli_divergence(end, null)
    sizes = np.geomspace(shortest, max(horizon, 2 * shortest), 11)
    near, far = np.full(11, null), np.full(11, end)
    for _ in range(1000):
        middle = (near + far) / 2
        short = bernoulli_divergence(middle, null) < nats / sizes
        near, far = np.where(short, middle, near), np.where(short, far, middle)

    grid = bernoulli_grid(null, toward, share=share, horizon=horizon)
    q = np.concatenate(([toward, end], far[1:]))  # of one length: a logarithm's last bit may differ
    with np.errstate(divide="ignore"):
        assert np.array_equal(grid.win[2:], np.log(q / null)[2:])


@pytest.mark.parametrize(("toward", "k"), [(0.0, 1.0), (1.0, 99.0)])
def test_a_bet_on_never_or_always_is_lost_whole_but_the_others_live(toward, k):
    grid = bernoulli_grid(0.3, toward, share=0.05, horizon=1000.0)
    terms = bernoulli_terms(k, 100.0, grid=grid)
    assert terms[0] < -1e100
    assert math.isfinite(
        bernoulli_mixture(k, 100.0, null=0.3, toward=toward, share=0.05, horizon=1000.0)
    )


@pytest.mark.parametrize("horizon", [1e-6, 1.0, 2.5, 1e12])
@pytest.mark.parametrize("toward", [0.0, 0.29, 0.31, 1.0])
def test_any_horizon_gives_a_sane_grid(horizon, toward):
    grid = bernoulli_grid(0.3, toward, share=0.05, horizon=horizon)
    side = np.sign(toward - 0.3)
    assert np.exp(grid.ln_weights).sum() == pytest.approx(1)
    assert np.all(side * grid.win > 0)
    assert np.all(side * grid.lose < 0)
    assert len(set(grid.win[1:])) == 11
    assert grid.lose[np.abs(grid.lose) < 1e100].size >= 10


def test_the_grid_needs_the_trials_it_was_asked_for():
    grid = bernoulli_grid(0.2, 0.3, share=0.05, horizon=5000.0)
    q = 0.2 * np.exp(grid.win[1:])
    nats = q * grid.win[1:] + np.where(grid.lose[1:] > -1e100, (1 - q) * grid.lose[1:], 0.0)
    sizes = math.log(20) / nats
    assert sizes[0] == pytest.approx(math.log(20) / math.log(5))
    assert sizes[-1] == pytest.approx(5000)
    assert np.allclose(sizes[1:] / sizes[:-1], sizes[1] / sizes[0])


def test_equal_questions_share_their_bets_and_nobody_can_alter_them():
    a = bernoulli_grid(0.3, 0.4, share=0.05, horizon=2000.0)
    assert a is bernoulli_grid(0.3 + 1e-9, 0.4 - 1e-9, share=0.05, horizon=2000.0)
    with pytest.raises(ValueError, match="read-only"):
        a.win[0] = 1.0


def test_a_billion_trials_neither_overflow_nor_vanish():
    assert bernoulli_mixture(4e8, 1e9, **ASK) > 1e6
    assert -1e9 < bernoulli_mixture(2e8, 1e9, **ASK) < 0


def test_fractions_of_events_are_never_worth_more_than_events():
    whole = math.log(
        0.5 * math.exp(bernoulli_mixture(0.0, 1.0, **ASK))
        + 0.5 * math.exp(bernoulli_mixture(1.0, 1.0, **ASK))
    )
    assert bernoulli_mixture(0.5, 1.0, **ASK) <= whole


@pytest.mark.parametrize(
    "wrong",
    [
        {"null": 0.0}, {"null": 1.0}, {"null": math.nan}, {"null": 1.2345e-5},
        {"toward": 0.3}, {"toward": -0.1}, {"toward": 1.1}, {"toward": math.nan},
        {"share": 0.0}, {"share": 1.0}, {"horizon": 0.0}, {"horizon": math.inf},
        {"horizon": math.nan},
    ],
)  # fmt: skip
def test_a_question_that_cannot_be_asked_is_refused(wrong):
    with pytest.raises(Refused):
        bernoulli_mixture(1.0, 2.0, **(ASK | wrong))


@pytest.mark.parametrize(
    ("k", "n"), [(3.0, 2.0), (-1.0, 2.0), (math.nan, 2.0), (1.0, math.nan), (0.0, math.inf)]
)
def test_counts_that_cannot_be_are_refused(k, n):
    with pytest.raises(Refused):
        bernoulli_mixture(k, n, **ASK)
    with pytest.raises(Refused):
        bernoulli_mixture(np.array([k]), np.array([n]), **ASK)


def test_the_last_bit_of_a_sum_of_fractions_is_no_mistake():
    assert math.isfinite(bernoulli_mixture(10.0 + 1e-12, 10.0, **ASK))
