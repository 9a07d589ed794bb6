"""The area under the ROC curve and its variance, from two histograms of the score.

How often a case with the event has the higher score than a case without; a tie counts
half. Histograms add, so sites and days merge. For the binned score the variance is
exactly DeLong's; binning moves the area by at most `binning`, and with one bin for each
distinct score by nothing.

Its logit is nearer to normal than the area itself: daily looks kept their error rate on
the logit scale, not on the raw one. `started`: at least 30 cases of each class.

References
----------
DeLong ER, DeLong DM, Clarke-Pearson DL (1988). Biometrics 44(3).
Koopmeiners JS, Feng Z (2011). Asymptotic properties of the sequential empirical ROC,
PPV and NPV curves. Ann. Stat. 39(6). (Independent increments.)

"""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, NamedTuple

import numpy as np

from attending.errors import Refused
from attending.stats._shapes import Floats, alike

if TYPE_CHECKING:
    from attending.stats._shapes import Array, Flags

LEAST = 30.0  # cases of each class: where daily looks keep the promised error rate


class Auroc(NamedTuple, Generic[Floats]):
    """An area, and what is known of it.

    Attributes
    ----------
    value
        The area; NaN without a case of each class.
    variance
        DeLong's; NaN with fewer than two cases of a class.
    theta
        logit of the area; NaN at 0 and 1.
    information
        One over the variance of theta; 0 where it cannot be estimated.
    binning
        Most by which bins may have moved the area: half the share of tied pairs.
    started
        Whether a normal approximation may be used.

    """

    value: Floats
    variance: Floats
    theta: Floats
    information: Floats
    binning: Floats
    started: bool | Flags


def distinct_scores(score: Array, event: Array) -> tuple[Array, Array]:
    """Give the two histograms with one bin for each distinct score, lowest first.

    Parameters
    ----------
    score
        Scores, shape (cases,).
    event
        1 where the event happened, else 0; shape (cases,).

    Raises
    ------
    Refused
        For a score that is not a number, or an event that is neither 0 nor 1.

    """
    values, y = np.asarray(score, dtype=np.float64), np.asarray(event, dtype=np.float64)
    if np.isnan(values).any() or not np.isin(y, (0.0, 1.0)).all():
        raise Refused("scores or events do not fit", accepted=("numbers", "0 or 1"))
    bins = np.unique(values, return_inverse=True)[1]
    n = int(bins.max(initial=-1)) + 1
    zeros = np.zeros((2, n))
    np.add.at(zeros, (np.where(y > 0, 0, 1), bins), 1.0)
    return zeros[0], zeros[1]


def delong(positives: Array, negatives: Array) -> Auroc[float]:
    """Give the area and its variance; scores rise along the last axis.

    Parameters
    ----------
    positives, negatives
        Cases with and without the event in each bin, shape (..., bins).

    Returns
    -------
    Auroc
        Floats for one pair of histograms, arrays of shape (...) for many.

    Raises
    ------
    Refused
        For negative counts, or shapes that differ.

    """
    pos, neg = np.asarray(positives, dtype=np.float64), np.asarray(negatives, dtype=np.float64)
    if pos.shape != neg.shape or not (np.all(pos >= 0) and np.all(neg >= 0)):
        raise Refused("histograms do not fit", accepted=("counts >= 0, same bins",))
    p, q = pos.sum(axis=-1), neg.sum(axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        below = (neg.cumsum(axis=-1) - neg / 2) / q[..., None]
        above = (p[..., None] - pos.cumsum(axis=-1) + pos / 2) / p[..., None]
        area = (pos * below).sum(axis=-1) / p
        spread_p = (pos * (below - area[..., None]) ** 2).sum(axis=-1)
        spread_q = (neg * (above - area[..., None]) ** 2).sum(axis=-1)
        variance = spread_p / (p * (p - 1)) + spread_q / (q * (q - 1))
        theta = np.log(area) - np.log1p(-area)
        information = (area * (1 - area)) ** 2 / variance
        binning = (pos * neg).sum(axis=-1) / (2 * p * q)
    known = (p > 1) & (q > 1) & np.isfinite(theta) & np.isfinite(information)
    started = known & (p >= LEAST) & (q >= LEAST)
    return Auroc(
        value=alike(0.0, area),
        variance=alike(0.0, np.where((p > 1) & (q > 1), variance, np.nan)),
        theta=alike(0.0, np.where(np.isfinite(theta), theta, np.nan)),
        information=alike(0.0, np.where(known, information, 0.0)),
        binning=alike(0.0, binning),
        started=started if started.ndim else bool(started),
    )
