"""A file of JSON objects, one to a line, that somebody drops in a folder.

Reads UTF-8 (with or without a byte-order mark). Each line is a flat object: its keys are
columns, its values text, numbers, true, false or null, which is nothing recorded. A number
is read as it is spelled. A line that is no such object is set aside with its number, not
guessed at: broken JSON, a list, a value inside a value, a key that stands twice, NaN, half
a surrogate pair, more characters than the bound. Not every line need have every key, and a
file without lines is a file without rows.

It does not tell what the keys mean: that is the `Source` spec's part.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attending.ingest.source import whole
from attending.ingest.streams.ndjson_rows import ndjson_rows

if TYPE_CHECKING:
    from pathlib import Path

    from attending.ingest.source import Rows


def ndjson_drop(path: Path, *, needed: frozenset[str]) -> Rows:
    """Read a file of JSON lines whole.

    Raises
    ------
    Refused
        No such file, too large, not UTF-8, or written to meanwhile.
    NoSuchName
        No line has a needed key; the nearest one is offered.

    """
    return whole(ndjson_rows(path, needed=needed))
