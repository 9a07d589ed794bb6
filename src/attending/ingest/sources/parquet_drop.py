"""A Parquet file that somebody drops in a folder.

Reads columns of single values: text, numbers, true and false, dates and times, which become the
text that they would be in a CSV file; a null is nothing recorded, and so is NaN. Rows keep their
order. A column of lists or structures is refused, with its name.

It does not tell what the columns mean: that is the `Source` spec's part.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

import pyarrow as pa
from pyarrow import parquet

from attending.errors import Refused
from attending.ingest.source import MOST_BYTES, Row, Rows, check_columns
from attending.ingest.typed_cells import cell_of

if TYPE_CHECKING:
    from pathlib import Path


def parquet_drop(path: Path, *, needed: frozenset[str]) -> Rows:
    """Read a Parquet file whole.

    Raises
    ------
    Refused
        No such file, too large, no Parquet, or a column of lists.
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
        rows: list[Row] = []
        for batch in file.iter_batches():
            values = zip(*(column.to_pylist() for column in batch.columns), strict=True)
            for each in values:
                cells = dict(zip(columns, map(cell_of, each), strict=True))
                rows.append(Row(len(rows) + 2, cells))
    except OSError as error:
        raise Refused(f"cannot be read: {error.strerror or error}", where=str(path)) from error
    except pa.ArrowException as error:
        raise Refused("this is no Parquet file, or it is cut short", where=str(path)) from error
    return Rows(columns, tuple(rows), (), sha256(raw).hexdigest())
