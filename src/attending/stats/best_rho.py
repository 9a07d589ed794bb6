"""Where a mixture is sharpest: its width, from the planned amount of information.

Every mixture here is valid whatever its width; the width decides at which sample size
its bound is tightest. This is Howard's approximation to the best one.

References
----------
Howard SR, Ramdas A, McAuliffe J, Sekhon J (2021). Ann. Stat. 49(2), section 3.5,
equation 21.

"""

from __future__ import annotations

import math

from attending.errors import Refused
from attending.stats._domain import between

TAILS = {1: 2.0, 2: 1.0}  # a one-sided mixture at a share is a two-sided one at twice it


def best_rho(share: float, v_opt: float, *, sided: int) -> float:
    """Give rho, in the units of `v_opt`.

    Parameters
    ----------
    share
        Error probability: below 1 if two-sided, below 0.5 if one-sided.
    v_opt
        Intrinsic time (variance or information) at which to be tightest; positive.
    sided
        1 or 2.

    Raises
    ------
    Refused
        For a share or an intrinsic time outside these ranges.

    Examples
    --------
    >>> round(best_rho(0.05, 100.0, sided=2), 5)
    12.60056

    """
    between("v_opt", v_opt, high=math.inf)
    if sided not in TAILS:
        raise Refused(f"sided is {sided}", accepted=("1", "2"))
    between("share", share, high=1 / TAILS[sided])
    nats = -2 * math.log(share * TAILS[sided])
    return v_opt / (nats + math.log1p(nats))
