"""The rows of a CSV file, one after the other."""

from __future__ import annotations

import csv
from functools import partial
from hashlib import sha256
from typing import TYPE_CHECKING

from attending.errors import Refused
from attending.ingest.source import LONGEST_LINE, Broken, Row, Stream, check_columns
from attending.ingest.streams.steady import Steady

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path
    from typing import IO

OTHERS = {";": "semicolons", "\t": "tabs", "|": "bars"}
LINE_ENDS = ""  # newline, carriage return or both; no other character ends a line of CSV


def csv_rows(path: Path, *, needed: frozenset[str]) -> Stream:
    """Look a CSV file over, and give its rows.

    Raises
    ------
    Refused
        No such file, too large, not UTF-8, empty, a header that is not CSV, or a line
        beyond the bound.
    NoSuchName
        A needed column is not in the header; the nearest one is offered.

    """
    file = Steady(path, is_text=True)
    with file.text(LINE_ENDS) as lines:
        _check_lines(lines, path)
    with file.text(LINE_ENDS) as lines:
        columns = _header(csv.reader(lines, strict=True), path)
    divided = next((d for d in OTHERS if d in columns[0]), "")
    if divided and len(columns) == 1 and not needed <= {*columns}:
        raise Refused(
            f"the header has one cell; its names are divided by {OTHERS[divided]}",
            where=f"{path}:1",
            accepted=("cells divided by commas, in UTF-8",),
        )
    check_columns(columns, needed, f"{path}:1")
    return Stream(columns, file.digest, partial(_rows, file, columns))


def _header(table: Iterator[list[str]], path: Path) -> tuple[str, ...]:
    try:
        return tuple(name.strip() for name in next(table))
    except csv.Error as error:
        raise Refused(f"the header is not CSV: {error}", where=f"{path}:1") from error


def _rows(file: Steady, columns: tuple[str, ...]) -> Iterator[Row | Broken]:
    held: list[str] = []  # the lines of the row that is being read
    with file.text(LINE_ENDS) as lines:
        table = csv.reader(_holding(lines, held), strict=True)
        next(table)
        number = 1
        while True:
            number += 1
            held.clear()
            try:
                cells = next(table)
            except StopIteration:
                return
            except csv.Error as error:
                yield Broken(number, f"not CSV: {error}", _digest("".join(held)))
                continue
            if len(cells) == len(columns):
                stripped = (cell.strip() for cell in cells)
                yield Row(number, dict(zip(columns, stripped, strict=True)))
            elif cells:
                because = f"{len(cells)} cells where the header has {len(columns)}"
                yield Broken(number, because, _digest("\x1f".join(cells)))


def _holding(lines: Iterable[str], held: list[str]) -> Iterator[str]:
    for line in lines:
        held.append(line)
        yield line


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def _check_lines(lines: IO[str], path: Path) -> None:
    """Refuse what is empty, is of two bytes a character, or has a line beyond the bound."""
    most = LONGEST_LINE + len("\r\n")
    line, number = lines.readline(most + 1), 1
    if not line.strip():
        raise Refused("the file is empty; a header row of column names is wanted", where=str(path))
    if "\0" in line:
        raise Refused("not UTF-8, but UTF-16; save the file as UTF-8", where=f"{path}:1")
    while line:
        if len(line.rstrip("\r\n")) > LONGEST_LINE:
            raise Refused(
                f"the line is longer than {LONGEST_LINE:,} characters",
                where=f"{path}:{number}",
            )
        line, number = lines.readline(most + 1), number + 1
