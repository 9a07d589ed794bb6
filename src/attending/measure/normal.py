"""How a metric weighs a question when its estimate is about normal on some scale.

The mixture is made sharpest at the information that the declared quantities plan for:
null, alternative and share, and nothing that was seen (`planned_information`).
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING

from attending.stats.normal_mixture import normal_mixture
from attending.stats.planned_information import planned_information
from attending.stats.tau_squared import tau_squared

if TYPE_CHECKING:
    from attending.facts.cells import Side

MOST_TIMES = 2.0**40  # of the planned information: beyond it nobody waits


def logit(p: float) -> float:
    """Carry a share, or an area, to the scale on which it is nearest to normal."""
    return math.log(p) - math.log1p(-p)


def expit(x: float) -> float:
    """Carry a logit back."""
    return 1 / (1 + math.exp(-x)) if x >= 0 else math.exp(x) / (1 + math.exp(x))


@lru_cache(maxsize=4096)  # the same few questions are asked every day
def _planned(null: float, toward: float, share: float) -> tuple[float, float]:
    planned = planned_information(null, toward, share=share)
    return planned, tau_squared(share, planned, sided=1)


def weighed(theta: float, information: float, side: Side) -> float:
    """Give ln e for rejecting the side's null; all three on the working scale."""
    _, width = _planned(side.null, side.toward, side.share)
    return float(
        normal_mixture(
            theta,
            information,
            null=side.null,
            tau_squared=width,
            side=1 if side.toward > side.null else -1,
        )
    )


def still_wanted(theta: float, information: float, side: Side) -> float:
    """Give the information still wanted if the side's alternative is the truth.

    From where the evidence stands today, along the path that further cases take on
    average: the least further information after which the null is rejected.
    """
    wanted = math.log(1 / side.share)
    planned, _ = _planned(side.null, side.toward, side.share)

    def short(more: float) -> bool:
        total = information + more
        if total <= 0:
            return True
        there = (theta * information + side.toward * more) / total if information else side.toward
        return weighed(there, total, side) < wanted

    if not short(0.0):
        return 0.0
    near, far = 0.0, planned / 1024
    while short(far) and far < MOST_TIMES * planned:
        near, far = far, 2 * far
    while far - near > far / 1024:
        middle = (near + far) / 2
        near, far = (middle, far) if short(middle) else (near, middle)
    return far
