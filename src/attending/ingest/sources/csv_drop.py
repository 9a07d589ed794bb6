"""A CSV file that somebody drops in a folder.

Reads UTF-8 (with or without a byte-order mark) with a header row. A row with too few
or too many cells is set aside with its number, not guessed at. Lines are bounded, so
that a file of one endless line is refused before it fills the memory.

It does not tell what the columns mean: that is the `Source` spec's part.
"""

from __future__ import annotations

import csv
from hashlib import sha256
from io import StringIO
from typing import TYPE_CHECKING

from attending.errors import Refused
from attending.ingest.source import LONGEST_LINE, Row, Rows, check_columns, text_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

OTHERS = {";": "semicolons", "\t": "tabs", "|": "bars"}


def csv_drop(path: Path, *, needed: frozenset[str]) -> Rows:
    """Read a CSV file whole.

    Raises
    ------
    Refused
        No such file, too large, not UTF-8, empty, or a line beyond the bound.
    NoSuchName
        A needed column is not in the header; the nearest one is offered.

    """
    text, file_digest = text_of(path)
    kept = list(StringIO(text, newline=""))  # no other character ends a line of CSV
    _check_lines(kept, path)
    table = csv.reader(kept, strict=True)
    columns = tuple(name.strip() for name in next(table))
    divided = next((d for d in OTHERS if d in columns[0]), "")
    if divided and len(columns) == 1 and not needed <= {*columns}:
        raise Refused(
            f"the header has one cell; its names are divided by {OTHERS[divided]}",
            where=f"{path}:1",
            accepted=("cells divided by commas, in UTF-8",),
        )
    check_columns(columns, needed, f"{path}:1")
    rows: list[Row] = []
    broken: list[tuple[int, str, str]] = []
    number = 1
    while True:
        number += 1
        start = table.line_num
        try:
            cells = next(table)
        except StopIteration:
            break
        except csv.Error as error:
            raw = "".join(kept[start : table.line_num]).encode()
            broken.append((number, f"not CSV: {error}", sha256(raw).hexdigest()))
            continue
        if not cells:
            continue
        if len(cells) != len(columns):
            because = f"{len(cells)} cells where the header has {len(columns)}"
            raw = "\x1f".join(cells).encode()
            broken.append((number, because, sha256(raw).hexdigest()))
            continue
        rows.append(Row(number, dict(zip(columns, (c.strip() for c in cells), strict=True))))
    return Rows(columns, tuple(rows), tuple(broken), file_digest)


def _check_lines(kept: Sequence[str], path: Path) -> None:
    """Refuse what is empty, is of two bytes a character, or has a line beyond the bound."""
    if not kept or not kept[0].strip():
        raise Refused("the file is empty; a header row of column names is wanted", where=str(path))
    if "\0" in kept[0]:
        raise Refused("not UTF-8, but UTF-16; save the file as UTF-8", where=f"{path}:1")
    for number, line in enumerate(kept, start=1):
        if len(line.rstrip("\r\n")) > LONGEST_LINE:
            raise Refused(
                f"the line is longer than {LONGEST_LINE:,} characters",
                where=f"{path}:{number}",
            )
