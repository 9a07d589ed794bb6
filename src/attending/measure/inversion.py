"""An interval made of the very questions that decide, asked at every value.

The upper end is the lowest value that the high question, moved there, can reject; the
lower end the highest that the low question can. The alternative moves with the value, so
at the floor and at the goal the question is exactly the one a gate or a caution asks, and
interval and verdict cannot disagree. Both ends hold at every look together with
probability 1 minus the two shares (a union bound over Ville's inequality).

Ends lie on a grid through the declared value and are rounded outward to it.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import msgspec

from attending.facts.cells import Bounds, Cells, Side
from attending.measure.normal import expit, logit

if TYPE_CHECKING:
    from collections.abc import Callable

    from attending.facts.estimate import Estimate
    from attending.measure.metric import Scale

    Weighing = Callable[[Cells, Side], float | None]

# Half a percent, of the value or of the odds; a quarter point.
STEP = {"ratio": 0.005, "difference": 0.0025, "share": 0.0025, "area": 0.005}
# e^4 either way; two; the whole range; odds of e^8.
FURTHEST = {"ratio": 800, "difference": 800, "share": 400, "area": 1600}


def level(bounds: Bounds) -> float:
    """Give the coverage of the interval: what neither question may wrongly reject."""
    return 1 - bounds.low.share - bounds.high.share


def ends(
    cells: Cells,
    bounds: Bounds,
    weigh: Weighing,
    scale: Scale,
) -> tuple[float | None, float | None]:
    """Give the lower and the upper end; None where nothing can be rejected."""
    low = _end(cells, bounds.low, weigh, scale, direction=-1)
    high = _end(cells, bounds.high, weigh, scale, direction=1)
    return low, high


def _end(
    cells: Cells,
    side: Side,
    weigh: Weighing,
    scale: Scale,
    *,
    direction: int,
) -> float | None:
    wanted = math.log(1 / side.share)

    def rejected(place: int) -> bool:
        moved = _moved(side, scale, direction * place)
        if moved is None:
            return True  # beyond the scale: no such value can be true
        ln_e = weigh(cells, moved)
        return ln_e is not None and ln_e >= wanted

    near, far = -FURTHEST[scale], FURTHEST[scale]
    if not rejected(far):
        return None
    while far - near > 1:
        middle = (near + far) // 2
        if rejected(middle):
            far = middle
        else:
            near = middle
    found = _moved(side, scale, direction * far)
    return None if found is None else found.null


def _moved(side: Side, scale: Scale, places: int) -> Side | None:
    if scale == "ratio":
        by = math.exp(STEP[scale] * places)
        return Side(side.null * by, side.toward * by, side.share)
    if scale == "area":  # on the logit the alternative stays as far from the null
        by = STEP[scale] * places
        return Side(expit(logit(side.null) + by), expit(logit(side.toward) + by), side.share)
    null, toward = side.null + STEP[scale] * places, side.toward + STEP[scale] * places
    least = 0.0 if scale == "share" else -1.0
    if not least < null < 1.0:
        return None
    return Side(null, min(max(toward, least), 1.0), side.share)


def narrowed(today: Estimate, earlier: Estimate | None) -> Estimate:
    """Give the running intersection of intervals: what was ruled out stays ruled out.

    Where today's value has left the earlier interval the true average has moved, and
    today's interval stands alone.
    """
    if earlier is None or today.value is None or earlier.value is None:
        return today
    lows = [end for end in (today.low, earlier.low) if end is not None]
    low = max(lows, default=None)
    highs = [end for end in (today.high, earlier.high) if end is not None]
    high = min(highs, default=None)
    value = today.value
    if (low is not None and value < low) or (high is not None and value > high):
        return today
    return msgspec.structs.replace(today, low=low, high=high)
