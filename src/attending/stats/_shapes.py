"""What goes in and comes out of the methods: floats, or arrays of them, alike."""

from __future__ import annotations

from typing import Protocol, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

Flags = NDArray[np.bool_]

Floats = TypeVar("Floats", float, Array)  # a float gives a float, an array an array

Held_co = TypeVar("Held_co", float, Array, covariant=True)  # what a holder of sums holds


class SixSums(Protocol[Held_co]):
    """Additive sums over independent units of a numerator N and a denominator D.

    Any object with these six attributes will do; each is a float, or each is an
    array of one shape. `n` counts units; the others are sums over units of N, D,
    N squared, N times D and D squared.
    """

    @property
    def n(self) -> Held_co: ...
    @property
    def sn(self) -> Held_co: ...
    @property
    def sd(self) -> Held_co: ...
    @property
    def snn(self) -> Held_co: ...
    @property
    def snd(self) -> Held_co: ...
    @property
    def sdd(self) -> Held_co: ...


def alike(like: Floats, value: Array) -> Floats:
    """Give a plain float where the answer is one number, else the array."""
    del like
    return cast("Floats", value if np.ndim(value) else float(value))
