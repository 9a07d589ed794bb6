"""A ratio of sums over units, with a variance that respects what belongs together.

R = sum N / sum D; each unit (a stay, a patient, a clinician's day) adds its own N and
D, and whatever is alike within a unit is counted once. The variance is the linearised
one, from six additive sums:

    var R = n/(n-1) (SNN - 2 R SND + R^2 SDD) / SD^2

carried to the working scale by the delta method: divided by R^2 for log, and by
(R(1-R))^2 for logit.

`started` says whether the normal mixture may be asked. Logit and identity: at least 20
units, 20 events and 20 non-events. Log, where the denominator is an exposure or an
expectation and there is no such thing as a non-event: at least 60 units and 20 events;
with 20 units its error rate was up to 0.065 where 0.05 was promised. A proportion
belongs on the logit scale: on the identity scale it was up to 0.066.

References
----------
Cochran WG (1977). Sampling Techniques, 3rd ed., section 6.3 and 9A.
Zeger SL, Liang KY (1986). Biometrics 42(1).

"""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, Literal, NamedTuple

import numpy as np

from attending.errors import Refused
from attending.stats._shapes import Floats, alike

if TYPE_CHECKING:
    from attending.stats._shapes import Array, Flags, SixSums

Scale = Literal["identity", "log", "logit"]

LEAST = 20.0  # events, non-events: from here daily looks keep the promised error rate
LEAST_UNITS = {"identity": 20.0, "log": 60.0, "logit": 20.0}
ROUNDING = 1e-12  # a variance below this part of its own terms is rounding, not knowledge


class Ratio(NamedTuple, Generic[Floats]):
    """A ratio, and what is known of it on the working scale.

    Attributes
    ----------
    value
        The ratio itself; NaN where the denominator is 0.
    theta
        The ratio on the working scale; NaN where the scale has no place for it.
    information
        One over the variance of theta; 0 where it cannot be estimated: fewer than two
        units, no spread between them, or a ratio at the end of its scale.
    started
        Whether a normal approximation may be used.

    """

    value: Floats
    theta: Floats
    information: Floats
    started: bool | Flags


def ratio_of_sums(sums: SixSums[Floats], *, scale: Scale) -> Ratio[Floats]:
    """Give the ratio, and its information on a scale.

    Parameters
    ----------
    sums
        Sums over units; floats, or arrays of one shape.
    scale
        ``identity``, ``log`` or ``logit``.

    Returns
    -------
    Ratio
        Of the same shape as the sums.

    Raises
    ------
    Refused
        For another scale.

    """
    if scale not in LEAST_UNITS:
        raise Refused(f"scale is {scale!r}", accepted=tuple(LEAST_UNITS))
    n, sn, sd, snn, snd, sdd = (
        np.asarray(x, dtype=np.float64)
        for x in (sums.n, sums.sn, sums.sd, sums.snn, sums.snd, sums.sdd)
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        r = sn / sd
        spread = snn - 2 * r * snd + r * r * sdd
        variance = spread * n / (n - 1) / sd**2
        theta, slope = _carried(r, scale)
        information = 1 / (variance * slope**2)
        known = (n > 1) & (sd > 0) & (spread > ROUNDING * (snn + r * r * sdd))
    known = known & np.isfinite(theta) & np.isfinite(information)
    started = known & (n >= LEAST_UNITS[scale]) & (sn >= LEAST)
    if scale != "log":
        started = started & (sd - sn >= LEAST)
    theta = np.where(np.isfinite(theta), theta, np.nan)
    return Ratio(
        value=alike(sums.sn, np.where(sd > 0, r, np.nan)),
        theta=alike(sums.sn, theta),
        information=alike(sums.sn, np.where(known, information, 0.0)),
        started=started if started.ndim else bool(started),
    )


def _carried(r: Array, scale: Scale) -> tuple[Array, Array]:
    """Give the ratio on its scale, and the slope of the scale there."""
    if scale == "log":
        return np.log(r), 1 / r
    if scale == "logit":
        return np.log(r) - np.log1p(-r), 1 / (r * (1 - r))
    return r, np.ones_like(r)
