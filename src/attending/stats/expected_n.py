"""How many trials until it is known, if what was declared is the truth.

Half of the stake is on the declared alternative, and each trial adds, on average, its
divergence from the null; so about ln(2/share) / KL(toward || null). It is the mean,
not a promise: half of all runs need fewer, some need many more. With no event at all
and `toward` at zero it is exact, and becomes the rule of three for every look.
It rests on the declared alternative alone, never on the estimate.

References
----------
Wald A (1945). Sequential tests of statistical hypotheses. Ann. Math. Stat. 16(2).

"""

from __future__ import annotations

import math

from attending.errors import Refused
from attending.stats._domain import between
from attending.stats.bernoulli_divergence import bernoulli_divergence


def expected_n(null: float, toward: float, *, share: float) -> float:
    """Give the mean number of trials at the decision, as a float not rounded up.

    Parameters
    ----------
    null
        Event rate tested, strictly between 0 and 1.
    toward
        Event rate supposed true, from 0 to 1, not equal to `null`.
    share
        Error probability, strictly between 0 and 1.

    Raises
    ------
    Refused
        For a rate or a share outside these ranges.

    Examples
    --------
    >>> round(expected_n(0.7, 0.8, share=0.05))
    143
    >>> round(expected_n(0.01, 0.0, share=0.05))
    367

    """
    between("null", null)
    between("share", share)
    if not 0 <= toward <= 1 or toward == null:
        raise Refused(f"toward is {toward}", accepted=(f"a rate from 0 to 1, not {null}",))
    return math.log(2 / share) / bernoulli_divergence(toward, null)
