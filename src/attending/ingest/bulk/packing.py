"""What a file of an export holds, as far as the way it is packed is read here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attending.errors import Refused
from attending.ingest.bulk.asking import Away
from attending.lake.inflate import Broken, inflated

if TYPE_CHECKING:
    from collections.abc import Iterator

    from attending.ingest.bulk.asking import Stream

PACKED = ("gzip", "x-gzip")


def content(answer: Stream) -> Iterator[bytes]:
    """Give what a file holds, as far as its packing is read here."""
    packing = answer.headers.get("content-encoding", "").strip().lower() or "identity"
    if packing not in (*PACKED, "identity"):
        accepted = ["gzip", "identity"]
        raise Refused("the server compressed a file as nobody asked it to", accepted=accepted)
    return _unpacked(answer.pieces) if packing in PACKED else answer.pieces


def _unpacked(pieces: Iterator[bytes]) -> Iterator[bytes]:
    try:
        yield from inflated(pieces)
    except Broken as error:
        raise Away(f"a file is broken on the way: {error}") from error
