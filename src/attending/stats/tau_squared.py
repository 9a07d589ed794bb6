"""The variance of the normal mixture, from the information planned for.

References
----------
Howard SR, Ramdas A, McAuliffe J, Sekhon J (2021). Ann. Stat. 49(2), section 3.5.
Bibaut A, Kallus N, Lindon M (2022). Near-optimal non-parametric sequential tests and
confidence sequences with possibly dependent observations. arXiv 2212.14411.

"""

from __future__ import annotations

from attending.stats.best_rho import best_rho


def tau_squared(share: float, information_opt: float, *, sided: int) -> float:
    """Give the mixture variance, in squared units of theta.

    Parameters
    ----------
    share
        Error probability: below 1 if two-sided, below 0.5 if one-sided.
    information_opt
        Information (1 / variance of theta) at the planned decision; fixed before data.
    sided
        1 or 2.

    Raises
    ------
    Refused
        As `best_rho` does.

    """
    return 1 / best_rho(share, information_opt, sided=sided)
