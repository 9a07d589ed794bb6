"""The information at which an answer is planned for, from declared quantities alone.

What a single, final one-sided look with power 0.80 would need to tell the declared
alternative from the null, both on the scale on which the estimate is about normal:

    I = ((z_share + z_power) / (toward - null))^2

The normal mixture is made sharpest there. It costs little to look every day: if the
alternative is the truth, half of all runs have decided by then, and 96 in 100 by three
times as much, which is the horizon that the Bernoulli mixture is given too.

It sets the width of a mixture, never a stopping point, and it is fixed before the data.

References
----------
Jennison C, Turnbull BW (1999). Group Sequential Methods, section 3.1 (information).
Bibaut A, Kallus N, Lindon M (2022). arXiv 2212.14411.

"""

from __future__ import annotations

from scipy.special import ndtri

from attending.errors import Refused
from attending.stats._domain import between
from attending.stats.fixed_n80 import POWER


def planned_information(null: float, toward: float, *, share: float) -> float:
    """Give the information (1 / variance) to plan for.

    Parameters
    ----------
    null, toward
        The hypothesis and the declared alternative, on the working scale; not equal.
    share
        One-sided error probability, strictly between 0 and 0.5.

    Raises
    ------
    Refused
        For a share outside its range, or an alternative that is the null itself.

    Examples
    --------
    >>> round(planned_information(0.0, 0.5, share=0.05), 2)
    24.73

    """
    between("share", share, high=0.5)
    if toward == null:
        raise Refused(f"toward is {toward}", accepted=(f"a value other than {null}",))
    return float(((ndtri(POWER) - ndtri(share)) / (toward - null)) ** 2)
