"""Which rows of a file say again what a row above them says, or something else of the same case.

What a row is about and what it says are kept as keyed digests, under a key that nobody has
afterwards, and laid by in a file that has no name as soon as they are many. They are compared a
part at a time, so that memory holds one byte for each row and a small part of the digests.
"""

from __future__ import annotations

import os
from hashlib import blake2b
from struct import Struct
from tempfile import SpooledTemporaryFile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

FIRST, AGAIN, DIFFERS = range(3)
N_PARTS = 256  # 1 GiB in rows of 20 bytes makes parts of 210,000 rows, about 70 MiB while compared
IN_MEMORY = 1 << 20  # bytes that are laid by before they go to the disk
TOGETHER = 1 << 14  # bytes of one part that are laid by at once
SIZE = 16  # bytes of a digest: two of 2^32 rows meet by chance once in 2^65 files
KEPT = Struct(f">{SIZE}s{SIZE}sQ")


class Repeats:
    """Rows, each about somebody and saying something; ask only after all were put."""

    def __init__(self) -> None:
        self._key = os.urandom(SIZE)
        self._waiting = [bytearray() for _ in range(N_PARTS)]
        self._places: list[list[tuple[int, int]]] = [[] for _ in range(N_PARTS)]
        self._file = SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115  closed by `settle`
        self._found = bytearray()

    def put(self, number: int, about: str, says: str) -> None:
        """Take a row in: its number, what it is about, and what it says."""
        whom = self._digest(about)
        waiting = self._waiting[whom[0]]
        waiting += KEPT.pack(whom, self._digest(says), number)
        if len(waiting) >= TOGETHER:
            self._lay_by(whom[0])

    def settle(self) -> None:
        """Compare what was put."""
        for part in range(N_PARTS):
            self._compare(part)
        self._file.close()

    def __getitem__(self, number: int) -> int:
        """Tell whether a row is the first to say so, says it again, or differs from another.

        Of rows that differ, the first of each kind does; one that was never put is a first.
        """
        return self._found[number] if number < len(self._found) else FIRST

    def _digest(self, text: str) -> bytes:
        return blake2b(text.encode(), digest_size=SIZE, key=self._key).digest()

    def _lay_by(self, part: int) -> None:
        waiting = self._waiting[part]
        start = self._file.seek(0, os.SEEK_END)
        self._file.write(waiting)
        self._places[part].append((start, len(waiting)))
        waiting.clear()

    def _rows(self, part: int) -> Iterator[tuple[bytes, bytes, int]]:
        for start, length in self._places[part]:
            self._file.seek(start)
            yield from KEPT.iter_unpack(self._file.read(length))
        yield from KEPT.iter_unpack(bytes(self._waiting[part]))

    def _compare(self, part: int) -> None:
        said: dict[bytes, bytes] = {}
        differ: set[bytes] = set()
        for whom, says, _ in self._rows(part):
            if said.setdefault(whom, says) != says:
                differ.add(whom)
        told: set[bytes] = set()
        for whom, says, number in self._rows(part):
            if whom + says in told:
                self._mark(number, AGAIN)
            elif whom in differ:
                self._mark(number, DIFFERS)
            told.add(whom + says)

    def _mark(self, number: int, what: int) -> None:
        self._found.extend(bytes(max(0, number + 1 - len(self._found))))
        self._found[number] = what
