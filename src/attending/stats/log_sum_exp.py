"""The natural log of a weighted sum of exponentials, without overflow.

The largest term is taken out before anything is exponentiated, so no finite input
overflows, and a mixture in which every bet is lost is minus infinity, not an error.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from attending.stats._shapes import Array


def log_sum_exp(terms: Array, ln_weights: Array) -> Array:
    """Give ``ln sum_j exp(ln_weights[j] + terms[j])`` over the first axis.

    Parameters
    ----------
    terms
        Natural logs, shape (J, ...). Minus infinity is a term that counts nothing.
    ln_weights
        Natural logs of the weights, shape (J,).

    Returns
    -------
    Array
        Shape (...), natural logs.

    """
    shifted = terms + ln_weights.reshape((-1,) + (1,) * (terms.ndim - 1))
    top = shifted.max(axis=0)
    top = np.where(top == -np.inf, 0.0, top)
    shifted -= top
    np.exp(shifted, out=shifted)
    with np.errstate(divide="ignore"):
        return np.asarray(top + np.log(shifted.sum(axis=0)))
