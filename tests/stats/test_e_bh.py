"""Many questions at once: few wrong calls among the calls made."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from attending.errors import Refused
from attending.stats.bernoulli_mixture import bernoulli_mixture
from attending.stats.e_bh import e_bh

LOGS = st.lists(st.floats(-50, 50), min_size=1, max_size=30).map(np.array)


def by_definition(ln_e, share):
    e = np.sort(np.exp(ln_e))[::-1]
    m = e.size
    k = max((k for k in range(1, m + 1) if e[k - 1] >= m / (k * share)), default=0)
    return np.exp(ln_e) >= e[k - 1] if k else np.zeros(m, dtype=bool)


@given(ln_e=LOGS)
def test_it_is_its_definition(ln_e):
    assert e_bh(ln_e, share=0.05).tolist() == by_definition(ln_e, 0.05).tolist()


@given(ln_e=LOGS, at=st.integers(0, 29), more=st.floats(0, 20))
def test_more_evidence_anywhere_never_takes_a_call_back(ln_e, at, more):
    stronger = ln_e.copy()
    stronger[at % ln_e.size] += more
    assert np.all(e_bh(stronger, share=0.05) >= e_bh(ln_e, share=0.05))


@given(ln_e=LOGS)
def test_a_larger_share_never_takes_a_call_back_and_order_does_not_matter(ln_e):
    calls = e_bh(ln_e, share=0.05)
    assert np.all(e_bh(ln_e, share=0.2) >= calls)
    assert e_bh(ln_e[::-1], share=0.05).tolist() == calls[::-1].tolist()


@given(ln_e=LOGS, weight=st.floats(0.1, 10))
def test_equal_weights_are_no_weights(ln_e, weight):
    equal = np.full(ln_e.shape, weight)
    # Not at an exact tie, where a last bit of the weights may decide.
    if not np.any(np.abs(ln_e - np.log(ln_e.size / 0.05)) < 1e-9):
        assert e_bh(ln_e, share=0.05, weights=equal).tolist() == e_bh(ln_e, share=0.05).tolist()


def test_a_question_with_more_weight_needs_less_evidence():
    ln_e = np.log([30.0, 30.0])
    assert not e_bh(ln_e, share=0.05)[0] or e_bh(ln_e, share=0.05)[1]
    calls = e_bh(np.log([25.0, 1.0]), share=0.05, weights=np.array([1.8, 0.2]))
    assert calls.tolist() == [True, False]
    assert not e_bh(np.log([25.0, 1.0]), share=0.05).any()
    assert not e_bh(np.log([1e9, 1.0]), share=0.05, weights=np.array([0.0, 1.0]))[0]


def test_one_question_alone_needs_the_ordinary_threshold():
    assert e_bh(np.log([20.001]), share=0.05).tolist() == [True]
    assert e_bh(np.log([19.999]), share=0.05).tolist() == [False]


def test_no_question_no_call_and_a_lost_bet_is_no_error():
    assert e_bh(np.array([]), share=0.05).size == 0
    assert e_bh(np.array([-math.inf, 10.0]), share=0.05).tolist() == [False, True]


def test_among_2000_cells_with_100_bad_nearly_every_call_is_right():
    rng = np.random.default_rng(11)
    bad = np.arange(2000) < 100
    k = rng.binomial(1000, np.where(bad, 0.30, 0.20), (20, 2000)).astype(float)
    ln_e = bernoulli_mixture(
        k, np.full(k.shape, 1000.0), null=0.2, toward=0.3, share=0.05, horizon=1000.0
    )
    false, power = [], []
    for row in ln_e:
        calls = e_bh(row, share=0.05)
        false.append(np.mean(~bad[calls]) if calls.any() else 0.0)
        power.append(np.mean(calls[bad]))
    print(f"false discovery rate {np.mean(false):.4f}, power {np.mean(power):.2f}")
    assert np.mean(false) <= 0.05
    assert np.mean(power) >= 0.8


@pytest.mark.parametrize(
    ("ln_e", "weights", "share"),
    [([math.nan], None, 0.05), ([[1.0]], None, 0.05), ([1.0], None, 0.0), ([1.0], [-1.0], 0.05),
     ([1.0], [0.0], 0.05), ([1.0], [1.0, 1.0], 0.05), ([1.0], [math.nan], 0.05)],
)  # fmt: skip
def test_what_does_not_fit_is_refused(ln_e, weights, share):
    with pytest.raises(Refused):
        e_bh(np.array(ln_e), share=share, weights=None if weights is None else np.array(weights))
