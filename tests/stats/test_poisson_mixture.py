"""Events per exposure: exact on average, whatever the unit of exposure."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import poisson

from attending.errors import Refused
from attending.stats.poisson_mixture import poisson_mixture

ASK = {"null": 2.0, "toward": 4.0, "share": 0.05, "horizon": 30.0}


@st.composite
def questions(draw):
    null = draw(st.floats(0.001, 100))
    ratio = draw(st.one_of(st.floats(0, 0.95), st.floats(1.05, 5)))
    planned = draw(st.floats(1, 1000))
    return {"null": null, "toward": null * ratio, "share": 0.05, "horizon": planned / null}


@given(ask=questions(), expected=st.floats(0.1, 30))
def test_under_the_null_its_mean_is_one(ask, expected):
    k = np.arange(0.0, 2500.0)
    e = poisson_mixture(k, np.full(k.size, expected / ask["null"]), **ask)
    mean = np.exp(poisson.logpmf(k, expected) + e).sum()
    assert mean == pytest.approx(1, rel=1e-6)


@given(ask=questions(), k=st.integers(0, 500), expected=st.floats(0, 500))
def test_one_more_event_never_counts_the_wrong_way(ask, k, expected):
    x = expected / ask["null"]
    gain = poisson_mixture(k + 1.0, x, **ask) - poisson_mixture(float(k), x, **ask)
    assert gain * (ask["toward"] - ask["null"]) > 0


@given(ask=questions(), k=st.integers(0, 50), expected=st.floats(0, 50), unit=st.floats(1e-3, 1e3))
def test_the_unit_of_exposure_does_not_matter(ask, k, expected, unit):
    x = expected / ask["null"]
    other = ask | {
        "null": ask["null"] / unit,
        "toward": ask["toward"] / unit,
        "horizon": ask["horizon"] * unit,
    }
    here, there = poisson_mixture(float(k), x, **ask), poisson_mixture(float(k), x * unit, **other)
    assert there == pytest.approx(here, rel=1e-4, abs=1e-4)  # ratios are read to six decimals


def test_no_event_in_so_much_exposure_proves_a_rate_below_the_limit():
    enough = math.log(2 / 0.05) / 2.0
    ask = ASK | {"toward": 0.0}
    assert (
        poisson_mixture(0.0, enough, **ask)
        >= math.log(20)
        > poisson_mixture(0.0, 0.8 * enough, **ask)
    )


def test_it_is_what_rare_bernoulli_trials_become():
    from attending.stats.bernoulli_mixture import bernoulli_mixture

    ask = {"share": 0.05, "horizon": 100_000.0}
    rare = bernoulli_mixture(60.0, 50_000.0, null=0.001, toward=0.0015, **ask)
    counted = poisson_mixture(60.0, 50_000.0, null=0.001, toward=0.0015, **ask)
    assert rare == pytest.approx(counted, abs=0.3)  # the cautious bets differ


def test_a_lost_bet_is_no_error_and_huge_counts_do_not_overflow():
    assert math.isfinite(poisson_mixture(3.0, 1.0, **(ASK | {"toward": 0.0})))
    assert poisson_mixture(1e7, 1e6, **ASK) > 1e6


@pytest.mark.parametrize("horizon", [1e-6, 1.0, 1e9])
@pytest.mark.parametrize("toward", [0.0, 1.9, 2.1, 50.0])
def test_any_horizon_is_sane(horizon, toward):
    ask = ASK | {"horizon": horizon, "toward": toward}
    assert poisson_mixture(0.0, 0.0, **ask) == pytest.approx(0)
    assert math.isfinite(poisson_mixture(10.0, 5.0, **ask))


@pytest.mark.parametrize(
    "wrong",
    [{"null": 0.0}, {"null": math.nan}, {"toward": 2.0}, {"toward": -1.0}, {"toward": math.inf},
     {"share": 1.0}, {"horizon": 0.0}],
)  # fmt: skip
def test_a_question_that_cannot_be_asked_is_refused(wrong):
    with pytest.raises(Refused):
        poisson_mixture(1.0, 1.0, **(ASK | wrong))


@pytest.mark.parametrize(("k", "x"), [(-1.0, 1.0), (1.0, -1.0), (math.nan, 1.0), (1.0, math.inf)])
def test_counts_that_cannot_be_are_refused(k, x):
    with pytest.raises(Refused):
        poisson_mixture(k, x, **ASK)
