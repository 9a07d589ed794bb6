"""Evidence that two groups do not have equal event rates: exact at every look.

The null is that in every block (a day) both groups have the same event rate, whatever
it is, and however it moves from block to block. In each block, likelihoods under a pair
of rates are compared with both groups at the pair's average, weighted by how many trials
each group had; a grid of pairs, fixed before the data, is mixed. Additive over blocks.

It rejects equality only. It says nothing of the size of a difference; for a difference
with a margin use the Mantel-Haenszel one.

References
----------
Turner RJ, Ly A, Grunwald PD (2024). Generic E-variables for exact sequential k-sample
tests that allow for optional stopping. J. Stat. Plan. Inference 230, 106116.

"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from attending.errors import Refused
from attending.stats._domain import between, counts
from attending.stats.log_sum_exp import log_sum_exp

if TYPE_CHECKING:
    from attending.stats._shapes import Array

LEVELS = (0.5, 0.75, 1.0, 1.35, 2.0)  # times the rate expected
GAPS = (-0.10, -0.05, -0.025, 0.025, 0.05, 0.10)
NEAREST = 1e-4  # no bet is placed nearer to 0 or 1 than this


def equality_pairs(rate: float) -> Array:
    """Give the pairs of rates bet on, shape (2, 30): 5 levels around `rate` by 6 gaps.

    Parameters
    ----------
    rate
        Event rate expected, strictly between 0 and 1; fixed before the data.

    """
    between("rate", rate)
    level = np.repeat(np.array(LEVELS) * rate, len(GAPS))
    gap = np.tile(np.array(GAPS), len(LEVELS))
    pairs = np.stack((level - gap / 2, level + gap / 2))
    return np.clip(pairs, NEAREST, 1 - NEAREST)


def block_terms(ka: Array, na: Array, *, kb: Array, nb: Array, rate: float) -> Array:
    """Give each bet's log winnings in each block, shape (30, ...); add over blocks.

    Parameters
    ----------
    ka, na, kb, nb
        Events and trials of groups a and b in each block; arrays of one shape.
    rate
        Event rate expected.

    Raises
    ------
    Refused
        Where events exceed trials.

    """
    xa, ma, ya = counts(ka, na)
    xb, mb, yb = counts(kb, nb)
    shape = (-1,) + (1,) * (xa + xb).ndim
    ta, tb = (pair.reshape(shape) for pair in equality_pairs(rate))
    n = ma + mb
    mean = (ma * ta + mb * tb) / np.where(n > 0, n, 1.0)
    mean = np.where(n > 0, mean, ta)
    won = xa * np.log(ta) + ya * np.log1p(-ta) + xb * np.log(tb) + yb * np.log1p(-tb)
    return np.asarray(won - (xa + xb) * np.log(mean) - (ya + yb) * np.log1p(-mean))


def block_equality(ka: Array, na: Array, *, kb: Array, nb: Array, rate: float) -> float:
    """Give ln E against "equal in every block" from all blocks so far.

    Parameters
    ----------
    ka, na
        Events and trials of group a by block, shape (blocks,).
    kb, nb
        Events and trials of group b by block, shape (blocks,).
    rate
        Event rate expected, fixed before the data.

    Returns
    -------
    float
        Natural log of the e-value. The order of blocks does not matter.

    Raises
    ------
    Refused
        Where events exceed trials, or shapes differ.

    """
    if np.ndim(ka) != 1 or len({np.shape(x) for x in (ka, na, kb, nb)}) != 1:
        raise Refused("blocks do not fit", accepted=("four arrays of one length",))
    total = block_terms(ka, na, kb=kb, nb=nb, rate=rate).sum(axis=1)
    return float(log_sum_exp(total, np.full(total.shape, -np.log(total.size))))
