"""Read what may be compressed, a bounded piece at a time.

A file that claims to be small and grows without end, one that was cut off, one that is
damaged: what could be read is given, and then the reason why there is no more.
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, BinaryIO

from attending.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Iterator

    from attending.facts.parked import Reason

GZIP = b"\x1f\x8b"
PIECE = 1 << 20  # bytes held at a time, read or decompressed
FREE = 64 << 20  # decompressed bytes below which no ratio is asked about
MOST_TIMES = 250  # FHIR lines shrink 10 to 100 times; deflate can reach 1,032 on zeros


class Broken(Refused):
    """There is no more to read, and that is not where the file should end.

    Parameters
    ----------
    reason
        One word of contract C42.
    offset
        How many decompressed bytes were read.

    """

    def __init__(self, reason: Reason, offset: int) -> None:
        self.reason = reason
        self.offset = offset
        super().__init__(f"{reason.replace('_', ' ')} after {offset:,} bytes")


def pieces(file: BinaryIO) -> Iterator[bytes]:
    """Give a file's bytes from its start, decompressed if it is gzip, never much at once.

    Raises
    ------
    Broken
        After the last piece that could be read.

    """
    head = file.read(PIECE)
    if not head.startswith(GZIP):
        while head:
            yield head
            head = file.read(PIECE)
        return
    yield from _inflated(file, head)


def _inflated(file: BinaryIO, waiting: bytes) -> Iterator[bytes]:
    member = zlib.decompressobj(wbits=31)
    n_read, n_given = len(waiting), 0
    while True:
        if not waiting:
            waiting = file.read(PIECE)
            n_read += len(waiting)
        if not waiting:
            raise Broken("truncated", n_given)
        try:
            piece = member.decompress(waiting, PIECE)
        except zlib.error:
            raise Broken("broken_compression", n_given) from None
        n_given += len(piece)
        if piece:
            yield piece
        if n_given > FREE and n_given > MOST_TIMES * n_read:
            raise Broken("expands_too_far", n_given)
        waiting = member.unconsumed_tail
        if member.eof:  # several members may follow one another, and zeros may pad the last
            waiting = member.unused_data.lstrip(b"\0")
            if not waiting:
                waiting = file.read(PIECE)
                n_read += len(waiting)
                waiting = waiting.lstrip(b"\0")
            if not waiting:
                return
            if not waiting.startswith(GZIP[: len(waiting)]):
                raise Broken("broken_compression", n_given)
            member = zlib.decompressobj(wbits=31)
