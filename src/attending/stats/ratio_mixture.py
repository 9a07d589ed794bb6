"""Evidence that a ratio of sums is above, or below, a value: exact at every look.

For R = sum N / sum D over independent units with 0 <= N <= D <= d_max: several alerts
of one stay, several doses of one patient. Six additive sums are enough. The bound is an
empirical-Bernstein one: it holds at any sample size, and pays for that where events are
rare and the question is "above"; the Bernoulli mixture is sharper where D is 0 or 1.

The null is the weak one: the running average of E[N - null D | past] is on the null's
side. It is no statement about whether the ratio has changed, and it needs the unit to
be right: units that depend on one another break it.

References
----------
Howard SR, Ramdas A, McAuliffe J, Sekhon J (2021). Ann. Stat. 49(2).
Waudby-Smith I, Ramdas A (2024). JRSS-B 86(1).

"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, cast

import numpy as np

from attending.errors import Refused
from attending.stats._domain import between
from attending.stats.best_rho import best_rho
from attending.stats.gamma_exponential import gamma_exponential

if TYPE_CHECKING:
    from attending.stats._shapes import Floats, SixSums


def ratio_mixture(
    sums: SixSums[Floats],
    *,
    null: float,
    toward: float,
    share: float,
    horizon: float,
    d_max: float,
) -> Floats:
    """Give ln E against "the ratio is at most `null`", or "at least", away from `toward`.

    Parameters
    ----------
    sums
        Sums over units of N, D, N squared, N times D and D squared.
    null
        Ratio rejected, strictly between 0 and 1.
    toward
        Says which side is tested: above `null` it rejects "ratio <= null". How far it
        lies does not matter here.
    share
        Error probability, strictly between 0 and 0.5; reject at ln(1/share).
    horizon
        Planned sum of D: where the bound is tightest.
    d_max
        Declared cap of D for one unit.

    Returns
    -------
    float or Array
        Natural log of the e-value, always finite.

    Raises
    ------
    Refused
        For a question that cannot be asked.

    """
    between("null", null)
    between("horizon", horizon, high=math.inf)
    between("d_max", d_max, high=math.inf)
    if toward == null or math.isnan(toward):
        raise Refused(f"toward is {toward}", accepted=(f"a ratio other than {null}",))
    side = 1 if toward > null else -1
    scale = d_max * (null if side > 0 else 1 - null)
    total = side * (sums.sn - null * sums.sd) / scale
    squares = (sums.snn - 2 * null * sums.snd + null * null * sums.sdd) / scale**2
    rho = best_rho(share, horizon * null * (1 - null) / scale**2, sided=1)
    # Rounding may leave a sum of squares a hair below zero.
    return gamma_exponential(total, cast("Floats", np.maximum(squares, 0.0)), rho=rho)
