"""The sample a single, final look would need: for comparison and for planning only.

Classical one-sided test of one proportion by the normal approximation, with power 0.80.
It holds for one look at a size fixed beforehand; whoever looks daily at a test of this
size is wrong far more often than `share`. Here it only sets the scale of a horizon.

References
----------
Fleiss JL, Levin B, Paik MC (2003). Statistical Methods for Rates and Proportions,
3rd ed., section 2.3.

"""

from __future__ import annotations

from scipy.special import ndtri

from attending.errors import Refused
from attending.stats._domain import between

POWER = 0.80


def fixed_n80(null: float, toward: float, *, share: float) -> float:
    """Give trials for 80 % power at one look, as a float that is not rounded up.

    Parameters
    ----------
    null
        Event rate tested, strictly between 0 and 1.
    toward
        Event rate supposed true, from 0 to 1, not equal to `null`.
    share
        One-sided error probability, strictly between 0 and 0.5.

    Raises
    ------
    Refused
        For a rate or a share outside these ranges.

    Examples
    --------
    >>> round(fixed_n80(0.12, 0.09, share=0.05))
    668

    """
    between("null", null)
    between("share", share, high=0.5)
    if not 0 <= toward <= 1 or toward == null:
        raise Refused(f"toward is {toward}", accepted=(f"a rate from 0 to 1, not {null}",))
    at_null = -ndtri(share) * (null * (1 - null)) ** 0.5
    at_truth = ndtri(POWER) * (toward * (1 - toward)) ** 0.5
    return float(((at_null + at_truth) / (toward - null)) ** 2)
