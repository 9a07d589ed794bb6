"""Areas under curves: the published ones, and the slow definition."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from attending.errors import Refused
from attending.stats.delong import delong, distinct_scores

# Subarachnoid haemorrhage, 113 patients (Turck N et al. 2010, Intensive Care Med. 36(1)):
# how many had a poor and a good outcome, by WFNS grade 1 to 5. The area is pROC's.
POOR, GOOD = [2, 12, 1, 8, 18], [37, 20, 3, 8, 4]

CASES = st.lists(
    st.tuples(st.integers(0, 9).map(lambda i: i / 7), st.integers(0, 1)), min_size=4, max_size=60
)


def slowly(scores, events):
    """DeLong's variance from its definition: every pair compared."""
    x, y = scores[events == 1], scores[events == 0]
    psi = (x[:, None] > y[None, :]) + 0.5 * (x[:, None] == y[None, :])
    area = psi.mean()
    v10, v01 = psi.mean(axis=1), psi.mean(axis=0)
    return area, v10.var(ddof=1) / x.size + v01.var(ddof=1) / y.size


def test_the_published_area_of_the_wfns_grade():
    out = delong(np.array(POOR), np.array(GOOD))
    assert out.value == pytest.approx(0.823678861788618, abs=5e-16)
    grades = np.arange(5.0)
    cases = [np.repeat(grades, POOR), np.repeat(grades, GOOD)]
    events = np.repeat([1.0, 0.0], [sum(POOR), sum(GOOD)])
    assert out.variance == pytest.approx(slowly(np.concatenate(cases), events)[1], rel=1e-12)


@given(cases=CASES)
def test_it_is_delong_s_definition(cases):
    scores, events = (np.array(x, dtype=float) for x in zip(*cases, strict=True))
    if not 2 <= events.sum() <= events.size - 2:
        return
    out = delong(*distinct_scores(scores, events))
    area, variance = slowly(scores, events)
    assert out.value == pytest.approx(area, abs=1e-12)
    assert out.variance == pytest.approx(variance, abs=1e-12)


@given(cases=CASES)
def test_only_the_order_of_scores_matters_and_turning_them_turns_the_area(cases):
    scores, events = (np.array(x, dtype=float) for x in zip(*cases, strict=True))
    if not 2 <= events.sum() <= events.size - 2:
        return
    out = delong(*distinct_scores(scores, events))
    grown = delong(*distinct_scores(np.exp(scores), events))
    turned = delong(*distinct_scores(-scores, events))
    assert grown == out or math.isnan(out.theta)
    assert turned.value == pytest.approx(1 - out.value, abs=1e-12)
    assert turned.variance == pytest.approx(out.variance, abs=1e-12)


def test_coarse_bins_move_the_area_by_no_more_than_they_say():
    rng = np.random.default_rng(3)
    events = (rng.random(2000) < 0.2).astype(float)
    scores = rng.normal(events, 1.0)
    raw = delong(*distinct_scores(scores, events)).value
    for bins in (4, 16, 256):
        edges = np.quantile(scores, np.linspace(0, 1, bins + 1)[1:-1])
        coarse = delong(*distinct_scores(np.searchsorted(edges, scores), events))
        assert abs(coarse.value - raw) <= coarse.binning + 1e-12


def test_empty_bins_change_nothing_and_many_cells_go_at_once():
    spread = np.zeros((2, 2, 11))
    spread[0, :, 1::2], spread[1, :, 1::2] = POOR, GOOD
    out = delong(spread[0], spread[1])
    one = delong(np.array(POOR), np.array(GOOD))
    assert np.allclose(out.theta, one.theta)
    assert np.allclose(out.information, one.information)
    assert out.started.tolist() == [True, True]


@pytest.mark.parametrize(("p", "q", "started"), [(30, 30, True), (29, 60, False), (60, 29, False)])
def test_it_starts_with_thirty_of_each_class(p, q, started):
    assert delong(np.array([p // 2, p - p // 2]), np.array([q // 2, q - q // 2])).started is started


def test_a_perfect_split_is_not_infinite_knowledge():
    out = delong(np.array([0, 50]), np.array([50, 0]))
    assert out.value == 1.0
    assert (out.information, out.started) == (0.0, False)
    assert math.isnan(out.theta)


def test_one_class_alone_has_no_area():
    out = delong(np.array([3, 4]), np.array([0, 0]))
    assert math.isnan(out.value)
    assert (out.information, out.started) == (0.0, False)


def test_no_case_has_no_bin():
    pos, neg = distinct_scores(np.array([]), np.array([]))
    assert delong(pos, neg).information == 0


def test_what_is_no_histogram_is_refused():
    with pytest.raises(Refused):
        delong(np.array([1, 2]), np.array([1, 2, 3]))
    with pytest.raises(Refused):
        delong(np.array([1, -2]), np.array([1, 2]))
    with pytest.raises(Refused):
        distinct_scores(np.array([0.1, math.nan]), np.array([0, 1]))
    with pytest.raises(Refused):
        distinct_scores(np.array([0.1, 0.2]), np.array([0, 2]))
