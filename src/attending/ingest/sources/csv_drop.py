"""A CSV file that somebody drops in a folder.

Reads UTF-8 (with or without a byte-order mark) with a header row. A row with too few
or too many cells is set aside with its number, not guessed at. Lines are bounded, so
that a file of one endless line is refused before it fills the memory.

It does not tell what the columns mean: that is the `Source` spec's part.
"""

from __future__ import annotations

import csv
from hashlib import sha256
from typing import TYPE_CHECKING

from attending.errors import NoSuchName, Refused
from attending.ingest.source import Row, Rows

if TYPE_CHECKING:
    from pathlib import Path

MOST_BYTES = 1 << 30  # a drop is read whole; larger histories come by warehouse
LONGEST_LINE = 1 << 20


def csv_drop(path: Path, *, needed: frozenset[str]) -> Rows:
    """Read a CSV file whole.

    Raises
    ------
    Refused
        No such file, too large, not UTF-8, empty, or a line beyond the bound.
    NoSuchName
        A needed column is not in the header; the nearest one is offered.

    """
    text, file_digest = _text(path)
    lines = text.splitlines()
    if not lines or not lines[0].strip():
        raise Refused("the file is empty; a header row of column names is wanted", where=str(path))
    for number, line in enumerate(lines, start=1):
        if len(line) > LONGEST_LINE:
            raise Refused(
                f"the line is longer than {LONGEST_LINE:,} characters",
                where=f"{path}:{number}",
            )
    table = csv.reader(text.splitlines(keepends=True), strict=True)
    columns = tuple(name.strip() for name in next(table))
    _check_columns(columns, needed, path)
    rows: list[Row] = []
    broken: list[tuple[int, str, str]] = []
    number = 1
    while True:
        number += 1
        try:
            cells = next(table)
        except StopIteration:
            break
        except csv.Error as error:
            broken.append((number, f"not CSV: {error}", sha256(b"").hexdigest()))
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


def _text(path: Path) -> tuple[str, str]:
    try:
        size = path.stat().st_size
        if size > MOST_BYTES:
            raise Refused(f"{size:,} bytes; at most {MOST_BYTES:,} are read", where=str(path))
        raw = path.read_bytes()
    except OSError as error:
        raise Refused(f"cannot be read: {error.strerror}", where=str(path)) from error
    try:
        return raw.decode("utf-8-sig"), sha256(raw).hexdigest()
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise Refused(
            "not UTF-8; save the file as UTF-8 and drop it again",
            where=f"{path}:{line}",
        ) from error


def _check_columns(columns: tuple[str, ...], needed: frozenset[str], path: Path) -> None:
    twice = sorted({c for c in columns if columns.count(c) > 1})
    if twice:
        raise Refused(f"column {twice[0]!r} stands twice in the header", where=f"{path}:1")
    for name in sorted(needed):
        if name not in columns:
            raise NoSuchName(name, "the columns of this file", columns, where=f"{path}:1")
