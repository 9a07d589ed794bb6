"""The rows of a Parquet file, one after the other."""

from __future__ import annotations

from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

import pyarrow as pa
from pyarrow import parquet

from attending.errors import Refused
from attending.ingest.source import Row, Stream, check_columns
from attending.ingest.streams.steady import PIECE, Steady
from attending.ingest.typed_cells import cell_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DAMAGED = "this is no Parquet file, or it is cut short or damaged"
AT_ONCE = 1_024  # rows whose values are Python's at one time


def parquet_rows(path: Path, *, needed: frozenset[str]) -> Stream:
    """Look a Parquet file over, and give its rows.

    Raises
    ------
    Refused
        No such file, too large, no Parquet, or a column of lists; from reading rows, a value past
        what Python holds.
    NoSuchName
        A needed column is not there; the nearest one is offered.

    """
    file = Steady(path, is_text=False)
    with _opened(file) as table:
        columns = tuple(name.strip() for name in table.schema_arrow.names)
        check_columns(columns, needed, str(path))
        nested = [field.name for field in table.schema_arrow if pa.types.is_nested(field.type)]
    if nested:
        raise Refused(f"column {nested[0]!r} holds lists or structures", where=str(path))
    return Stream(columns, file.digest, partial(_rows, file, columns))


def _rows(file: Steady, columns: tuple[str, ...]) -> Iterator[Row]:
    number = 1
    with _opened(file) as table:
        for batch in table.iter_batches(AT_ONCE):
            by_column = zip(columns, batch.columns, strict=True)
            values = [_values(name, column, str(file.path)) for name, column in by_column]
            for each in zip(*values, strict=True):
                number += 1
                yield Row(number, dict(zip(columns, map(cell_of, each), strict=True)))


def _values(name: str, column: pa.Array, where: str) -> list[object]:
    """Give a column's values; Python's times end with the year 9999, and its text is UTF-8."""
    try:
        return list(column.to_pylist())
    except (OverflowError, ValueError) as error:
        because = f"column {name!r} holds a value that cannot be read ({type(error).__name__})"
        accepted = ["times from the year 1 to 9999", "text in UTF-8"]
        raise Refused(because, where=where, accepted=accepted) from error


@contextmanager
def _opened(file: Steady) -> Iterator[parquet.ParquetFile]:
    try:
        # By itself it reads every column of every group of rows before it gives the first.
        with (
            file.opened() as raw,
            parquet.ParquetFile(raw, pre_buffer=False, buffer_size=PIECE) as table,
        ):
            yield table
    except OSError as error:  # Arrow's own have no number; their words may quote what stands there
        because = f"cannot be read: {error.strerror}" if error.errno else DAMAGED
        raise Refused(because, where=str(file.path)) from error
    except (pa.ArrowException, UnicodeDecodeError) as error:
        raise Refused(DAMAGED, where=str(file.path)) from error
