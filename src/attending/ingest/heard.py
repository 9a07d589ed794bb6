"""Tell somebody how far a stream was read, without a change to what is read."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    Told = Callable[[int], object]


def nobody(_n: int) -> None:
    """Hear nothing: what is told where nobody watches."""


def heard(pieces: Iterable[bytes], told: Told) -> Iterator[bytes]:
    """Give pieces on as they come, and tell of each how many bytes it holds."""
    for piece in pieces:
        told(len(piece))
        yield piece
