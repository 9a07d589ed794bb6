"""Two groups compared within strata: what both share cancels."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from attending.errors import Refused
from attending.stats.mantel_haenszel import Strata, mantel_haenszel, stratum


@st.composite
def tables(draw, least=0):
    na, nb = draw(st.integers(least, 60)), draw(st.integers(least, 60))
    ka, kb = draw(st.integers(0, na)), draw(st.integers(0, nb))
    return float(ka), float(na), float(kb), float(nb)


def added(rows):
    parts = [stratum(ka, na, kb=kb, nb=nb) for ka, na, kb, nb in rows]
    return Strata(*(sum(x) for x in zip(*parts, strict=True)))


@given(table=tables(least=1))
def test_with_one_stratum_it_is_the_plain_difference_and_its_variance(table):
    ka, na, kb, nb = table
    a, b = ka / na, kb / nb
    d = mantel_haenszel(added([table]))
    assert d.theta == pytest.approx(b - a, abs=1e-12)
    variance = a * (1 - a) / na + b * (1 - b) / nb
    if variance > 0:
        assert 1 / d.information == pytest.approx(variance)
    else:
        assert d.information == 0


@given(rows=st.lists(tables(), min_size=1, max_size=20))
def test_changing_the_groups_places_changes_only_the_sign(rows):
    d = mantel_haenszel(added(rows))
    swapped = mantel_haenszel(added([(kb, nb, ka, na) for ka, na, kb, nb in rows]))
    if math.isnan(d.theta):
        assert math.isnan(swapped.theta)
        return
    assert swapped.theta == pytest.approx(-d.theta, abs=1e-12)
    assert swapped.information == pytest.approx(d.information, rel=1e-9)


@given(rows=st.lists(tables(), min_size=1, max_size=20))
def test_counting_non_events_changes_only_the_sign(rows):
    d = mantel_haenszel(added(rows))
    other = mantel_haenszel(added([(na - ka, na, nb - kb, nb) for ka, na, kb, nb in rows]))
    if not math.isnan(d.theta):
        assert other.theta == pytest.approx(-d.theta, abs=1e-12)
        assert other.information == pytest.approx(d.information, rel=1e-9)


@given(rows=st.lists(tables(), min_size=1, max_size=20))
def test_days_added_in_any_order_are_the_same_and_arrays_are_days(rows):
    columns = [np.array(c) for c in zip(*rows, strict=True)]
    parts = stratum(columns[0], columns[1], kb=columns[2], nb=columns[3])
    whole = added(rows[::-1])
    for mine, theirs in zip(parts, whole, strict=True):
        assert mine.sum() == pytest.approx(theirs, abs=1e-9)


@given(rows=st.lists(tables(), min_size=1, max_size=20))
def test_what_was_not_used_is_counted(rows):
    alone = sum(na + nb for _, na, _, nb in rows if min(na, nb) == 0)
    assert added(rows).unused == alone


def test_sato_s_variance_is_that_of_simulated_differences():
    rng = np.random.default_rng(5)
    na, nb = rng.poisson(4, 300), rng.poisson(7, 300)
    rate = 0.3 + 0.2 * np.sin(np.arange(300) / 20)
    ka, kb = (rng.binomial(n, p, (4000, 300)) for n, p in ((na, rate), (nb, rate + 0.1)))
    full = [np.broadcast_to(n, ka.shape) for n in (na, nb)]
    parts = stratum(ka, full[0], kb=kb, nb=full[1])
    d = mantel_haenszel(Strata(*(x.sum(axis=1) for x in parts)))
    assert d.theta.mean() == pytest.approx(0.1, abs=0.001)
    assert np.mean(1 / d.information) == pytest.approx(d.theta.var(), rel=0.07)


def test_no_common_stratum_is_no_difference():
    d = mantel_haenszel(added([(1.0, 3.0, 0.0, 0.0), (0.0, 0.0, 2.0, 5.0)]))
    assert math.isnan(d.theta)
    assert d.information == 0


def test_events_beyond_trials_are_refused():
    with pytest.raises(Refused):
        stratum(4.0, 3.0, kb=1.0, nb=2.0)


@pytest.mark.parametrize(("least", "started"), [(20.0, True), (19.0, False)])
def test_it_starts_with_twenty_events_and_others_in_each_group(least, started):
    for order in range(4):
        xa, ya, xb, yb = np.roll([least, 40.0, 40.0, 40.0], order)
        d = mantel_haenszel(stratum(float(xa), float(xa + ya), kb=float(xb), nb=float(xb + yb)))
        assert d.started is started


def test_cases_in_strata_with_one_group_do_not_help_it_start():
    d = mantel_haenszel(added([(15.0, 30.0, 15.0, 30.0), (99.0, 200.0, 0.0, 0.0)]))
    assert d.started is False
