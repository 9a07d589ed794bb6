"""Two-sided evidence against one exact event rate, for drawing confidence sequences.

The conjugate mixture: a beta distribution of alternatives with mean `null`, as wide as
is best at `t_opt` trials. Closed form in the cumulative counts.

References
----------
Howard SR, Ramdas A, McAuliffe J, Sekhon J (2021). Ann. Stat. 49(2), section 3.3 and
proposition 7 (two-sided beta-binomial mixture with g = null, h = 1 - null).

"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.special import betaln

from attending.errors import Refused
from attending.stats._domain import between, counts
from attending.stats._shapes import alike
from attending.stats.best_rho import best_rho

if TYPE_CHECKING:
    from attending.stats._shapes import Floats

NARROWEST = 1e-3  # least total of the beta's parameters: t_opt too short for any evidence


def beta_binomial(k: Floats, n: Floats, *, null: Floats, share: float, t_opt: float) -> Floats:
    """Give ln M against "the rate is `null`".

    Parameters
    ----------
    k, n
        Events and trials, 0 <= k <= n; floats, or arrays.
    null
        Event rate or rates, strictly between 0 and 1; broadcast against the counts.
    share
        Error probability at which the mixture is tuned.
    t_opt
        Trials at which it is sharpest; chosen before the data.

    Returns
    -------
    float or Array
        Natural logs.

    Raises
    ------
    Refused
        For counts that cannot be, or a null outside its range.

    Examples
    --------
    >>> round(beta_binomial(135.0, 625.0, null=0.2, share=0.05, t_opt=625.0), 7)
    -0.6941012

    """
    between("t_opt", t_opt, high=np.inf)
    events, _, rest = counts(k, n)
    p = np.asarray(null, dtype=np.float64)
    if not np.all((p > 0) & (p < 1)):
        raise Refused("null is not a rate", accepted=("0 < null < 1",))
    size = max(best_rho(share, t_opt, sided=2) - 1, NARROWEST)
    a, b = size * p, size * (1 - p)
    gain = betaln(a + events, b + rest) - betaln(a, b)
    return alike(k, gain - events * np.log(p) - rest * np.log1p(-p))
