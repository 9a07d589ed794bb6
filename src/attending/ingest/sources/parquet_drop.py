"""A Parquet file that somebody drops in a folder.

Reads columns of single values: text, numbers, true and false, dates and times, which become the
text that they would be in a CSV file; a null is nothing recorded, and so is NaN. Rows keep their
order. A column of lists or structures is refused, with its name.

It does not tell what the columns mean: that is the `Source` spec's part.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attending.ingest.source import whole
from attending.ingest.streams.parquet_rows import parquet_rows

if TYPE_CHECKING:
    from pathlib import Path

    from attending.ingest.source import Rows


def parquet_drop(path: Path, *, needed: frozenset[str]) -> Rows:
    """Read a Parquet file whole.

    Raises
    ------
    Refused
        No such file, too large, no Parquet, a column of lists, or written to meanwhile.
    NoSuchName
        A needed column is not there; the nearest one is offered.

    """
    return whole(parquet_rows(path, needed=needed))
