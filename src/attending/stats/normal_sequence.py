"""An interval that holds at every look, around an estimate that is about normal.

The values that the two-sided normal mixture does not reject. Asymptotic: it starts
where the estimate's start rule is met. Take it on the working scale and carry the ends
back; the interval is then inside the range that the quantity has.

References
----------
Howard SR, Ramdas A, McAuliffe J, Sekhon J (2021). Ann. Stat. 49(2).
Waudby-Smith I, Arbour D, Sinha R, Kennedy EH, Ramdas A (2024). Ann. Stat. 52(6).

"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from attending.errors import Refused
from attending.stats._domain import between
from attending.stats._shapes import alike

if TYPE_CHECKING:
    from attending.stats._shapes import Floats


def normal_sequence(
    theta: Floats,
    information: Floats,
    *,
    tau_squared: float,
    share: float,
) -> tuple[Floats, Floats]:
    """Give the lower and upper end of the confidence sequence.

    Parameters
    ----------
    theta
        The estimate on its working scale.
    information
        One over its variance, not negative.
    tau_squared
        Variance of the mixture; see the function of that name, two-sided.
    share
        Error probability over all looks and both ends.

    Returns
    -------
    low, high
        On the working scale; minus and plus infinity where there is no information.

    Raises
    ------
    Refused
        For information that is negative or not finite.

    """
    between("share", share)
    between("tau_squared", tau_squared, high=math.inf)
    held = np.asarray(information, dtype=np.float64)
    if not (np.all(held >= 0) and np.all(np.isfinite(held))):
        raise Refused("information is not a number", accepted=("information >= 0",))
    grown = 1 + tau_squared * held
    with np.errstate(divide="ignore", over="ignore"):
        half = np.sqrt(grown * (np.log(grown) - 2 * math.log(share)) / tau_squared) / held
    middle = np.where(held > 0, np.asarray(theta, dtype=np.float64), 0.0)
    return alike(theta, middle - half), alike(theta, middle + half)
