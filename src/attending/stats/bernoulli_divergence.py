"""How far one event rate is from another: what one trial teaches, in nats.

Kullback-Leibler divergence of Bernoulli(rate) from Bernoulli(null). If `rate` is the
truth, each trial adds this much, on average, to the log of the best bet against
`null`; so evidence 1/a takes about ln(1/a) divided by it.

References
----------
Kullback S, Leibler RA (1951). On information and sufficiency. Ann. Math. Stat. 22(1).

"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.special import rel_entr

if TYPE_CHECKING:
    from attending.stats._shapes import Floats

from attending.stats._shapes import alike


def bernoulli_divergence(rate: Floats, null: float) -> Floats:
    """Give KL(rate || null), in nats per trial.

    Parameters
    ----------
    rate
        Event rate or rates supposed true, from 0 to 1.
    null
        Event rate bet against, strictly between 0 and 1.

    Returns
    -------
    float or Array
        Never negative; 0 where the rates are equal.

    Examples
    --------
    >>> round(bernoulli_divergence(0.09, 0.12), 7)
    0.0046143

    """
    q = np.asarray(rate, dtype=np.float64)
    return alike(rate, np.maximum(rel_entr(q, null) + rel_entr(1 - q, 1 - null), 0.0))
