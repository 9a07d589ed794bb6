"""The interval on the screen: it holds the estimate, and never claims too much."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from attending.errors import Refused
from attending.stats.bernoulli_sequence import bernoulli_sequence
from attending.stats.beta_binomial import beta_binomial


@st.composite
def counted(draw):
    n = draw(st.integers(1, 20_000))
    return float(draw(st.integers(0, n))), float(n)


@given(kn=counted(), share=st.floats(1e-4, 0.5), t_opt=st.floats(1, 1e5))
def test_it_holds_the_estimate(kn, share, t_opt):
    low, high = bernoulli_sequence(*kn, share=share, t_opt=t_opt)
    assert 0 <= low <= kn[0] / kn[1] <= high <= 1
    assert low < high


@given(kn=counted(), share=st.floats(1e-3, 0.5), t_opt=st.floats(1, 1e5))
def test_no_rate_outside_it_is_left_unrejected(kn, share, t_opt):
    low, high = bernoulli_sequence(*kn, share=share, t_opt=t_opt)
    rates = np.linspace(1e-6, 1 - 1e-6, 1999)
    ln_m = beta_binomial(
        *(np.full(rates.shape, x) for x in kn), null=rates, share=share, t_opt=t_opt
    )
    kept = rates[ln_m < math.log(1 / share)]
    assert np.all((kept >= low - 1e-9) & (kept <= high + 1e-9))


@given(kn=counted(), t_opt=st.floats(1, 1e5))
def test_more_certainty_is_never_narrower(kn, t_opt):
    ends = [bernoulli_sequence(*kn, share=a, t_opt=t_opt) for a in (0.2, 0.05, 0.01)]
    # The width is tuned for each share, so ends may differ in the last digits of that tuning.
    assert ends[0][1] - ends[0][0] <= (ends[2][1] - ends[2][0]) * 1.001


@given(kn=counted())
def test_events_and_non_events_may_change_places(kn):
    k, n = kn
    low, high = bernoulli_sequence(k, n, share=0.05, t_opt=200.0)
    mirrored = bernoulli_sequence(n - k, n, share=0.05, t_opt=200.0)
    assert mirrored == pytest.approx((1 - high, 1 - low), abs=1e-9)


def test_no_trial_leaves_everything_possible():
    assert bernoulli_sequence(0.0, 0.0, share=0.05, t_opt=100.0) == (0.0, 1.0)


def test_no_event_leaves_zero_possible_and_all_events_leave_one():
    assert bernoulli_sequence(0.0, 500.0, share=0.05, t_opt=100.0)[0] == 0.0
    assert bernoulli_sequence(500.0, 500.0, share=0.05, t_opt=100.0)[1] == 1.0


def test_arrays_give_what_floats_give():
    k, n = np.array([0.0, 3.0, 40.0]), np.array([0.0, 30.0, 50.0])
    low, high = bernoulli_sequence(k, n, share=0.05, t_opt=100.0)
    for i in range(3):
        one = bernoulli_sequence(k[i], n[i], share=0.05, t_opt=100.0)
        assert (low[i], high[i]) == pytest.approx(one, rel=1e-12)


def test_a_share_or_a_size_that_means_nothing_is_refused():
    for wrong in ({"share": 0.0}, {"share": 1.0}, {"t_opt": 0.0}, {"t_opt": math.nan}):
        with pytest.raises(Refused):
            bernoulli_sequence(1.0, 2.0, **({"share": 0.05, "t_opt": 10.0} | wrong))
