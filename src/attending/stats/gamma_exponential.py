"""Evidence from a sum and its squares, for increments bounded below: exact at every look.

If each unit gives g >= -c with mean at most 0, then with S the sum of g and V the sum
of its squares, exp(b S - psi(c b) V / c^2), psi(x) = -ln(1-x) - x, is at most a
martingale for every constant bet b in [0, 1/c) (Fan's inequality). This mixes those
bets with a gamma density. The null is the weak one: the *running average* of the
conditional means is at most 0.

Written as a ratio of two integrals over the bet,

    E = I(V + rho, S + V + rho) / I(rho, rho),   I(a, x) = int_0^1 (1-t)^(a-1) e^(xt) dt

(with c = 1), which is finite and positive for every S, also where the usual form with
incomplete gamma functions underflows or is undefined.

References
----------
Fan X, Grama I, Liu Q (2015). Exponential inequalities for martingales with
applications. Electron. J. Probab. 20(1).
Howard SR, Ramdas A, McAuliffe J, Sekhon J (2021). Ann. Stat. 49(2), proposition 9.

"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import gammainc, gammaln

from attending.errors import Refused
from attending.stats._domain import between
from attending.stats._shapes import alike

if TYPE_CHECKING:
    from attending.stats._shapes import Array, Floats

LEAST = 1e-200  # below this the incomplete gamma function is left for its fraction
LARGE = 1e3  # from here three terms of Stirling are exact to the last bit
DEPTH = 400  # terms of the fraction


def gamma_exponential(s: Floats, v: Floats, *, rho: float | Array, c: float = 1.0) -> Floats:
    """Give ln E from the sum `s` and the sum of squares `v`.

    Parameters
    ----------
    s
        Sum of the increments, each at least ``-c``; a float, or an array.
    v
        Sum of their squares, not negative; of the same shape.
    rho
        Width of the mixture, in the units of `v`; see `best_rho` with one side.
    c
        Bound of the increments.

    Returns
    -------
    float or Array
        Natural logs, always finite; increasing in `s`.

    Raises
    ------
    Refused
        For a sum of squares that is negative, or anything that is not finite.

    Examples
    --------
    >>> from attending.stats.best_rho import best_rho
    >>> rho = best_rho(0.05, 100.0, sided=1)
    >>> round(gamma_exponential(10.0, 100.0, rho=rho, c=2.0), 7)
    -0.2490165

    """
    between("c", c, high=math.inf)
    scale = c * c
    total = np.asarray(s, dtype=np.float64) / c
    squares = np.asarray(v, dtype=np.float64) / scale
    width = np.asarray(rho, dtype=np.float64) / scale
    if not (np.all(squares >= 0) and np.all(np.isfinite(total + squares)) and np.all(width > 0)):
        raise Refused("sums do not fit", accepted=("finite s", "v >= 0", "rho > 0"))
    shape, rate = np.broadcast_arrays(squares + width, total + squares + width)
    return alike(s, _ln_integral(shape, rate) - _ln_integral(width, width))


def _ln_integral(a: Array, x: Array) -> Array:
    """Give ln of the integral of (1-t)^(a-1) e^(xt) over t in (0, 1)."""
    above = np.maximum(x, np.finfo(float).tiny)
    lower = gammainc(a, above)
    plain = (x > 0) & (lower > LEAST)
    with np.errstate(divide="ignore", invalid="ignore"):  # where the fraction takes over
        out = _peak(a, above) + np.log(lower)
    if not np.all(plain):
        far = ~plain
        out = np.asarray(out)
        out[far] = -np.log(_fraction(np.asarray(a)[far], np.asarray(x)[far]))
    return np.asarray(out)


def _peak(a: Array, x: Array) -> Array:
    """Give lnGamma(a) - a ln x + x without losing digits where a is large."""
    off = (x - a) / a
    stirling = np.log(2 * np.pi / a) / 2 + 1 / (12 * a) - 1 / (360 * a**3)
    return np.where(
        a >= LARGE,
        stirling - a * (np.log1p(off) - off),
        gammaln(a) - a * np.log(x) + x,
    )


def _fraction(a: Array, x: Array) -> Array:
    """Give one over that integral: a - x + 1x/(a+1-x + 2x/(a+2-x + ...)), for x << a."""
    tail = a + DEPTH - x
    for j in range(DEPTH, 0, -1):
        tail = a + (j - 1) - x + j * x / tail
    return np.asarray(tail)
