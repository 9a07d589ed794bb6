"""Evidence from an estimate and its information, where the estimate is about normal.

The estimate, looked at in its own information time, moves like Brownian motion; this
mixes bets on its drift with a normal density (half-normal if one-sided). It serves
everything with a standard error: ratios of sums, areas under a curve, differences.

It is asymptotic. It may be asked only after a start rule is met (see the estimate's own
page), on the scale on which the estimate is nearest to normal: logit for proportions
and areas, log for rates, never the raw scale for a proportion. Information must be a
fixed function of the data, and the mixture's width must be fixed before them.

References
----------
Robbins H (1970). Ann. Math. Stat. 41(5).
Howard SR, Ramdas A, McAuliffe J, Sekhon J (2021). Ann. Stat. 49(2), proposition 5, 6.
Waudby-Smith I, Arbour D, Sinha R, Kennedy EH, Ramdas A (2024). Time-uniform central
limit theory and asymptotic confidence sequences. Ann. Stat. 52(6).
Bibaut A, Kallus N, Lindon M (2022). arXiv 2212.14411.

"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import log_ndtr

from attending.errors import Refused
from attending.stats._domain import between
from attending.stats._shapes import alike

if TYPE_CHECKING:
    from attending.stats._shapes import Floats

SIDES = (-1, 0, 1)


def normal_mixture(
    theta: Floats,
    information: Floats,
    *,
    null: float,
    tau_squared: float,
    side: int,
) -> Floats:
    """Give ln E against "theta is `null`", or lies on one side of it.

    Parameters
    ----------
    theta
        The estimate on its working scale; may be NaN where there is no information.
    information
        One over its variance, not negative; 0 says that nothing is known.
    null
        The value rejected, on the same scale.
    tau_squared
        Variance of the mixture; see the function of that name.
    side
        1 rejects "theta <= null", -1 rejects "theta >= null", 0 rejects "theta = null".

    Returns
    -------
    float or Array
        Natural logs; 0 where there is no information.

    Raises
    ------
    Refused
        For information that is negative or not finite, or a side other than these.

    """
    between("tau_squared", tau_squared, high=math.inf)
    if side not in SIDES:
        raise Refused(f"side is {side}", accepted=("-1", "0", "1"))
    if isinstance(theta, float):
        one = theta - null if information > 0 else 0.0
        if 0 <= information < math.inf and math.isfinite(one) and math.isfinite(null):
            return alike(theta, np.asarray(_one(one, float(information), tau_squared, side)))
    held = np.asarray(information, dtype=np.float64)
    if not (np.all(held >= 0) and np.all(np.isfinite(held)) and math.isfinite(null)):
        raise Refused("null or information is not a number", accepted=("information >= 0",))
    away = np.where(held > 0, np.asarray(theta, dtype=np.float64) - null, 0.0)
    if not np.all(np.isfinite(away)):
        raise Refused("theta is not a number where there is information", accepted=("a number",))
    grown = 1 + tau_squared * held
    z = away * held * math.sqrt(tau_squared) / np.sqrt(grown)
    ln_e = z * z / 2 - np.log(grown) / 2
    if side:
        ln_e = ln_e + math.log(2) + log_ndtr(side * z)
    return alike(theta, np.asarray(ln_e))


def _one(away: float, held: float, tau_squared: float, side: int) -> float:
    """Give one ln E. An interval asks thousands of times, and arrays of one number are slow."""
    grown = 1 + tau_squared * held
    z = away * held * math.sqrt(tau_squared) / math.sqrt(grown)
    ln_e = z * z / 2 - math.log(grown) / 2
    return ln_e + math.log(2) + float(log_ndtr(side * z)) if side else ln_e
