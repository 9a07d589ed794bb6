"""A FHIR Bundle: a collection, a transaction or batch, a history, a search's answer.

What it brings is told in :mod:`attending.ingest.bundle`. A bundle that cannot be read is set aside
whole, and so is one longer than 16 MiB, for which there is NDJSON.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attending.fhir.bundled import MARK
from attending.fhir.decode import LONGEST
from attending.ingest.bundle import opened
from attending.lake.clinical.received import Aside
from attending.lake.inflate import Broken

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from attending.ingest.feed import Hints
    from attending.lake.clinical.received import Received


def fhir_bundle(pieces: Iterable[bytes], hints: Hints) -> Iterator[Received | Aside]:
    """Give the resources of one bundle, and the deletes, in the order in which they came true."""
    held = bytearray()
    n_read = 0
    try:
        for piece in pieces:
            n_read += len(piece)
            if n_read <= LONGEST:
                held += piece
    except Broken as error:
        yield Aside(0, error.offset, "frame", error.reason)
        return
    if n_read > LONGEST:
        yield Aside(0, n_read, "frame", "too_long")
        return
    bare = bytes(held.removeprefix(MARK))
    yield from opened(bare, len(held) - len(bare), hints)
