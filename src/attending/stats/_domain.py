"""What a method may be asked: everything outside is refused, never mended."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from attending.errors import Refused

if TYPE_CHECKING:
    from attending.stats._shapes import Array

SLACK = 1e-9  # sums of fractions differ in their last bits; more than this is a mistake


def between(name: str, value: float, *, low: float = 0.0, high: float = 1.0) -> float:
    """Pass a number that lies strictly between two others; refuse any other, and NaN."""
    if not low < value < high:
        raise Refused(f"{name} is {value}", accepted=(f"{low} < {name} < {high}",))
    return float(value)


def counts(k: object, n: object) -> tuple[Array, Array, Array]:
    """Give events, trials and non-events as arrays; refuse what cannot be a count."""
    events, trials = np.asarray(k, dtype=np.float64), np.asarray(n, dtype=np.float64)
    rest = trials - events
    room = SLACK * np.maximum(trials, 1.0)
    sound = (events >= -room) & (rest >= -room) & np.isfinite(trials)
    if not np.all(sound):
        raise Refused("events and trials do not fit", accepted=("0 <= events <= trials",))
    return np.maximum(events, 0.0), trials, np.maximum(rest, 0.0)


def count(k: float, n: float) -> tuple[float, float]:
    """Give events and non-events of one count, as `counts` does; an array would cost more."""
    room = SLACK * max(n, 1.0)
    if not (k >= -room and n - k >= -room and math.isfinite(n)):
        raise Refused("events and trials do not fit", accepted=("0 <= events <= trials",))
    return max(float(k), 0.0), max(float(n - k), 0.0)
