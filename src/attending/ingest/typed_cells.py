"""Values that have types already, spelled as text: the same value, the same text."""

from __future__ import annotations

from datetime import date, datetime, time
from decimal import Decimal
from hashlib import sha256
from typing import TYPE_CHECKING
from uuid import UUID

import pyarrow as pa
from pyarrow import parquet

from attending.errors import Refused
from attending.ingest.source import MOST_BYTES, check_columns

if TYPE_CHECKING:
    from pathlib import Path


def cell_of(value: object) -> str:
    """Spell one value; nothing recorded is empty.

    Raises
    ------
    Refused
        It is no single value: a list, a structure, bytes.

    >>> [cell_of(each) for each in (None, True, 2.50, "a ", date(2026, 1, 31))]
    ['', 'true', '2.5', 'a', '2026-01-31']
    """
    if value is None or _is_nan(value):
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, float):
        return repr(value)
    if isinstance(value, int | Decimal | UUID):
        return str(value)
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    raise Refused(f"a column of {type(value).__name__} is no column of single values")


def _is_nan(value: object) -> bool:
    """Tell whether it is NaN, a database's or a float's, which is nothing recorded."""
    return isinstance(value, float | Decimal) and value != value  # noqa: PLR0124


def parquet_cells(
    path: Path, *, needed: frozenset[str] = frozenset()
) -> tuple[tuple[str, ...], list[dict[str, str]], str]:
    """Read a Parquet file whole: its columns, its rows as text, and its digest.

    Raises
    ------
    Refused
        No such file, too large, no Parquet, a column of lists, or a value past what Python holds.
    NoSuchName
        A needed column is not there; the nearest one is offered.

    """
    try:
        size = path.stat().st_size
        if size > MOST_BYTES:
            raise Refused(f"{size:,} bytes; at most {MOST_BYTES:,} are read", where=str(path))
        raw = path.read_bytes()
        file = parquet.ParquetFile(pa.BufferReader(raw))
        columns = tuple(name.strip() for name in file.schema_arrow.names)
        check_columns(columns, needed, str(path))
        nested = [field.name for field in file.schema_arrow if pa.types.is_nested(field.type)]
        if nested:
            raise Refused(f"column {nested[0]!r} holds lists or structures", where=str(path))
        rows: list[dict[str, str]] = []
        for batch in file.iter_batches():
            each_column = zip(columns, batch.columns, strict=True)
            values = zip(*(_values(*one, str(path)) for one in each_column), strict=True)
            rows += [dict(zip(columns, map(cell_of, each), strict=True)) for each in values]
    except OSError as error:
        raise Refused(f"cannot be read: {error.strerror or error}", where=str(path)) from error
    except pa.ArrowException as error:
        raise Refused("this is no Parquet file, or it is cut short", where=str(path)) from error
    return columns, rows, sha256(raw).hexdigest()


def _values(name: str, column: pa.Array, where: str) -> list[object]:
    """Give a column's values; Python's times end with the year 9999, and its text is UTF-8."""
    try:
        return list(column.to_pylist())
    except (OverflowError, ValueError) as error:
        because = f"column {name!r} holds a value that cannot be read ({type(error).__name__})"
        accepted = ["times from the year 1 to 9999", "text in UTF-8"]
        raise Refused(because, where=where, accepted=accepted) from error
