"""An interval for a ratio of sums that holds at every look, at any sample size.

The values that neither one-sided ratio mixture rejects, each at half the share. It is
wide: an empirical-Bernstein bound. Where there are enough units and events for the
normal mixture to start, that one is about a third narrower.

References
----------
Howard SR, Ramdas A, McAuliffe J, Sekhon J (2021). Ann. Stat. 49(2).

"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from attending.stats._domain import between
from attending.stats.ratio_mixture import ratio_mixture

if TYPE_CHECKING:
    from attending.stats._shapes import SixSums

BISECTIONS = 60  # 1e-18 of the unit interval


def ratio_sequence(
    sums: SixSums[float], *, share: float, horizon: float, d_max: float
) -> tuple[float, float]:
    """Give the lower and upper end of the confidence sequence.

    Parameters
    ----------
    sums
        Sums over units with 0 <= N <= D <= d_max.
    share
        Error probability over all looks and both ends.
    horizon
        Planned sum of D.
    d_max
        Declared cap of D for one unit.

    Returns
    -------
    low, high
        Ratios in [0, 1] that hold the estimate between them; 0 and 1 with no unit.

    Raises
    ------
    Refused
        As `ratio_mixture` does.

    """
    between("share", share)
    if sums.sd <= 0:
        return 0.0, 1.0
    seen = min(max(sums.sn / sums.sd, 0.0), 1.0)
    ends = []
    for outer in (0.0, 1.0):
        inside, outside = seen, outer
        for _ in range(BISECTIONS):
            null = (inside + outside) / 2
            if not 0 < null < 1:
                break
            ln_e = ratio_mixture(
                sums,
                null=null,
                toward=1 - outer,
                share=share / 2,
                horizon=horizon,
                d_max=d_max,
            )
            if ln_e < math.log(2 / share):
                inside = null
            else:
                outside = null
        ends.append(outer if seen == outer else outside)
    return ends[0], ends[1]
