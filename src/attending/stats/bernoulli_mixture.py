"""Evidence that an event rate is above, or below, a value: exact at every look.

A mixture of constant bets on each trial. It depends on the data only through the
cumulative counts, so order does not matter, merging is adding, and anyone can work it
out again from two numbers.

It may be looked at after every case, for ever: while the null holds, the chance that
ln E ever reaches ln(1/share) is at most `share`. The null is the weak one: *the
average, over the trials so far, of each trial's conditional event rate is at most*
(or at least) *the null value*. Rates may differ by weekday, season, clinician and
patient. That needs bets that do not change over time: with bets constant,
prod(1 + b(x - m)) is a martingale times prod(1 + b(mu - m)), and by concavity of the
logarithm the latter is at most 1 whenever the running mean of mu is on the null side.

It does not say whether the rate has *changed*: a late decline is diluted by a good
past. Trials within one unit (several alerts of one stay) are not independent: use the
ratio methods for those. Fractions x in [0, 1] may be summed in place of events; the
answer is then valid and a little conservative.

References
----------
Ville J (1939). Etude critique de la notion de collectif.
Robbins H (1970). Ann. Math. Stat. 41(5).
Howard SR, Ramdas A, McAuliffe J, Sekhon J (2021). Time-uniform, nonparametric,
nonasymptotic confidence sequences. Ann. Stat. 49(2).
Waudby-Smith I, Ramdas A (2024). Estimating means of bounded random variables by
betting. JRSS-B 86(1).

"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from attending.stats._chunks import in_chunks
from attending.stats._domain import count, counts
from attending.stats._shapes import alike
from attending.stats.bernoulli_grid import bernoulli_grid
from attending.stats.log_sum_exp import log_sum_exp

if TYPE_CHECKING:
    from attending.stats._shapes import Array, Floats
    from attending.stats.bernoulli_grid import BernoulliGrid


def bernoulli_terms(k: Floats, n: Floats, *, grid: BernoulliGrid) -> Array:
    """Give the log of each bet's winnings, shape (J + 1, ...).

    One day's terms are what a change detector adds for that day.

    Parameters
    ----------
    k, n
        Events and trials; floats, or arrays of one shape.
    grid
        The bets.

    """
    events, _, rest = counts(k, n)
    shape = (-1,) + (1,) * events.ndim
    return np.asarray(events * grid.win.reshape(shape) + rest * grid.lose.reshape(shape))


def bernoulli_mixture(
    k: Floats,
    n: Floats,
    *,
    null: float,
    toward: float,
    share: float,
    horizon: float,
) -> Floats:
    """Give ln E against "the rate is at most `null`", or "at least", away from `toward`.

    Parameters
    ----------
    k
        Events so far, 0 <= k <= n; a float, or an array.
    n
        Trials so far; a float, or an array of the same shape.
    null
        The rate rejected, strictly between 0 and 1; read to six decimals.
    toward
        The declared alternative, on which half of the stake lies; may be 0 or 1. Above
        `null` it rejects "rate <= null"; below, "rate >= null".
    share
        The error probability this question may spend. Reject when the answer reaches
        ln(1/share).
    horizon
        Trials planned: where the most cautious of the other bets would decide.

    Returns
    -------
    float or Array
        Natural log of the e-value; finite.

    Raises
    ------
    Refused
        For counts that cannot be, or a question that cannot be asked.

    Examples
    --------
    No event in 72 trials proves a rate below 5 % at the 5 % level:

    >>> from math import log
    >>> ask = {"null": 0.05, "toward": 0.0, "share": 0.05, "horizon": 300.0}
    >>> bernoulli_mixture(0.0, 72.0, **ask) >= log(1 / 0.05)
    True

    """
    grid = bernoulli_grid(null, toward, share=share, horizon=horizon)
    if type(k) is float and type(n) is float:
        events, rest = count(k, n)
        terms = events * grid.win[:, None] + rest * grid.lose[:, None]
        return float(log_sum_exp(terms, grid.ln_weights)[0])

    def each(events: Array, trials: Array) -> Array:
        return log_sum_exp(bernoulli_terms(events, trials, grid=grid), grid.ln_weights)

    return alike(k, in_chunks(each, k, n))
