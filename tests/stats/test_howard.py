"""Numbers published with Howard et al. (2021): all digits they print."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.optimize import brentq
from scipy.special import betainc, betaln

from attending.errors import Refused
from attending.stats.bernoulli_sequence import bernoulli_sequence
from attending.stats.best_rho import best_rho
from attending.stats.beta_binomial import beta_binomial
from attending.stats.gamma_exponential import gamma_exponential
from attending.stats.normal_mixture import normal_mixture
from attending.stats.normal_sequence import normal_sequence
from attending.stats.tau_squared import tau_squared

SUM, TIME, SHARE = 10.0, 100.0, 0.05
LN20 = math.log(20)


def bound(ln_mixture):
    """Least sum at which the evidence reaches twenty."""
    return brentq(lambda s: ln_mixture(s) - LN20, 0.0, 79.9, xtol=1e-10)


def normal(s, side):
    tau = tau_squared(SHARE, TIME, sided=1 if side else 2)
    return normal_mixture(s / TIME, TIME, null=0.0, tau_squared=tau, side=side)


def test_best_rho():
    assert best_rho(SHARE, TIME, sided=2) == pytest.approx(12.60056, abs=5e-6)


def test_two_sided_normal_mixture():
    assert normal(SUM, 0) == pytest.approx(-0.6510052, abs=5e-8)
    assert bound(lambda s: normal(s, 0)) == pytest.approx(30.35209, abs=5e-6)
    tau = tau_squared(SHARE, TIME, sided=2)
    low, high = normal_sequence(0.0, TIME, tau_squared=tau, share=SHARE)
    assert (low * TIME, high * TIME) == pytest.approx((-30.35209, 30.35209), abs=5e-6)


def test_one_sided_normal_mixture():
    assert normal(SUM, 1) == pytest.approx(-0.06502391, abs=5e-9)
    assert bound(lambda s: normal(s, 1)) == pytest.approx(27.66071, abs=5e-6)
    assert normal(-SUM, -1) == normal(SUM, 1)


def test_gamma_exponential_mixture():
    rho = best_rho(SHARE, TIME, sided=1)

    def ln_e(s):
        return gamma_exponential(s, TIME, rho=rho, c=2.0)

    assert ln_e(SUM) == pytest.approx(-0.2490165, abs=5e-8)
    assert bound(ln_e) == pytest.approx(33.02017, abs=5e-6)


def trials(s):
    """Counts whose centred sum is s at intrinsic time 100, when the null is 0.2."""
    n = TIME / (0.2 * 0.8)
    return 0.2 * n + s, n


def two_sided_beta(s):
    k, n = trials(s)
    return beta_binomial(k, n, null=0.2, share=SHARE, t_opt=TIME / (0.2 * 0.8))


def one_sided_beta(s):
    """The same mixture cut at the null: needed for the published numbers only."""
    k, n = trials(s)
    size = best_rho(SHARE, TIME, sided=1) / (0.2 * 0.8) - 1
    a, b = 0.2 * size, 0.8 * size
    gain = betaln(a + k, b + n - k) + math.log(betainc(b + n - k, a + k, 0.8))
    start = betaln(a, b) + math.log(betainc(b, a, 0.8))
    return gain - start - k * math.log(0.2) - (n - k) * math.log(0.8)


def test_beta_binomial_mixture():
    assert two_sided_beta(SUM) == pytest.approx(-0.6941012, abs=5e-8)
    assert bound(two_sided_beta) == pytest.approx(31.4308, abs=5e-5)
    assert one_sided_beta(SUM) == pytest.approx(-0.07134019, abs=5e-9)
    assert bound(one_sided_beta) == pytest.approx(28.41238, abs=5e-6)


@pytest.mark.parametrize(
    ("k", "n", "t_opt", "low", "high"),
    [
        (700, 1000, 100, 0.651629, 0.745949),
        (15, 50, 50, 0.129556, 0.511896),
        (5, 50, 50, 0.013021, 0.269264),
        (1, 50, 50, 0.0, 0.13489),
        (100, 200, 1, 0.328923, 0.671076),
        (1, 2, 50, 0.0, 1.0),
        (0, 1, 50, 0.0, 1.0),
        (1, 1, 50, 0.0, 1.0),
    ],
)
def test_bernoulli_sequence(k, n, t_opt, low, high):
    ends = bernoulli_sequence(float(k), float(n), share=SHARE, t_opt=float(t_opt))
    assert ends == pytest.approx((low, high), abs=2e-6)  # they cut the last digit, not round it


@pytest.mark.parametrize(("share", "sided"), [(0.5, 1), (1.0, 2), (0.0, 1), (0.05, 3)])
def test_a_width_that_means_nothing_is_refused(share, sided):
    with pytest.raises(Refused):
        best_rho(share, TIME, sided=sided)


def test_wider_plans_give_narrower_mixtures():
    widths = [tau_squared(SHARE, x, sided=1) for x in np.geomspace(1, 1e6, 7)]
    assert widths == sorted(widths, reverse=True)
