"""Evidence from six sums: exact, finite, and never more than the bets it bounds."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad

from attending.errors import Refused
from attending.stats.best_rho import best_rho
from attending.stats.gamma_exponential import gamma_exponential
from attending.stats.ratio_mixture import ratio_mixture
from attending.stats.ratio_sequence import ANCHORS, ratio_sequence

ASK = {"null": 0.3, "toward": 0.4, "share": 0.05, "horizon": 2000.0, "d_max": 4.0}


class Sums(NamedTuple):
    n: float
    sn: float
    sd: float
    snn: float
    snd: float
    sdd: float


def summed(pairs):
    num, den = (np.array(x, dtype=float) for x in zip(*pairs, strict=True))
    products = (num, den, num * num, num * den, den * den)
    return Sums(float(len(pairs)), *(float(x.sum()) for x in products))


UNITS = st.lists(
    st.integers(1, 4).flatmap(lambda d: st.tuples(st.integers(0, d), st.just(d))),
    min_size=1,
    max_size=80,
)


def by_quadrature(s, v, rho):
    """ln E straight from its definition: bets mixed over (0, 1)."""

    def ln_term(bet, a, x):
        return (a - 1) * math.log1p(-bet) + bet * x

    def ln_integral(a, x):
        best = 1 - (a - 1) / x if x > a - 1 > 0 else 0.0
        top = ln_term(best, a, x)
        near = sorted({best, *(min(1.0, best + j / math.sqrt(a + abs(x))) for j in (1, 5, 20))})
        value, _ = quad(
            lambda b: math.exp(ln_term(b, a, x) - top),
            0,
            1,
            points=near,
            limit=400,
            epsabs=0,
            epsrel=1e-11,
        )
        return top + math.log(value)

    return ln_integral(v + rho, s + v + rho) - ln_integral(rho, rho)


@pytest.mark.parametrize("rho", [1.5, 12.6, 400.0])
@pytest.mark.parametrize("v", [0.0, 3.0, 100.0, 1e4])
@pytest.mark.parametrize("part", [-2.0, -1.001, -0.9, -0.3, 0.0, 0.1, 1.0])
def test_it_is_the_mixture_it_says_it_is_also_far_out(rho, v, part):
    s = part * (v + rho)
    assert gamma_exponential(s, v, rho=rho) == pytest.approx(by_quadrature(s, v, rho), abs=1e-8)


@given(s=st.floats(-1e6, 1e6), v=st.floats(0, 1e6), rho=st.floats(0.01, 1e6))
def test_it_is_always_a_finite_float(s, v, rho):
    ln_e = gamma_exponential(s, v, rho=rho)
    assert type(ln_e) is float
    assert math.isfinite(ln_e)


@given(s=st.floats(-1e4, 1e4), v=st.floats(0, 1e4), rho=st.floats(0.1, 1e3))
def test_it_rises_with_the_sum_and_falls_with_the_squares(s, v, rho):
    here = gamma_exponential(s, v, rho=rho)
    slack = 1e-9 * (1 + abs(s) + v + rho)
    assert gamma_exponential(s + 1, v, rho=rho) >= here - slack
    assert gamma_exponential(s, v + 1, rho=rho) <= here + slack


def test_nothing_seen_says_nothing():
    assert gamma_exponential(0.0, 0.0, rho=5.0) == 0


@pytest.mark.parametrize(
    ("s", "v", "rho"),
    [(math.nan, 1.0, 1.0), (1.0, -1.0, 1.0), (1.0, math.inf, 1.0), (1.0, 1.0, 0.0)],
)
def test_sums_that_cannot_be_are_refused(s, v, rho):
    with pytest.raises(Refused):
        gamma_exponential(s, v, rho=rho)


def test_ratio_evidence_is_its_formula():
    sums = summed([(1, 2), (0, 1), (3, 4), (2, 2)])
    scale = 0.3 * 4
    g = [(n - 0.3 * d) / scale for n, d in [(1, 2), (0, 1), (3, 4), (2, 2)]]
    rho = best_rho(0.05, 2000 * 0.3 * 0.7 / scale**2, sided=1)
    plain = gamma_exponential(sum(g), sum(x * x for x in g), rho=rho)
    assert ratio_mixture(sums, **ASK) == pytest.approx(plain, abs=1e-9)


@given(units=UNITS, null=st.integers(5, 95))
def test_the_other_side_is_the_complement(units, null):
    ask = ASK | {"null": null / 100, "toward": 1.0}
    mirrored = ask | {"null": 1 - null / 100, "toward": 0.0}
    flipped = summed([(d - n, d) for n, d in units])
    assert ratio_mixture(flipped, **mirrored) == pytest.approx(
        ratio_mixture(summed(units), **ask), abs=1e-7
    )


@given(units=UNITS)
def test_order_does_not_matter(units):
    ln_e = ratio_mixture(summed(units), **ASK)
    assert ratio_mixture(summed(units[::-1]), **ASK) == pytest.approx(ln_e, abs=1e-9)


@given(units=UNITS, share=st.floats(0.001, 0.4))
def test_the_interval_holds_the_estimate(units, share):
    sums = summed(units)
    low, high = ratio_sequence(sums, share=share, horizon=500.0, d_max=4.0)
    assert 0 <= low <= sums.sn / sums.sd <= high <= 1


@settings(max_examples=25, deadline=None)
@given(units=UNITS)
def test_no_ratio_outside_the_interval_is_left_unrejected(units):
    sums = summed(units)
    low, high = ratio_sequence(sums, share=0.05, horizon=500.0, d_max=4.0)
    for null in np.linspace(0.001, 0.999, 9):
        if low <= null <= high:
            continue
        above = null > high
        ask = ASK | {"toward": 0.0 if above else 1.0, "share": 0.025, "horizon": 500.0}
        helping = [a for a in ANCHORS if (a <= null if above else a >= null)]
        e = 0.9 * math.exp(ratio_mixture(sums, **(ask | {"null": null})))
        e += sum(0.1 / 57 * math.exp(ratio_mixture(sums, **(ask | {"null": a}))) for a in helping)
        assert e >= 40 * (1 - 1e-9)


def test_no_unit_leaves_everything_possible():
    empty = Sums(0, 0, 0, 0, 0, 0)
    assert ratio_sequence(empty, share=0.05, horizon=100.0, d_max=4.0) == (0.0, 1.0)


@pytest.mark.parametrize(
    "wrong",
    [{"null": 0.0}, {"null": 1.0}, {"toward": 0.3}, {"toward": math.nan}, {"share": 0.5},
     {"horizon": 0.0}, {"d_max": 0.0}],
)  # fmt: skip
def test_a_question_that_cannot_be_asked_is_refused(wrong):
    with pytest.raises(Refused):
        ratio_mixture(summed([(1, 2)]), **(ASK | wrong))


def test_values_far_beyond_rejected_ones_are_not_forgotten():
    sums = summed([(0, 1)] * 10)
    assert ratio_sequence(sums, share=0.05, horizon=500.0, d_max=4.0)[1] == 1.0
