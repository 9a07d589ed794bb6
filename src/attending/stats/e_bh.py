"""Which of many questions to call answered, so that few of the calls are wrong.

The e-value form of Benjamini and Hochberg's rule. The expected share of wrong calls
among the calls made is at most `share`, whatever the dependence between the questions.

Give it *current* e-values. On the largest value ever reached it does not keep its
promise, although each question alone would.

References
----------
Wang R, Ramdas A (2022). False discovery rate control with e-values. JRSS-B 84(3).

"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from attending.errors import Refused
from attending.stats._domain import between

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from attending.stats._shapes import Array


def e_bh(ln_e: Array, *, share: float, weights: Array | None = None) -> NDArray[np.bool_]:
    """Say, for each question, whether it is rejected.

    Parameters
    ----------
    ln_e
        Natural logs of current e-values, shape (m,); minus infinity is allowed.
    share
        False discovery rate, strictly between 0 and 1.
    weights
        Declared importance, shape (m,), not negative, fixed before the data; scaled
        here so that they average one.

    Returns
    -------
    NDArray[bool]
        Shape (m,).

    Raises
    ------
    Refused
        For NaN, or weights that are negative, all zero, or of another shape.

    Examples
    --------
    >>> e_bh(np.log([100.0, 50.0, 1.0]), share=0.05).tolist()
    [True, True, False]

    """
    between("share", share)
    logs = np.asarray(ln_e, dtype=np.float64)
    if logs.ndim != 1 or np.isnan(logs).any():
        raise Refused("ln_e is not one row of numbers", accepted=("shape (m,), no NaN",))
    m = logs.size
    if m == 0:
        return np.zeros(0, dtype=np.bool_)
    if weights is not None:
        stakes = np.asarray(weights, dtype=np.float64)
        fits = stakes.shape == logs.shape and bool(np.all(stakes >= 0))
        if not (fits and 0 < stakes.sum() < math.inf):
            raise Refused("weights do not fit", accepted=("one >= 0 for each e-value",))
        with np.errstate(divide="ignore"):
            logs = logs + np.log(stakes * m / stakes.sum())
    ranked = np.sort(logs)[::-1]
    wanted = math.log(m / share) - np.log(np.arange(1, m + 1))
    enough = np.flatnonzero(ranked >= wanted)
    if enough.size == 0:
        return np.zeros(m, dtype=np.bool_)
    return np.asarray(logs >= wanted[enough[-1]])
