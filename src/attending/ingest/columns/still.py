"""Does a column stand still? Days in a row on which one value holds nearly all, against its past.

A day is *crowded* where its most frequent value holds more of its rows than some way from what
that usually is, the median of a frozen baseline, to all of them; it *stands still* where that is
so, and was the day before, by the same value. How often that happens by itself is learned from
the baseline, with 1.64 standard errors for what chance may have hidden. While no day, given the
past, stands still more often than that, a finding comes within T days with a chance of at most T
in `ALARM_DAYS`. Nor is it one before more than twice as many stand still in a row as ever did in
the baseline.

A column is left alone of which one value held more than four in five rows of the baseline, or
which stood still on half of its days: it does so by nature, or on so few rows a day that a still
day tells nothing. Days with less than half as many rows as usual are passed over.

References
----------
Shin J, Ramdas A, Rinaldo A (2024). E-detectors: a nonparametric framework for sequential
change detection. New England J. Stat. Data Sci. 2(2).

"""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from attending.ingest.columns.baseline import baseline
from attending.ingest.columns.level import ALARM_DAYS, SURE, Stands
from attending.stats.bernoulli_grid import bernoulli_grid
from attending.stats.bernoulli_mixture import bernoulli_terms
from attending.stats.log_sum_exp import log_sum_exp
from attending.stats.shiryaev_roberts import shiryaev_roberts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from attending.stats._shapes import Array

    Flags = NDArray[np.bool_]

MOSTLY = 0.8  # of rows: one value by nature, as of a flag that is rarely up
OFTEN = 0.5  # of days
FEW = 0.5  # of the rows of a usual day
STUCK = 0.95  # of days stand still where a column is stuck: half of the stake lies there
LATELY = 7  # days over which it is told how much stands still, where it is not stuck
STUCK_DAYS = 10  # within which it is to be found


class Still(NamedTuple):
    """How it stands, from which day on it is told how much does, and which days do."""

    stands: Stands
    begin: int
    stays: Flags


def still(top: Array, rows: Array, values: Sequence[object], *, tolerated: float) -> Still:
    """Tell whether a column stands still.

    Parameters
    ----------
    top, rows
        Rows of each day's most frequent value, and all in which the column holds something.
    values
        That value, of each day.
    tolerated
        How much of the way from its usual share to all rows that value may go.

    """
    first, stays = baseline(rows), np.zeros(len(rows), dtype=bool)
    too_few = Still(Stands("too_few", 0), len(rows), stays)
    if first >= len(rows) or _is_mostly_one(top[:first], rows[:first], values):
        return too_few
    usual = float(np.median(rows[:first][rows[:first] > 0]))
    days = np.flatnonzero((rows > 0) & (rows >= FEW * usual))
    before = int((days < first).sum())
    stays[days] = _stays(top[days] / rows[days], [values[int(n)] for n in days], before, tolerated)
    runs = _runs(stays[days])
    mean = ((runs[:before] > 0).sum() + 1) / (before + 2)  # never 0: chance would add nothing
    often = float(mean + SURE * math.sqrt(mean * (1 - mean) / before))
    if often >= OFTEN:
        return too_few
    grid = bernoulli_grid(often, STUCK, share=1 / ALARM_DAYS, horizon=STUCK_DAYS)
    nothing = np.full(len(grid.ln_weights), -np.inf)
    stands, ln_m = Stands("ok", first), nothing
    for day, run in zip(days[before:], runs[before:], strict=True):
        if stands.state == "breach" and not run:
            stands, ln_m = Stands("ok", int(day) + 1), nothing
            continue
        today = bernoulli_terms(np.array([float(run > 0)]), np.ones(1), grid=grid)[:, 0]
        ln_m = shiryaev_roberts(ln_m, today)
        shown = float(log_sum_exp(ln_m[:, None], grid.ln_weights)[0]) >= math.log(ALARM_DAYS)
        if shown and run > 2 * runs[:before].max() and stands.state == "ok":
            stands = Stands("breach", int(day) + 1)
    is_stuck = stands.state == "breach"
    begin = int(days[-1 - runs[-1]]) if is_stuck else max(first, len(rows) - LATELY)
    return Still(stands, begin, stays)


def _stays(shares: Array, values: Sequence[object], before: int, tolerated: float) -> Flags:
    """Tell which days stand still."""
    middle = float(np.median(shares[:before]))
    crowded = shares > middle + tolerated * (1 - middle)
    same = [now == then for then, now in pairwise(values)]
    stays = np.zeros(len(crowded), dtype=bool)
    stays[1:] = crowded[1:] & crowded[:-1] & np.array(same, dtype=bool)
    return stays


def _runs(stays: Flags) -> NDArray[np.int64]:
    """Give how many days in a row stand still, up to and with each."""
    runs = np.zeros(len(stays), dtype=np.int64)
    for n, stands_still in enumerate(stays):
        runs[n] = (runs[n - 1] if n else 0) + 1 if stands_still else 0
    return runs


def _is_mostly_one(top: Array, rows: Array, values: Sequence[object]) -> bool:
    held: dict[object, float] = {}
    for n, value in zip(top, values, strict=False):
        held[value] = held.get(value, 0.0) + float(n)
    return max(held.values()) > MOSTLY * float(rows.sum())
