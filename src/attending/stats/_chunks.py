"""Many cells at once, a few thousand at a time: with their bets they fit the cache."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from attending.stats._shapes import Array

CHUNK = 4096


def in_chunks(each: Callable[..., Array], *arrays: object) -> Array:
    """Apply a function of flat arrays, broadcast together, a chunk at a time."""
    together = np.broadcast_arrays(*(np.asarray(x, dtype=np.float64) for x in arrays))
    flat = [x.ravel() for x in together]
    out = np.empty(flat[0].size)
    for at in range(0, out.size, CHUNK):
        out[at : at + CHUNK] = each(*(x[at : at + CHUNK] for x in flat))
    return out.reshape(together[0].shape)
