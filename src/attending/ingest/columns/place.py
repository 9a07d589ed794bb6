"""Where a column's numbers lie: each day against a frozen baseline, by ranks alone.

Each row has two scores from 0 to 1: its rank among the baseline's rows (ties share one), and how
far that is from the middle. The mean of the first is the chance that a row is above one of the
baseline, one half while nothing changes; the mean of the second rises as values spread. Four
bets watch them both ways, with a quarter of the stake each. While on every day no mean is
further from the baseline's than is tolerated, an alarm comes within T days with a chance of at
most T in `ALARM_DAYS`; but for the baseline's own error, of which 1.64 standard errors are
allowed for. That the numbers are back within it is wrongly said as seldom.

Rows of one day, and of days that follow each other, are often of the same patients. How much less
they tell than as many strangers is measured in the baseline, and each bet is raised to a power
below one for it, which leaves it a fair bet. The guarantee is as good as that measure.

References
----------
Mann HB, Whitney DR (1947). On a test of whether one of two random variables is stochastically
larger than the other. Ann. Math. Stat. 18(1).
Kendall MG (1954). Note on bias in the estimation of autocorrelation. Biometrika 41(3/4).
Shin J, Ramdas A, Rinaldo A (2024). E-detectors: a nonparametric framework for sequential
change detection. New England J. Stat. Data Sci. 2(2).

"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from attending.ingest.columns.baseline import baseline
from attending.ingest.columns.level import ALARM_DAYS, SURE, Stands
from attending.ingest.columns.mix import BETS, MOST_EXPECTED, Shift
from attending.stats.shiryaev_roberts import shiryaev_roberts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from attending.stats._shapes import Array

MOST_KEPT = 0.9  # of what a day differs, by the next: as where patients stay ten days
LATELY = 7  # days over which it is told how far numbers lie from where they did
MOST_ROWS = 50.0  # that a day counts for, so that one restless day of a large site is no finding


class _Bet(NamedTuple):
    """The score of each bin, its mean before, what that may be, and how alike rows are."""

    score: Array
    mean: float
    null: float
    alike: float

    @property
    def against(self) -> _Bet:
        """Give the bet that it is no longer so."""
        return _Bet(1 - self.score, 1 - self.mean, 1 - self.null, self.alike)

    def gains(self, today: Array) -> Array:
        """Give the log of what each stake wins on a day."""
        power = min(1 / self.alike, MOST_ROWS / float(today.sum()))
        each = np.log1p(np.outer(BETS / self.null, self.score - self.null))
        return np.asarray(power * (each @ today))

    def past(self, rows: Array) -> float:
        """Give how far the mean of some rows is past the baseline's."""
        return float(self.score @ rows) / max(float(rows.sum()), 1.0) - self.mean


def moved(counts: Array, *, tolerated: float) -> Shift:
    """Tell whether numbers lie elsewhere, or further apart or closer, than they did.

    Parameters
    ----------
    counts
        Rows in each bin on each day, bins in ascending order of their numbers; (bins, days).
    tolerated
        How far the mean of a score may lie from the baseline's.

    """
    rows = counts.sum(axis=0)
    first = baseline(rows)
    if first >= len(rows):
        return Shift(Stands("too_few", 0), len(rows), 0.0)
    bets = _bets(counts[:, :first], tolerated)
    stands, watched, ln_m = Stands("ok", first), bets, _nothing(bets)
    for day in np.flatnonzero(rows[first:]) + first:
        today = counts[:, day]
        ln_m = shiryaev_roberts(ln_m, np.array([bet.gains(today) for bet in watched]))
        if _evidence(ln_m) >= math.log(ALARM_DAYS):
            is_back = stands.state == "breach"
            won = watched[int(np.argmax([_evidence(each) for each in ln_m]))]
            stands = Stands("ok" if is_back else "breach", int(day) + 1)
            watched = bets if is_back else (won.against,)
            ln_m = _nothing(watched)
    begin = max(first, len(rows) - LATELY)
    lately = counts[:, begin:].sum(axis=1)
    return Shift(stands, begin, max(bet.past(lately) for bet in bets))


def _bets(before: Array, tolerated: float) -> tuple[_Bet, ...]:
    taken = before.sum(axis=1)
    rank = (np.cumsum(taken) - taken / 2) / taken.sum()
    apart = np.abs(2 * rank - 1)
    return tuple(_bet(score, before, tolerated) for score in (rank, 1 - rank, apart, 1 - apart))


def _bet(score: Array, before: Array, tolerated: float) -> _Bet:
    taken = before.sum(axis=1)
    rows = float(taken.sum())
    mean = float(score @ taken) / rows
    variance = float((score - mean) ** 2 @ taken) / rows
    alike = _alike((score - mean) @ before, variance * rows)
    null = mean + tolerated + SURE * math.sqrt(variance * alike / rows)
    return _Bet(score, mean, min(null, MOST_EXPECTED), alike)


def _alike(off: Array, strangers: float) -> float:
    """Give how many times the variance of the days' sum is that of as many strangers.

    What days vary more than rows of strangers would goes on as an autoregression of the first
    order does; its coefficient is taken at the upper end of what the days allow, at most 0.9.
    """
    days = len(off)
    more = float(off @ off) * days / (days - 1) - strangers
    if more <= 0 or strangers <= 0:
        return 1.0
    kept = min(max(float(off[1:] @ off[:-1]) / more, 0.0), 1.0)
    kept += (1 + 3 * kept) / days + SURE * math.sqrt((1 - kept**2) / days)  # Kendall's bias
    kept = min(kept, MOST_KEPT)
    return 1 + more / strangers * (1 + kept) / (1 - kept)


def _nothing(bets: Sequence[_Bet]) -> Array:
    return np.full((len(bets), len(BETS)), -np.inf)


def _evidence(ln_m: Array) -> float:
    """Give the log of what all stakes together came to, each of the same size."""
    return float(np.logaddexp.reduce(ln_m, axis=None)) - math.log(ln_m.size)
