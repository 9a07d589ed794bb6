"""Has what stands in a column shifted? Its values' shares, each day against a frozen reference.

While on every day at most a tolerated share of rows has moved from one value to another
(total variation), the chance of an alarm within T days is at most T in `ALARM_DAYS`, whatever
the days do among themselves; but for the reference's own error, of which 1.64 standard errors
are allowed for. Each day's bet is on the values that were too frequent on the days before.

References
----------
Shiryaev AN (1963). On optimum methods in quickest detection problems. Theory Probab. Appl. 8(1).
Shin J, Ramdas A, Rinaldo A (2024). E-detectors: a nonparametric framework for sequential
change detection. New England J. Stat. Data Sci. 2(2).

"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from attending.ingest.columns.level import ALARM_DAYS, REFERENCE_DAYS, REFERENCE_ROWS, SURE, Stands
from attending.stats.log_sum_exp import log_sum_exp
from attending.stats.shiryaev_roberts import shiryaev_roberts

if TYPE_CHECKING:
    from attending.stats._shapes import Array

BETS = np.array([0.02, 0.05, 0.1, 0.2, 0.4, 0.7])
LN_WEIGHTS = np.full(len(BETS), -math.log(len(BETS)))
REMEMBERED = 0.8  # of a day, on the next
MOST_EXPECTED = 0.999


class Shift(NamedTuple):
    """How it stands, the first day that was watched, and the share moved since then."""

    stands: Stands
    watched_from: int
    moved: float


def shifted(counts: Array, *, tolerated: float) -> Shift:
    """Tell whether the shares of values have shifted by more than is tolerated.

    Parameters
    ----------
    counts
        Rows of each value on each day, shape (values, days).
    tolerated
        The share of rows that may have moved.

    """
    n = counts.sum(axis=0)
    enough = np.flatnonzero(np.cumsum(n) >= REFERENCE_ROWS)
    first = max(int(enough[0]) + 1, REFERENCE_DAYS) if len(enough) else len(n)
    if first >= len(n):
        return Shift(Stands("too_few", 0), len(n), 0.0)
    taken = counts[:, :first].sum(axis=1)
    reference = taken / taken.sum()
    error = SURE * 0.5 / math.sqrt(taken.sum())
    watched = counts[:, first:]
    lately, ln_m = reference.copy(), np.full(len(BETS), -np.inf)
    stands = Stands("ok", first)
    for day in range(watched.shape[1]):
        today, rows = watched[:, day], float(watched[:, day].sum())
        if not rows:
            continue
        more = lately > reference
        expected = min(float(reference[more].sum()) + tolerated + error, MOST_EXPECTED)
        there = float(today[more].sum())
        bets = BETS / expected
        gains = np.log1p(bets * (1 - expected)) * there + np.log1p(-BETS) * (rows - there)
        ln_m = shiryaev_roberts(ln_m, gains)
        if float(log_sum_exp(ln_m[:, None], LN_WEIGHTS)[0]) >= math.log(ALARM_DAYS):
            stands = Stands("breach", first + day + 1)
            break
        lately = REMEMBERED * lately + (1 - REMEMBERED) * today / rows
    now = watched.sum(axis=1)
    moved = 0.5 * float(np.abs(now / max(now.sum(), 1.0) - reference).sum())
    return Shift(stands, first, moved)
