"""What reads a view's rows out of many bodies at once, and how the lake adds their addresses.

A body that it leaves is read by the lake itself, one at a time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Together(NamedTuple):
    """What was read of some bodies at once.

    Attributes
    ----------
    rows
        The view's own columns.
    of, place
        For each row, which of the bodies it is of, and its place among that body's rows.
    left
        For each body, whether it was left.
    n_single
        How many of those that were not left were read one at a time all the same.

    """

    rows: pa.Table
    of: NDArray[np.int64]
    place: NDArray[np.int64]
    left: NDArray[np.bool_]
    n_single: int


class Reads(Protocol):
    """Reads one view's rows out of bodies."""

    def __call__(self, bodies: pa.ChunkedArray, /) -> Together:
        """Read bodies that are resources of the view's type."""
        ...


def addressed(found: Together, versions: pa.Table, *, kind: str, view: str) -> pa.Table:
    """Give rows with their addresses, in the order in which versions were received.

    Parameters
    ----------
    found
        The rows.
    versions
        What they are of, in the order of the bodies.
    kind, view
        The type of resource, and the digest of the view's definition.

    """
    order = np.lexsort((found.place, found.of))
    own = found.rows.take(pa.array(order))
    of, place = pa.array(found.of[order]), pa.array(found.place[order], pa.int64())
    said = {
        name: versions[name].combine_chunks().take(of).cast(pa.string())
        for name in ("site", "id", "version")
    }
    address = pc.binary_join_element_wise(said["site"], kind, said["id"], "/")
    named = pc.binary_join_element_wise(address, said["version"], "@")
    n = len(order)
    return pa.table(
        {
            "key": pc.binary_join_element_wise(named, place.cast(pa.string()), "#"),
            "site": said["site"],
            "_type": pa.repeat(kind, n),
            "_id": said["id"],
            "_version": said["version"],
            "_known_at": versions["known_at"].take(of),
            "_view": pa.repeat(view, n),
            "_row": place,
            "received": versions["received"].take(of),
        }
        | {name: own[name] for name in own.column_names}
    )
