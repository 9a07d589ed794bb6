"""The two tables of a Seismometer directory, Parquet or text, as cells of text.

A name that ends in ``.csv`` or ``.tsv`` is text, any other Parquet, as Seismometer has it. Text is
read as pandas reads it there: what it takes for nothing is nothing, and true and false are spelled
as those of a Parquet file. A row with too few or too many cells refuses its file: were an event
left out, what happened would count as what did not.

References: Seismometer 0.5, `seismometer.data.loader`; pandas 2, `read_csv`, `na_values`
"""

from __future__ import annotations

import csv
from io import StringIO
from typing import TYPE_CHECKING

from attending.errors import Refused
from attending.ingest.source import text_of, whole
from attending.ingest.streams.parquet_rows import parquet_rows

if TYPE_CHECKING:
    from pathlib import Path

    Cells = dict[str, str]
DIVIDED_BY = {".csv": ",", ".tsv": "\t"}
NOTHING = frozenset(
    "#N/A\n#N/A N/A\n#NA\n-1.#IND\n-1.#QNAN\n-NaN\n-nan\n1.#IND\n1.#QNAN\n"
    "<NA>\nN/A\nNA\nNULL\nNaN\nNone\nn/a\nnan\nnull".splitlines()
)
TRUTHS = {"True": "true", "TRUE": "true", "False": "false", "FALSE": "false"}


def table_cells(path: Path) -> tuple[tuple[str, ...], list[Cells], str]:
    """Read a table whole: its columns, its rows as text, and its digest.

    Raises
    ------
    Refused
        No such file, too large, not what its name says, or a row that does not fit its header.

    """
    divided = DIVIDED_BY.get(path.suffix.lower())
    if divided is None:
        read = whole(parquet_rows(path, needed=frozenset()))
        return read.columns, [row.cells for row in read.rows], read.digest
    text, digest = text_of(path)
    lines = csv.reader(StringIO(text, newline=""), delimiter=divided, strict=True)
    try:
        columns = tuple(name.strip() for name in next(lines, ()))
        if not columns:
            raise Refused("a header row of column names is wanted", where=f"{path}:1")
        rows = [_row(columns, cells, f"{path}:{lines.line_num}") for cells in lines if cells]
    except csv.Error as error:
        raise Refused(f"cannot be read: {error}", where=f"{path}:{lines.line_num}") from error
    return columns, rows, digest


def _row(columns: tuple[str, ...], cells: list[str], where: str) -> Cells:
    if len(cells) != len(columns):
        raise Refused(f"{len(cells)} cells where the header has {len(columns)}", where=where)
    return {name: _cell(said.strip()) for name, said in zip(columns, cells, strict=True)}


def _cell(said: str) -> str:
    return "" if said in NOTHING else TRUTHS.get(said, said)
