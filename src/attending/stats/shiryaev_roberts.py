"""Has it changed? Evidence for a change on some day so far, carried from day to day.

Each day's e-value may be the first of a new state of affairs: M becomes (1 + M) times
the day's e-value, for each bet. M less the number of days is then a supermartingale
while nothing has changed, so with the alarm at ln c the mean time to a false alarm is
at least c days, and the chance of one within T days at most T/c.

The days' e-values must be valid each day given the past (not only on average over
days), as those of the Bernoulli bets are while each day's rate is on the null's side.
Begin at minus infinity; begin again when an alarm has been acknowledged.

References
----------
Shiryaev AN (1963). On optimum methods in quickest detection problems. Theory Probab.
Appl. 8(1).
Shin J, Ramdas A, Rinaldo A (2024). E-detectors: a nonparametric framework for
sequential change detection. New England J. Stat. Data Sci. 2(2).

"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from attending.errors import Refused

if TYPE_CHECKING:
    from attending.stats._shapes import Array


def shiryaev_roberts(ln_m: Array, increments: Array) -> Array:
    """Give each bet's ln M after one more day.

    Parameters
    ----------
    ln_m
        ln M of each bet the day before, shape (J, ...); minus infinity at the start.
    increments
        Log of each bet's winnings on this day alone, of the same shape; zeros for a day
        without a case. Their mixture over bets (`log_sum_exp`) is what is compared with
        ln c.

    Returns
    -------
    Array
        Shape (J, ...).

    Raises
    ------
    Refused
        For NaN, plus infinity, or shapes that differ.

    Examples
    --------
    >>> start = np.full(1, -np.inf)
    >>> shiryaev_roberts(start, np.log([3.0])).round(6).tolist()
    [1.098612]

    """
    before, today = np.asarray(ln_m, dtype=np.float64), np.asarray(increments, dtype=np.float64)
    if before.shape != today.shape or not (np.all(before < np.inf) and np.all(today < np.inf)):
        raise Refused("bets do not fit", accepted=("the same shape, no NaN or infinity",))
    return np.asarray(today + np.logaddexp(0.0, before))
