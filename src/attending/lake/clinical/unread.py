"""Stored versions that were not read yet, a bounded number of bytes at a time.

They are read file by file, each from its beginning, so that memory grows neither with a table nor
with a file of it: sorting all of them by one query held the bodies of the whole table.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from attending.lake.at_rest import at_rest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from attending.lake.clinical.iceberg import Iceberg

AT_A_TIME = 2_000  # versions that are taken from a file in one go
BYTES_AT_A_TIME = 4 << 20  # and about how many bytes of bodies
COLUMNS = ["site", "id", "version", "known_at", "received", "raw", "offset", "length", "body"]


def unread(tables: Iceberg, kind: str, first: int) -> Iterator[pa.RecordBatch]:
    """Give the versions of a type that are no deletes, from a number of receipt on.

    Parameters
    ----------
    tables
        Where they are.
    kind
        The type of resource.
    first
        The number of the first that is asked for.

    """
    for file in tables.data_files("resource", since=first, type=kind):
        path = tables.path_of(file)
        with at_rest(path).reading(path) as raw, pq.ParquetFile(raw) as opened:
            for n in range(opened.num_row_groups):
                yield from _of_group(opened, n, first)


def _of_group(opened: pq.ParquetFile, n: int, first: int) -> Iterator[pa.RecordBatch]:
    size = _at_a_time(opened.metadata.row_group(n))
    columns = [*COLUMNS, "op"]
    for batch in opened.iter_batches(size, [n], columns, use_threads=False):
        is_asked = pc.and_(
            pc.equal(batch.column("op"), "upsert"),
            pc.greater_equal(batch.column("received"), pa.scalar(first)),
        )
        asked = batch.filter(is_asked).select(COLUMNS)
        if asked.num_rows:
            yield asked


def _at_a_time(group: pq.RowGroupMetaData) -> int:
    """Give how many versions of a part of a file are about as large as is taken in one go."""
    columns = (group.column(n) for n in range(group.num_columns))
    sizes = {each.path_in_schema: int(each.total_uncompressed_size) for each in columns}
    return max(1, min(AT_A_TIME, BYTES_AT_A_TIME * int(group.num_rows) // max(sizes["body"], 1)))
