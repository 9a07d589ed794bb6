"""How high a rate may be after so many events in so many trials: the exact upper limit.

For one look at a number of trials that was fixed beforehand, such as a reference that is
frozen. It does not hold for counts that are looked at as they grow: for those there are the
confidence sequences and the e-processes.

References
----------
Clopper CJ, Pearson ES (1934). The use of confidence or fiducial limits illustrated in the case
of the binomial. Biometrika 26(4).

"""

from __future__ import annotations

from scipy.special import betaincinv

from attending.errors import Refused
from attending.stats._domain import between


def rate_at_most(k: int, n: int, *, share: float) -> float:
    """Give the rate above which as few events would come with a chance below `share`.

    Parameters
    ----------
    k
        Events, 0 <= k <= n.
    n
        Trials, at least 1.
    share
        The chance that the rate is higher after all.

    Raises
    ------
    Refused
        For counts that cannot be.

    Examples
    --------
    None in 59 trials leaves a rate of 5 % just possible, the rule of three's exact form:

    >>> round(rate_at_most(0, 59, share=0.05), 4)
    0.0495

    """
    between("share", share)
    if not (n >= 1 and 0 <= k <= n):
        raise Refused("events and trials do not fit", accepted=("0 <= events <= trials",))
    return 1.0 if k == n else float(betaincinv(k + 1, n - k, 1 - share))
