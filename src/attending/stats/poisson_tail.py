"""How likely a Poisson count is to be as large as one that was seen, or larger.

References
----------
Abramowitz, M. & Stegun, I. A. (1964). Handbook of Mathematical Functions, 26.4.21: the sum is
an incomplete gamma function.

>>> round(poisson_tail(3, 1.0), 4)
0.0803
>>> poisson_tail(0, 5.0)
1.0
"""

from __future__ import annotations

from scipy.special import pdtrc


def poisson_tail(n: int, mean: float) -> float:
    """Give the probability of ``n`` or more where ``mean`` are expected.

    Parameters
    ----------
    n
        A count, 0 or more.
    mean
        What is expected, more than 0.

    """
    return 1.0 if n <= 0 else float(pdtrc(n - 1, mean))
