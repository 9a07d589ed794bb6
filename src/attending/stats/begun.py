"""Has a rate been past a value from some day on? An e-process over every day it may have begun.

A bet that began on the first day would have lost all by the day something does begin. So a
part of the stake, 1/(k(k+1)), is put aside for each day k and bet from that day on; what is
not bet yet is kept. The parts add up to one, so that the whole is an e-process: while each
day's rate, given the past, is on the null's side, the chance that ln E ever reaches
ln(1/share) is at most `share`, over all days and however often it is looked at.

Bets are constant and enter through a day's counts alone, so that the order of rows within a
day does not matter. It pays for not knowing the day: 2 ln k nats.

References
----------
Ville J (1939). Etude critique de la notion de collectif.
Shin J, Ramdas A, Rinaldo A (2024). E-detectors: a nonparametric framework for sequential
change detection. New England J. Stat. Data Sci. 2(2). (Mixtures over the day of change.)

"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from attending.errors import Refused
from attending.stats.log_sum_exp import log_sum_exp

if TYPE_CHECKING:
    from attending.stats._shapes import Array


def begun(increments: Array, ln_weights: Array) -> Array:
    """Give ln E after each day.

    Parameters
    ----------
    increments
        Log of each bet's winnings on each day alone, shape (J, days), as `bernoulli_terms`
        gives them.
    ln_weights
        Natural logs of the stakes on the bets, shape (J,).

    Returns
    -------
    Array
        Shape (days,), natural logs.

    Raises
    ------
    Refused
        For NaN, plus infinity, or shapes that do not fit.

    Examples
    --------
    Two days of winnings of 4 to 1 that may have begun on either: (1/2)16 + (1/6)4 + 1/3.

    >>> float(np.exp(begun(np.log([[4.0, 4.0]]), np.zeros(1)))[-1].round(6))
    9.0

    """
    each = np.asarray(increments, dtype=np.float64)
    if each.ndim != 2 or len(each) != len(ln_weights) or not np.all(each < np.inf):  # noqa: PLR2004  bets and days
        raise Refused("bets do not fit", accepted=("a row of days for each bet, no NaN",))
    days = np.arange(1.0, each.shape[1] + 1)
    stakes, kept = -np.log(days * (days + 1)), -np.log(days + 1)
    running, before = np.empty_like(each), np.full(len(each), -np.inf)
    for day, stake in enumerate(stakes):  # no running sums: a bet that lost all stays lost in them
        before = each[:, day] + np.logaddexp(before, stake)
        running[:, day] = before
    return np.asarray(np.logaddexp(log_sum_exp(running, ln_weights), kept))
