"""Evidence that an event rate per exposure is above, or below, a value: at every look.

For events that come one at a time: counts K over an exposure X (patient-days, hours),
conditionally Poisson. A mixture of constant bets on the rate ratio; half of the stake is
on the declared alternative. The null is the weak one: the *average* rate over the
exposure so far is at most (or at least) the null; it may vary with time.

Events that come in clusters (several a patient) are not Poisson: use a ratio of sums.

References
----------
Howard SR, Ramdas A, McAuliffe J, Sekhon J (2021). Ann. Stat. 49(2). (Sub-Poisson.)
Kulldorff M, Davis RL, Kolczak M, Lewis E, Lieu T, Platt R (2011). A maximized
sequential probability ratio test for drug and vaccine safety surveillance.
Sequential Analysis 30(1). (The setting.)

"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import xlogy

from attending.errors import Refused
from attending.stats._chunks import in_chunks
from attending.stats._domain import between
from attending.stats._shapes import alike
from attending.stats.log_sum_exp import log_sum_exp

if TYPE_CHECKING:
    from attending.stats._shapes import Array, Floats

DIGITS = 6  # as for the Bernoulli grid: equal specs mean equal bets
BISECTIONS = 200
LOST = -1e200  # log of nothing left; unlike minus infinity, 0 times it is 0
DIFFUSE = 11
STEEPEST = 10.0  # largest rate ratio on the grid, unless a steeper one was declared


def poisson_mixture(
    k: Floats,
    exposure: Floats,
    *,
    null: float,
    toward: float,
    share: float,
    horizon: float,
) -> Floats:
    """Give ln E against "the rate is at most `null`", or "at least", away from `toward`.

    Parameters
    ----------
    k
        Events so far; a float, or an array.
    exposure
        Exposure so far, in any unit; of the same shape.
    null
        The rate rejected, in events per unit of exposure; positive.
    toward
        The declared alternative, not negative; above `null` it rejects "rate <= null".
    share
        Error probability; reject at ln(1/share).
    horizon
        Exposure planned, in the same unit.

    Returns
    -------
    float or Array
        Natural log of the e-value; finite.

    Raises
    ------
    Refused
        For counts that cannot be, or a question that cannot be asked.

    Examples
    --------
    >>> ask = {"null": 2.0, "toward": 4.0, "share": 0.05, "horizon": 30.0}
    >>> poisson_mixture(0.0, 0.0, **ask)
    0.0

    """
    between("null", null, high=math.inf)
    between("share", share)
    between("horizon", horizon, high=math.inf)
    ratio = round(toward / null, DIGITS)
    if not 0 <= toward < math.inf or ratio == 1:
        raise Refused(f"toward is {toward}", accepted=(f"a rate >= 0, not {null}",))
    events = np.asarray(k, dtype=np.float64)
    expected = null * np.asarray(exposure, dtype=np.float64)
    if not (np.all((events >= 0) & (expected >= 0)) and np.all(np.isfinite(events + expected))):
        raise Refused("events and exposure do not fit", accepted=("events, exposure >= 0",))
    win, lose, ln_weights = _grid(ratio, round(share, 2 * DIGITS), round(null * horizon, DIGITS))

    def each(some: Array, due: Array) -> Array:
        return log_sum_exp(some * win[:, None] - due * lose[:, None], ln_weights)

    return alike(k, in_chunks(each, events, expected))


@lru_cache(maxsize=4096)
def _grid(toward: float, share: float, horizon: float) -> tuple[Array, Array, Array]:
    """Give each bet's gain by event, loss by expected event, and log stake."""
    end = max(STEEPEST, toward) if toward > 1 else 0.0
    nats = -math.log(share)
    shortest = nats / float(_divergence(np.array(end)))
    sizes = np.geomspace(shortest, max(horizon, 2 * shortest), DIFFUSE)
    near, far = np.ones(DIFFUSE), np.full(DIFFUSE, end)
    for _ in range(BISECTIONS):
        middle = (near + far) / 2
        short = _divergence(middle) < nats / sizes
        near, far = np.where(short, middle, near), np.where(short, far, middle)
    far[0] = end
    ratios = np.concatenate(([toward], far))
    with np.errstate(divide="ignore"):
        win = np.maximum(np.log(ratios), LOST)
    lose = ratios - 1
    ln_weights = np.log(np.concatenate(([0.5], np.full(DIFFUSE, 0.5 / DIFFUSE))))
    for part in (win, lose, ln_weights):
        part.flags.writeable = False
    return win, lose, ln_weights


def _divergence(ratio: Array) -> Array:
    """Give nats per event expected under the null."""
    return np.asarray(xlogy(ratio, ratio) - ratio + 1)
