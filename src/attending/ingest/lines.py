"""Find the lines of a stream, whatever their length, holding no more than one at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from attending.fhir.decode import LONGEST
from attending.lake.inflate import Broken

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from attending.facts.data.parked import Reason


class Line(NamedTuple):
    """A line: where it lies, its bytes without the line break, and why they are not all there.

    `length` counts what lies there, which is more than `raw` holds where it was too long.
    """

    offset: int
    length: int
    raw: bytes
    reason: Reason | None = None


def lines(pieces: Iterable[bytes], longest: int = LONGEST) -> Iterator[Line]:
    """Give the lines of a stream in order; what is longer than a bound is passed over.

    Where the stream breaks off, the last line says why, and lies where no more could be read.
    """
    held = bytearray()
    start = 0  # of the line
    n_passed = 0  # bytes of it that were let go
    try:
        for piece in pieces:
            at = 0
            while (end := piece.find(b"\n", at)) >= 0:
                if n_passed:
                    length = n_passed + end - at
                    yield Line(start, length, b"", "too_long")
                elif held:
                    held += piece[at:end]
                    length = len(held)
                    yield Line(start, length, bytes(held))
                else:
                    length = end - at
                    yield Line(start, length, piece[at:end])
                held.clear()
                start, n_passed, at = start + length + 1, 0, end + 1
            if n_passed:
                n_passed += len(piece) - at
                continue
            held += piece[at:]
            if len(held) > longest:
                n_passed += len(held)
                held.clear()
    except Broken as error:
        yield Line(start, n_passed + len(held), bytes(held), error.reason)
        return
    if n_passed:
        yield Line(start, n_passed, b"", "too_long")
    elif held:
        yield Line(start, len(held), bytes(held))
