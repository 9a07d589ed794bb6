"""An interval for an event rate that holds at every look, for display.

The rates that the two-sided beta-binomial mixture does not reject. The chance that the
true rate is ever outside, over all looks, is at most `share`. It is about half as wide
again as an interval for one look; that is the price of being allowed to look.

It is for screens and reports. Decisions rest on the one-sided mixture, which puts half
of its stake on what the committee declared, so the two may differ near the line.

References
----------
Howard SR, Ramdas A, McAuliffe J, Sekhon J (2021). Ann. Stat. 49(2).

"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from attending.stats._domain import between, counts
from attending.stats._shapes import alike
from attending.stats.beta_binomial import beta_binomial

if TYPE_CHECKING:
    from attending.stats._shapes import Array, Floats

BISECTIONS = 60  # 1e-18 of the unit interval
NEAREST = 1e-300  # to zero: nearer, the beta function overflows


def bernoulli_sequence(
    k: Floats,
    n: Floats,
    *,
    share: float,
    t_opt: float,
) -> tuple[Floats, Floats]:
    """Give the lower and upper end of the confidence sequence after `n` trials.

    Parameters
    ----------
    k, n
        Events and trials, 0 <= k <= n; floats, or arrays of one shape.
    share
        Error probability over all looks, strictly between 0 and 1.
    t_opt
        Trials at which the interval is tightest, positive; half of those planned.

    Returns
    -------
    low, high
        Rates, 0 <= low <= k/n <= high <= 1. With no trial: 0 and 1.

    Examples
    --------
    >>> low, high = bernoulli_sequence(700.0, 1000.0, share=0.05, t_opt=100.0)
    >>> round(low, 6), round(high, 6)
    (0.65163, 0.74595)

    """
    between("share", share)
    events, trials, _ = counts(k, n)
    seen = np.divide(events, trials, out=np.full(trials.shape, 0.5), where=trials > 0)

    def end(outer: float) -> Array:
        inside, outside = seen.copy(), np.full(seen.shape, outer)
        for _ in range(BISECTIONS):
            rate = (inside + outside) / 2
            clipped = np.clip(rate, NEAREST, 1 - np.finfo(float).epsneg)
            ln_m = beta_binomial(events, trials, null=clipped, share=share, t_opt=t_opt)
            kept = ln_m < -math.log(share)
            inside, outside = np.where(kept, rate, inside), np.where(kept, outside, rate)
        return np.where((trials > 0) & (seen != outer), outside, outer)

    return alike(k, end(0.0)), alike(k, end(1.0))
