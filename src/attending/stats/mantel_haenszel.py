"""A difference of two rates, taken within strata, so that common change cancels.

Two groups whose volumes move differently through the year differ in their pooled rates
although on every day they are equal. Here each stratum (a day, a week, a site) is
compared within itself, and the differences are averaged with Mantel and Haenszel's
weights. Everything is additive over strata: nine numbers a stratum.

A stratum with only one group tells nothing and is counted as `unused`. The variance is
Sato's, consistent for few large and for many small strata. With one stratum it is
exactly the unpooled variance of a difference of proportions.

`started` says whether the normal mixture may be asked, on the identity scale: at least
20 events and 20 non-events in each group, over the strata used.

References
----------
Mantel N, Haenszel W (1959). JNCI 22(4).
Sato T (1989). On the variance estimator for the Mantel-Haenszel risk difference.
Biometrics 45(4), 1323-1324.
Greenland S, Robins JM (1985). Biometrics 41(1).

"""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, NamedTuple

import numpy as np

from attending.stats._domain import counts
from attending.stats._shapes import Floats, alike

if TYPE_CHECKING:
    from attending.stats._shapes import Array, Flags

ROUNDING = 1e-12  # a variance below this part of its own terms is rounding, not knowledge
LEAST = 20.0  # events and non-events in each group: where daily looks keep their error rate


class Strata(NamedTuple, Generic[Floats]):
    """Additive parts of a stratified difference, for one stratum or for many.

    Attributes
    ----------
    weight
        Sum of n_a n_b / n.
    weighted
        Sum of weight times difference.
    p, q
        Sato's two sums.
    unused
        Trials in strata that only one group was in.
    events_a, others_a, events_b, others_b
        Events and non-events of each group in the strata used.

    """

    weight: Floats
    weighted: Floats
    p: Floats
    q: Floats
    unused: Floats
    events_a: Floats
    others_a: Floats
    events_b: Floats
    others_b: Floats


class Difference(NamedTuple, Generic[Floats]):
    """The rate in group b less the rate in group a, within strata.

    Attributes
    ----------
    theta
        The difference; NaN where no stratum held both groups.
    information
        One over its variance; 0 where that cannot be estimated.
    started
        Whether a normal approximation may be used.

    """

    theta: Floats
    information: Floats
    started: bool | Flags


def stratum(ka: Floats, na: Floats, *, kb: Floats, nb: Floats) -> Strata[Floats]:
    """Give the parts of one stratum, or, from arrays, of each of many.

    Parameters
    ----------
    ka, na
        Events and trials in group a.
    kb, nb
        Events and trials in group b.

    Raises
    ------
    Refused
        Where events exceed trials.

    """
    xa, ma, ya = counts(ka, na)
    xb, mb, yb = counts(kb, nb)
    n = ma + mb
    both = (ma > 0) & (mb > 0)
    size = np.where(both, n, 1.0)

    def kept(value: Array) -> Floats:
        return alike(ka, np.where(both, value, 0.0))

    return Strata(
        weight=kept(ma * mb / size),
        weighted=kept((ma * xb - mb * xa) / size),
        p=kept((mb**2 * xa - ma**2 * xb + ma * mb * (ma - mb) / 2) / size**2),
        q=kept((xa * yb + xb * ya) / (2 * size)),
        unused=alike(ka, np.where(both, 0.0, n)),
        events_a=kept(xa),
        others_a=kept(ya),
        events_b=kept(xb),
        others_b=kept(yb),
    )


def mantel_haenszel(parts: Strata[Floats]) -> Difference[Floats]:
    """Give the difference b - a and its information, from parts added over strata.

    Parameters
    ----------
    parts
        Sums over strata, field by field.

    Examples
    --------
    >>> d = mantel_haenszel(stratum(20.0, 100.0, kb=30.0, nb=100.0))
    >>> round(d.theta, 12), round(1 / d.information, 12)
    (0.1, 0.0037)

    """
    w, wd, p, q, _, *used = (np.asarray(x, dtype=np.float64) for x in parts)
    with np.errstate(divide="ignore", invalid="ignore"):
        theta = wd / w
        spread = theta * p + q
        known = (w > 0) & (spread > ROUNDING * q)
        information = np.where(known, w**2 / spread, 0.0)
    started = np.asarray(known & (np.minimum.reduce(used) >= LEAST))
    return Difference(
        theta=alike(parts.weight, theta),
        information=alike(parts.weight, information),
        started=started if started.ndim else bool(started),
    )
