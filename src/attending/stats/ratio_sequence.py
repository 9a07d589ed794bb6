"""An interval for a ratio of sums that holds at every look, at any sample size.

All values that two one-sided empirical-Bernstein mixtures, each at half the share, do
not reject. Wide where there are few units; where there are enough units and events for
the normal mixture to start, that one is narrower.

Seen far from the estimate, such a bound can weaken again, so that values beyond
rejected ones would be left over. A tenth of the stake is therefore on a fixed row of
anchors: evidence that the ratio is below an anchor is evidence that it is below
everything above. The interval runs to the outermost value left.

References
----------
Howard SR, Ramdas A, McAuliffe J, Sekhon J (2021). Ann. Stat. 49(2).

"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import expit

from attending.stats._domain import between
from attending.stats.best_rho import best_rho
from attending.stats.gamma_exponential import gamma_exponential
from attending.stats.log_sum_exp import log_sum_exp

if TYPE_CHECKING:
    from attending.stats._shapes import Array, Flags, SixSums

EDGE = 1e-5  # nearer to 0 or 1 than this a ratio is tested as if it were there
ANCHORS = expit(np.linspace(-7.0, 7.0, 57))  # 0.001 to 0.999, a quarter apart on the logit
ON_ANCHORS = 0.1  # costs 0.1 in ln E where anchors do not help
POINTS, ROUNDS = 257, 4  # each round narrows the end 256 times


def ratio_sequence(
    sums: SixSums[float],
    *,
    share: float,
    horizon: float,
    d_max: float,
) -> tuple[float, float]:
    """Give the lower and upper end of the confidence sequence.

    Parameters
    ----------
    sums
        Sums over units with 0 <= N <= D <= d_max.
    share
        Error probability over all looks and both ends, strictly between 0 and 1.
    horizon
        Planned sum of D: where the interval is tightest.
    d_max
        Declared cap of D for one unit.

    Returns
    -------
    low, high
        Ratios in [0, 1] that hold the estimate between them; 0 and 1 with no unit.

    Raises
    ------
    Refused
        For a share, a horizon or a cap outside its range.

    """
    between("share", share)
    between("horizon", horizon, high=math.inf)
    between("d_max", d_max, high=math.inf)
    if sums.sd <= 0:
        return 0.0, 1.0

    def left(nulls: Array, side: int) -> Flags:
        own = np.clip(nulls, EDGE, 1 - EDGE)
        both = np.concatenate((own, ANCHORS))
        scale = d_max * (both if side > 0 else 1 - both)
        total = side * (sums.sn - both * sums.sd) / scale
        squares = (sums.snn - 2 * both * sums.snd + both * both * sums.sdd) / scale**2
        rho = best_rho(share / 2, horizon, sided=1) * both * (1 - both) / scale**2
        ln_e = gamma_exponential(total, np.maximum(squares, 0.0), rho=rho)
        apart = side * (ANCHORS[:, None] - own[None, :]) >= 0
        far = np.where(apart, ln_e[own.size :, None], -np.inf)
        stake = np.full(ANCHORS.size, math.log(ON_ANCHORS / ANCHORS.size))
        near = ln_e[: own.size] + math.log1p(-ON_ANCHORS)
        return np.asarray(np.logaddexp(near, log_sum_exp(far, stake)) < math.log(2 / share))

    seen = min(max(sums.sn / sums.sd, 0.0), 1.0)
    ends = []
    for outer, side in ((0.0, 1), (1.0, -1)):
        inside, outside = seen, outer
        for _ in range(ROUNDS):
            row = np.linspace(inside, outside, POINTS)
            kept = left(row, side)
            kept[0] = True  # the estimate itself, or the value kept the round before
            last = int(np.flatnonzero(kept)[-1])
            inside, outside = row[last], row[min(last + 1, POINTS - 1)]
        ends.append(float(outside))
    return ends[0], ends[1]
