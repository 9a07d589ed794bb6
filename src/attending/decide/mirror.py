"""Steps of one size on a metric's own scale: by factors, by odds, or by differences."""

from __future__ import annotations


def as_far(start: float, *, origin: float, end: float, scale: str) -> float:
    """Give the value as far from the start, and on the same side, as the end is from the origin.

    Examples
    --------
    >>> as_far(1.25, origin=0.8, end=1.0, scale="ratio")
    1.5625

    """
    if scale == "ratio":
        return start * end / origin
    if scale == "area":
        odds = (start / (1 - start)) * (end / (1 - end)) * (1 - origin) / origin
        return odds / (1 + odds)
    return start + end - origin


def mirror(floor: float, goal: float, scale: str) -> float:
    """Give the value as far beyond the floor as the goal is short of it.

    Examples
    --------
    >>> round(mirror(1.25, 0.90, "ratio"), 2)
    1.74
    >>> round(mirror(0.80, 0.90, "area"), 2)
    0.64

    """
    return as_far(floor, origin=goal, end=floor, scale=scale)
