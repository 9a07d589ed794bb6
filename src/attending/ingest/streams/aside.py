"""The rows of a file that are set aside, kept until the rest was told, and not in memory."""

from __future__ import annotations

from tempfile import SpooledTemporaryFile
from typing import TYPE_CHECKING

import msgspec

from attending import shapes
from attending.facts.case import ParkedRow

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

IN_MEMORY = 1 << 20  # bytes; about 5,000 rows


class Aside:
    """Rows that are set aside: first those that are no rows, then those that could not be told.

    Parameters
    ----------
    name
        Gives a row's keyed digest from its plain one, which is kept nowhere.

    """

    def __init__(self, name: Callable[[str], str]) -> None:
        self._name = name
        self._broken = SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115  it ends with this
        self._others = SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115  it ends with this

    def put(self, row: ParkedRow, *, is_broken: bool = False) -> None:
        """Set a row aside."""
        kept = msgspec.structs.replace(row, digest=self._name(row.digest))
        file = self._broken if is_broken else self._others
        file.write(msgspec.json.encode(kept) + b"\n")

    def rows(self) -> Iterator[ParkedRow]:
        """Give the rows, each under its keyed digest; afterwards none is kept."""
        for file in (self._broken, self._others):
            file.seek(0)
            for line in file:
                yield shapes.decode(line, ParkedRow)
            file.close()
