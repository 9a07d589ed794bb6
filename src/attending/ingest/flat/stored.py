"""Rows of one view out of many stored bodies at once: those that are alike, read together.

What is no line, and what a file's line would be set aside for, is left to the lake's own reading.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from attending.fhir.view import View
from attending.ingest.flat.flatten import OF_LINE, Flattening
from attending.lake.clinical.together import Together

if TYPE_CHECKING:
    from attending.lake.clinical.together import Reads
    from attending.lake.clinical.views import Viewed

_NOT_OWN = [field.name for field in OF_LINE]


def stored(view: Viewed) -> Reads | None:
    """Give what reads many bodies of a view at once; None where it reads none so."""
    if not isinstance(view, View):
        return None
    flattening = Flattening(view, "")
    return Stored(flattening) if flattening.is_together else None


class Stored:
    """A view over bodies that lie in the lake.

    Parameters
    ----------
    flattening
        The view, on its way over lines.

    """

    def __init__(self, flattening: Flattening) -> None:
        self._flattening = flattening

    def __call__(self, bodies: pa.ChunkedArray) -> Together:
        """Read bodies, in their order."""
        is_line = pc.invert(pc.match_substring(bodies, "\n"))
        places = np.flatnonzero(is_line.to_numpy())
        left = np.ones(len(bodies), dtype=bool)
        raw = _lines(bodies if len(places) == len(left) else bodies.filter(is_line))
        rows, asides, n_single = self._flattening.of_lines(raw)
        ends = np.flatnonzero(np.frombuffer(raw, dtype=np.uint8) == ord("\n"))
        of = np.searchsorted(ends, rows["_offset"].to_numpy())
        beside = np.searchsorted(ends, [each.offset for each in asides])
        left[places] = False
        left[places[beside]] = True
        return Together(
            rows.drop_columns(_NOT_OWN), places[of], rows["_row"].to_numpy(), left, n_single
        )


def _lines(bodies: pa.ChunkedArray) -> bytes:
    """Give bodies as lines of a file; none becomes an object of its own on the way."""
    kind = pa.large_string()
    parts = bodies.cast(kind), pa.scalar("", kind), pa.scalar("\n", kind)
    lines = pc.binary_join_element_wise(*parts).combine_chunks()
    n_bytes = pc.sum(pc.binary_length(lines)).as_py() or 0
    return bytes(lines.buffers()[2][:n_bytes]) if n_bytes else b""
