"""A ratio and its doubt: what belongs together is counted once."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from attending.errors import Refused
from attending.facts.cells import Sums as Facts
from attending.stats.normal_mixture import normal_mixture
from attending.stats.normal_sequence import normal_sequence
from attending.stats.ratio_of_sums import ratio_of_sums


class Sums(NamedTuple):
    n: float
    sn: float
    sd: float
    snn: float
    snd: float
    sdd: float


def summed(num, den):
    num, den = np.asarray(num, dtype=float), np.asarray(den, dtype=float)
    products = (num, den, num * num, num * den, den * den)
    return Sums(float(num.size), *(float(x.sum()) for x in products))


UNITS = st.lists(
    st.integers(1, 4).flatmap(lambda d: st.tuples(st.integers(0, d), st.just(d))),
    min_size=2,
    max_size=80,
)


def split(units):
    return [u[0] for u in units], [u[1] for u in units]


def test_with_one_trial_a_unit_it_is_a_proportion():
    r = ratio_of_sums(summed([1] * 30 + [0] * 70, [1] * 100), scale="identity")
    assert r.value == pytest.approx(0.3)
    assert 1 / r.information == pytest.approx(0.3 * 0.7 / 99)


def test_it_is_the_textbook_linearisation_on_every_scale():
    num, den = [1, 0, 2, 3, 1, 0], [2, 1, 4, 3, 1, 2]
    r = sum(num) / sum(den)
    residual = np.array(num) - r * np.array(den)
    variance = 6 / 5 * np.sum(residual**2) / sum(den) ** 2
    sums = summed(num, den)
    for scale, theta, slope in (
        ("identity", r, 1.0),
        ("log", math.log(r), 1 / r),
        ("logit", math.log(r / (1 - r)), 1 / (r * (1 - r))),
    ):
        out = ratio_of_sums(sums, scale=scale)
        assert out.theta == pytest.approx(theta)
        assert 1 / out.information == pytest.approx(variance * slope**2)


def test_copies_of_one_answer_within_a_unit_add_no_knowledge():
    rng = np.random.default_rng(1)
    y = rng.random(200) < 0.3
    once = ratio_of_sums(summed(y, np.ones(200)), scale="logit")
    copied = ratio_of_sums(summed(5 * y, np.full(200, 5)), scale="logit")
    assert copied.information == pytest.approx(once.information)


@given(units=UNITS, scale=st.sampled_from(["identity", "log", "logit"]))
def test_information_is_never_negative_infinite_or_nan(units, scale):
    out = ratio_of_sums(summed(*split(units)), scale=scale)
    assert 0 <= out.information < math.inf
    assert type(out.started) is bool
    assert not (out.started and out.information == 0)
    assert normal_mixture(out.theta, out.information, null=0.0, tau_squared=1.0, side=1) < math.inf


@given(units=UNITS)
def test_a_fact_s_sums_fit_as_they_are(units):
    sums = summed(*split(units))
    facts = Facts(n=int(sums.n), sn=sums.sn, sd=sums.sd, snn=sums.snn, snd=sums.snd, sdd=sums.sdd)
    mine, theirs = (ratio_of_sums(s, scale="identity") for s in (sums, facts))
    assert mine == theirs


def test_arrays_give_what_floats_give():
    one, two = summed([1, 0, 2], [2, 1, 4]), summed([0, 0], [1, 1])
    both = ratio_of_sums(Sums(*(np.array(x) for x in zip(one, two, strict=True))), scale="logit")
    assert both.information[0] == pytest.approx(ratio_of_sums(one, scale="logit").information)
    assert both.information[1] == 0
    assert math.isnan(both.theta[1])


@pytest.mark.parametrize(
    ("events", "others", "scale", "started"),
    [
        (20, 20, "logit", True), (19, 40, "logit", False), (40, 19, "logit", False),
        (20, 20, "identity", True), (40, 19, "identity", False), (41, 19, "log", True),
        (40, 19, "log", False),
    ],
)  # fmt: skip
def test_it_starts_with_twenty_of_each(events, others, scale, started):
    sums = summed([1] * events + [0] * others, [1] * (events + others))
    assert ratio_of_sums(sums, scale=scale).started is started


def test_it_starts_with_twenty_units_not_with_twenty_alerts():
    few = summed([2, 2, 3, 1, 2] * 3, [4] * 15)
    assert few.sn >= 20
    assert not ratio_of_sums(few, scale="logit").started


def test_units_that_all_agree_prove_nothing():
    same = ratio_of_sums(summed([1] * 50, [2] * 50), scale="logit")
    assert (same.information, same.started) == (0.0, False)


def test_no_denominator_is_no_ratio():
    empty = ratio_of_sums(Sums(0, 0, 0, 0, 0, 0), scale="logit")
    assert math.isnan(empty.value)
    assert (empty.information, empty.started) == (0.0, False)


def test_a_scale_nobody_knows_is_refused():
    with pytest.raises(Refused):
        ratio_of_sums(summed([1], [1]), scale="probit")


@given(theta=st.floats(-5, 5), information=st.floats(0, 1e6), share=st.floats(0.001, 0.5))
def test_the_interval_holds_the_estimate_and_ends_where_the_evidence_does(
    theta, information, share
):
    low, high = normal_sequence(theta, information, tau_squared=0.5, share=share)
    assert low < theta < high or information == 0
    if math.isfinite(high):
        ln_e = normal_mixture(theta, information, null=high, tau_squared=0.5, side=0)
        assert ln_e == pytest.approx(math.log(1 / share), rel=1e-6)


@given(theta=st.floats(-5, 5), information=st.floats(0, 1e6))
def test_one_side_s_evidence_is_the_other_s_doubt(theta, information):
    ask = {"null": 0.0, "tau_squared": 0.5}
    up, down, both = (normal_mixture(theta, information, side=s, **ask) for s in (1, -1, 0))
    assert np.logaddexp(up, down) - math.log(2) == pytest.approx(both, abs=1e-9)
    assert up >= down or theta < 0 or information == 0


def test_no_information_leaves_everything_possible():
    assert normal_mixture(math.nan, 0.0, null=0.0, tau_squared=1.0, side=1) == 0
    assert normal_sequence(math.nan, 0.0, tau_squared=1.0, share=0.05) == (-math.inf, math.inf)


@pytest.mark.parametrize(
    "wrong",
    [{"information": -1.0}, {"information": math.inf}, {"information": math.nan},
     {"theta": math.nan}, {"theta": math.inf}, {"null": math.nan}, {"tau_squared": 0.0},
     {"side": 2}],
)  # fmt: skip
def test_a_number_that_is_none_is_refused(wrong):
    ask = {"theta": 0.1, "information": 10.0, "null": 0.0, "tau_squared": 1.0, "side": 1} | wrong
    theta, information = ask.pop("theta"), ask.pop("information")
    with pytest.raises(Refused):
        normal_mixture(theta, information, **ask)


def test_an_interval_from_no_number_is_refused():
    with pytest.raises(Refused):
        normal_sequence(0.0, -1.0, tau_squared=1.0, share=0.05)
