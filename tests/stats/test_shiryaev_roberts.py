"""Change detection: carried from day to day, worked out again from the days."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from attending.errors import Refused
from attending.stats.log_sum_exp import log_sum_exp
from attending.stats.shiryaev_roberts import shiryaev_roberts


@given(days=st.lists(st.floats(-3, 3), min_size=1, max_size=30))
def test_it_is_the_sum_over_every_day_the_change_may_have_begun(days):
    ln_m = np.array([-math.inf])
    for day in days:
        ln_m = shiryaev_roberts(ln_m, np.array([day]))
    begun = [sum(days[i:]) for i in range(len(days))]
    assert ln_m[0] == pytest.approx(math.log(sum(math.exp(x) for x in begun)), abs=1e-9)


def test_quiet_days_only_count_themselves():
    ln_m = np.full(3, -math.inf)
    for _ in range(10):
        ln_m = shiryaev_roberts(ln_m, np.zeros(3))
    assert np.allclose(np.exp(ln_m), 10)


@given(day=st.floats(-3, 3), more=st.floats(0, 3))
def test_more_evidence_on_a_day_never_lowers_it(day, more):
    before = np.array([1.0])
    assert shiryaev_roberts(before, np.array([day + more])) >= shiryaev_roberts(
        before, np.array([day])
    )


def test_a_bet_lost_whole_begins_again_the_next_day():
    lost = shiryaev_roberts(np.array([50.0]), np.array([-math.inf]))
    assert lost[0] == -math.inf
    assert shiryaev_roberts(lost, np.array([0.5]))[0] == 0.5


def test_a_mixture_of_lost_bets_is_minus_infinity_not_an_error():
    assert log_sum_exp(np.full(3, -math.inf), np.log(np.full(3, 1 / 3))) == -math.inf
    assert log_sum_exp(np.array([1000.0, -math.inf]), np.log([0.5, 0.5])) == pytest.approx(
        1000 + math.log(0.5)
    )


def test_bets_that_do_not_fit_are_refused():
    for before, today in (
        ([0.0], [0.0, 0.0]),
        ([math.nan], [0.0]),
        ([0.0], [math.inf]),
        ([math.inf], [0.0]),
    ):
        with pytest.raises(Refused):
            shiryaev_roberts(np.array(before), np.array(today))
