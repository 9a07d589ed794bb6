"""Two groups equal in every block: exact whatever the blocks' own rates."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom

from attending.errors import Refused
from attending.stats.block_equality import block_equality, block_terms, equality_pairs


@given(
    rate=st.floats(0.02, 0.98),
    true=st.floats(0, 1),
    na=st.integers(0, 5),
    nb=st.integers(0, 5),
)
def test_in_any_block_with_a_common_rate_no_bet_gains_on_average(rate, true, na, nb):
    mean = np.zeros(30)
    for ka, kb in itertools.product(range(na + 1), range(nb + 1)):
        chance = binom.pmf(ka, na, true) * binom.pmf(kb, nb, true)
        mean += chance * np.exp(block_terms(ka, na, kb=kb, nb=nb, rate=rate))
    assert np.all(mean <= 1 + 1e-9)


BLOCKS = st.lists(
    st.tuples(st.integers(0, 9), st.integers(0, 9)).flatmap(
        lambda n: st.tuples(
            st.integers(0, n[0]), st.just(n[0]), st.integers(0, n[1]), st.just(n[1])
        )
    ),
    min_size=1,
    max_size=30,
)


def weigh(blocks):
    ka, na, kb, nb = (np.array(c, dtype=float) for c in zip(*blocks, strict=True))
    return block_equality(ka, na, kb=kb, nb=nb, rate=0.3)


@given(blocks=BLOCKS)
def test_the_order_of_days_does_not_matter_nor_which_group_is_called_a(blocks):
    ln_e = weigh(blocks)
    assert weigh(blocks[::-1]) == pytest.approx(ln_e, abs=1e-9)
    assert weigh([(kb, nb, ka, na) for ka, na, kb, nb in blocks]) == pytest.approx(ln_e, abs=1e-9)


@given(blocks=BLOCKS)
def test_a_day_with_one_group_adds_nothing(blocks):
    assert weigh([*blocks, (3, 7, 0, 0)]) == pytest.approx(weigh(blocks), abs=1e-9)


def test_a_real_gap_is_found_and_its_absence_is_not():
    assert weigh([(2, 10, 3, 10)] * 200) > math.log(20)
    assert weigh([(2, 10, 2, 10)] * 200) < 0


def test_the_bets_are_thirty_pairs_inside_the_range_of_rates():
    pairs = equality_pairs(0.3)
    assert pairs.shape == (2, 30)
    assert np.all((equality_pairs(0.9) > 0) & (equality_pairs(0.9) < 1))
    assert set(np.round(pairs[1] - pairs[0], 3)) == {-0.1, -0.05, -0.025, 0.025, 0.05, 0.1}


def test_what_does_not_fit_is_refused():
    one = np.ones(3)
    with pytest.raises(Refused):
        block_equality(one, one, kb=one, nb=np.ones(2), rate=0.3)
    with pytest.raises(Refused):
        block_equality(2 * one, one, kb=one, nb=one, rate=0.3)
    with pytest.raises(Refused):
        block_equality(one, one, kb=one, nb=one, rate=0.0)
