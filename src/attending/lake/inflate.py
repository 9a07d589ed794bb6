"""Read what may be compressed, a bounded piece at a time.

A file that claims to be small and grows without end, one that was cut off, one that is
damaged: what could be read is given, and then the reason why there is no more.
"""

from __future__ import annotations

import zlib
from itertools import chain
from typing import TYPE_CHECKING, BinaryIO

from attending.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from attending.facts.data.parked import Reason

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
    read = iter(lambda: file.read(PIECE), b"")
    head = next(read, b"")
    told = chain((head,), read)
    yield from inflated(told) if head.startswith(GZIP) else filter(None, told)


class _Counted:
    """Compressed pieces, and how many bytes of them were read."""

    def __init__(self, packed: Iterable[bytes]) -> None:
        self._packed = iter(packed)
        self.n_read = 0

    def more(self) -> bytes:
        """Read a piece; nothing at the end."""
        piece = next(self._packed, b"")
        self.n_read += len(piece)
        return piece


def inflated(packed: Iterable[bytes]) -> Iterator[bytes]:
    """Give what gzip holds, all its members one after another; no piece of it may be empty.

    Raises
    ------
    Broken
        After the last piece that could be read.

    """
    source, waiting = _Counted(packed), b""
    member = zlib.decompressobj(wbits=31)
    n_given = 0
    while True:
        waiting = waiting or source.more()
        if not waiting:
            raise Broken("truncated", n_given)
        try:
            piece = member.decompress(waiting, PIECE)
        except zlib.error:
            raise Broken("broken_compression", n_given) from None
        n_given += len(piece)
        if piece:
            yield piece
        if n_given > FREE and n_given > MOST_TIMES * source.n_read:
            raise Broken("expands_too_far", n_given)
        waiting = member.unconsumed_tail
        if member.eof:
            waiting = _next_member(source, member.unused_data, n_given)
            if not waiting:
                return
            member = zlib.decompressobj(wbits=31)


def _next_member(source: _Counted, waiting: bytes, n_given: int) -> bytes:
    """Give where the next member begins: several may follow, and zeros may pad the last."""
    waiting = waiting.lstrip(b"\0")
    while not waiting:
        piece = source.more()
        if not piece:
            return b""
        waiting = piece.lstrip(b"\0")
    if not waiting.startswith(GZIP[: len(waiting)]):
        raise Broken("broken_compression", n_given)
    return waiting
