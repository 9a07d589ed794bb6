"""Write small files together: the same rows in fewer files, by one commit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from attending.errors import ProofFailed
from attending.lake.at_rest import at_rest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from pyiceberg.manifest import DataFile

    from attending.lake.clinical.iceberg import Iceberg

TOGETHER = 8 << 20  # bytes of files written together: FHIR grows some 20 times when it is read


def compact(tables: Iceberg, name: str) -> tuple[int, int]:
    """Write a table's small files together; give how many files there were and are.

    Raises
    ------
    ProofFailed
        The new files would not hold the rows of the old; nothing was changed.

    """
    there = tables.data_files(name)
    added: list[DataFile] = []
    removed: list[DataFile] = []
    for group in _groups(there):
        rows = pa.concat_tables(
            [_read(tables.path_of(file)) for file in group], promote_options="default"
        )
        added += tables.write(name, rows.sort_by("received"))
        removed += group
    if sum(f.record_count for f in added) != sum(f.record_count for f in removed):
        raise ProofFailed(f"the files of {name} written together do not hold the same rows")
    if added:
        tables.commit(name, added, {}, removed)
    return len(there), len(there) - len(removed) + len(added)


def _read(path: Path) -> pa.Table:
    with at_rest(path).reading(path) as raw, pq.ParquetFile(raw) as opened:
        return opened.read()


def _groups(files: Iterable[DataFile]) -> Iterator[list[DataFile]]:
    """Give files of one partition that are written together, two or more at a time."""
    waiting: dict[str, list[DataFile]] = {}
    for file in sorted(files, key=lambda each: each.file_path):
        if file.file_size_in_bytes >= TOGETHER:
            continue
        group = waiting.setdefault(repr(file.partition), [])
        group.append(file)
        if sum(f.file_size_in_bytes for f in group) >= TOGETHER:
            yield waiting.pop(repr(file.partition))
    yield from (group for group in waiting.values() if len(group) > 1)
