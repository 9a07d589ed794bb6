"""A CSV file that somebody drops in a folder.

Reads UTF-8 (with or without a byte-order mark) with a header row. A row with too few
or too many cells is set aside with its number, not guessed at. Lines are bounded, so
that a file of one endless line is refused before it fills the memory.

It does not tell what the columns mean: that is the `Source` spec's part.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attending.ingest.source import whole
from attending.ingest.streams.csv_rows import csv_rows

if TYPE_CHECKING:
    from pathlib import Path

    from attending.ingest.source import Rows


def csv_drop(path: Path, *, needed: frozenset[str]) -> Rows:
    """Read a CSV file whole.

    Raises
    ------
    Refused
        No such file, too large, not UTF-8, empty, a header that is not CSV, a line beyond
        the bound, or written to meanwhile.
    NoSuchName
        A needed column is not in the header; the nearest one is offered.

    """
    return whole(csv_rows(path, needed=needed))
