"""The bets that an event-rate test places, fixed before the first case.

Half of the stake is on the declared alternative. The other half is spread evenly over
a grid of diffuse alternatives, so that a truth nobody declared is found too. The grid
is geometric in the number of trials each alternative needs: from the most extreme rate
there is (decided soonest) to the one that would take the whole horizon.

References
----------
Robbins H (1970). Statistical methods related to the law of the iterated logarithm.
Ann. Math. Stat. 41(5). (Mixtures of constant bets.)

"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from attending.errors import Refused
from attending.stats._domain import between
from attending.stats.bernoulli_divergence import bernoulli_divergence

if TYPE_CHECKING:
    from attending.stats._shapes import Array

DIGITS = 6  # declared rates are read to six decimals, so that equal specs mean equal bets
BISECTIONS = 200  # past the last bit of a float64
LOST = -1e200  # log of nothing left; unlike minus infinity, 0 times it is 0
DRIFT = 1e-3  # most that reading to six decimals may move a null, as a part of its rate


class BernoulliGrid(NamedTuple):
    """Bets against one event rate.

    Attributes
    ----------
    win
        ln(q/null) for each alternative q: what one event adds. Shape (J + 1,).
    lose
        ln((1-q)/(1-null)): what one non-event adds. Shape (J + 1,).
    ln_weights
        Natural logs of the stakes, which sum to one. The declared alternative is first.

    A bet that one trial can lose whole has -1e200 there, which no gain makes up for.

    """

    win: Array
    lose: Array
    ln_weights: Array


def bernoulli_grid(
    null: float,
    toward: float,
    *,
    share: float,
    horizon: float,
    diffuse: int = 11,
) -> BernoulliGrid:
    """Give the bets for one test; the same question gets the same bets, from a cache.

    Parameters
    ----------
    null
        Event rate to be rejected, strictly between 0 and 1; read to six decimals.
    toward
        Declared alternative, from 0 to 1; its side of `null` is the side tested.
    share
        Error probability the test may spend; sets what "decided" means on the grid.
    horizon
        Trials planned. One that no alternative could meet is taken as the shortest
        that some alternatives can.
    diffuse
        How many diffuse alternatives.

    Raises
    ------
    Refused
        For a null at 0 or 1 or too small to read to six decimals, an alternative
        equal to the null, a share outside (0, 1), or a horizon that is not positive.

    """
    read = round(between("null", null), DIGITS)
    aim = round(toward, DIGITS)
    if abs(read - null) > DRIFT * min(null, 1 - null):
        raise Refused(f"null is {null}", accepted=(f"a rate of at most {DIGITS} decimals",))
    if not 0 <= toward <= 1 or aim == read:
        raise Refused(f"toward is {toward}", accepted=(f"a rate from 0 to 1, not {read}",))
    between("share", share)
    between("horizon", horizon, high=math.inf)
    return _grid(
        read,
        aim,
        share=round(share, 2 * DIGITS),
        horizon=round(horizon, DIGITS),
        diffuse=diffuse,
    )


@lru_cache(maxsize=4096)
def _grid(
    null: float, toward: float, *, share: float, horizon: float, diffuse: int
) -> BernoulliGrid:
    end = 1.0 if toward > null else 0.0
    nats = -math.log(share)
    shortest = nats / bernoulli_divergence(end, null)
    longest = max(horizon, 2 * shortest)
    sizes = np.geomspace(shortest, longest, diffuse)
    near, far = np.full(diffuse, null), np.full(diffuse, end)
    for _ in range(BISECTIONS):
        middle = (near + far) / 2
        short = bernoulli_divergence(middle, null) < nats / sizes
        before = near, far
        near, far = np.where(short, middle, near), np.where(short, far, middle)
        if not np.any((near != before[0])[1:] | (far != before[1])[1:]):
            break  # the first ends at `end`; what no longer moves never will
    far[0] = end  # by definition, where bisection would stop one bit short
    q = np.concatenate(([toward], far))
    weights = np.concatenate(([0.5], np.full(diffuse, 0.5 / diffuse)))
    with np.errstate(divide="ignore"):
        win = np.maximum(np.log(q / null), LOST)
        lose = np.maximum(np.log1p(-q) - math.log1p(-null), LOST)
    grid = BernoulliGrid(win, lose, np.log(weights))
    for part in grid:
        part.flags.writeable = False  # it is shared by every caller
    return grid
