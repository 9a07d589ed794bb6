"""Iceberg tables in a folder: files are written first, then made part of a table by one commit.

The catalog is an SQLite file beside the tables. A commit costs some 20 ms whatever its size, so
that what came together is committed together. Rows are only ever added; a rewrite of files
changes no row.
"""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pyarrow as pa
import pyarrow.compute as pc
from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.exceptions import CommitFailedException, NoSuchTableError
from pyiceberg.expressions import AlwaysTrue, And, EqualTo, GreaterThanOrEqual
from pyiceberg.io.pyarrow import schema_to_pyarrow, write_file
from pyiceberg.partitioning import (
    UNPARTITIONED_PARTITION_SPEC,
    PartitionField,
    PartitionFieldValue,
    PartitionKey,
    PartitionSpec,
)
from pyiceberg.schema import Schema
from pyiceberg.table import WriteTask
from pyiceberg.table.snapshots import Operation
from pyiceberg.transforms import IdentityTransform, MonthTransform
from pyiceberg.types import (
    BooleanType,
    DecimalType,
    DoubleType,
    IcebergType,
    ListType,
    LongType,
    NestedField,
    StringType,
    TimestamptzType,
)

from attending.errors import Stale
from attending.lake.at_rest import at_rest
from attending.lake.clinical.columns import MOMENT, NUMBER, TEXT, WHOLE, YES_NO, divided
from attending.lake.clinical.durable_io import SCHEME, TABLES, path_of
from attending.lake.clinical.sql import NEXT
from attending.lake.durable import make_folder

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from pyiceberg.expressions import BooleanExpression
    from pyiceberg.manifest import DataFile, ManifestFile
    from pyiceberg.table import Table

SPACE = "clinical"
MONTHS_BEFORE_EPOCH = 1970 * 12
ICEBERG_TYPES: dict[pa.DataType, IcebergType] = {
    TEXT: StringType(),
    WHOLE: LongType(),
    NUMBER: DoubleType(),
    YES_NO: BooleanType(),
    MOMENT: TimestamptzType(),
}
PROPERTIES = {
    "write.metadata.delete-after-commit.enabled": "true",
    "write.metadata.previous-versions-max": "10",
    "write.parquet.compression-codec": "zstd",
}


class Iceberg:
    """The tables in one folder.

    Parameters
    ----------
    folder
        Holds the catalog and the tables; made when absent.

    Attributes
    ----------
    folder
        Where the files of the tables lie.

    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder.absolute() / TABLES  # said whole: readers start elsewhere
        make_folder(self.folder)
        self._catalog = SqlCatalog(
            "attending",
            **{
                "uri": f"sqlite:///{folder / 'catalog.db'}",
                "warehouse": f"{SCHEME}{self.folder}",
                "py-io-impl": "attending.lake.clinical.durable_io.DurableIO",
            },
        )
        self._catalog.create_namespace_if_not_exists(SPACE)

    def names(self) -> list[str]:
        """List the tables that were ever written."""
        return sorted(name for _, name in self._catalog.list_tables(SPACE))

    def schema(self, name: str) -> pa.Schema | None:
        """Give a table's columns; None where it was never written."""
        table = self._table(name)
        if table is None:
            return None
        plain = schema_to_pyarrow(table.schema(), include_field_ids=False)
        return pa.schema([pa.field(f.name, _plain(f.type)) for f in plain])

    def make(self, name: str, schema: pa.Schema) -> Table:
        """Give a table, made when absent, with every column of a schema."""
        table = self._table(name)
        if table is not None:
            there = {field.name for field in table.schema().fields}
            if not there.issuperset(schema.names):
                with table.update_schema() as update:
                    update.union_by_name(schema)
            return table
        return self._catalog.create_table(
            f"{SPACE}.{name}",
            columns := _numbered(schema),
            partition_spec=_spec(name, columns),
            properties=PROPERTIES,
        )

    def next_row(self, name: str) -> int:
        """Give the number that the next row of a table will bear."""
        return int(self.noted(name, NEXT, "0"))

    def noted(self, name: str, what: str, otherwise: str = "") -> str:
        """Give what was noted with a commit to a table."""
        table = self._table(name)
        return otherwise if table is None else str(table.properties.get(what, otherwise))

    def write(self, name: str, rows: pa.Table) -> list[DataFile]:
        """Write rows to new files, durable on return and not yet part of the table."""
        table = self.make(name, rows.schema)
        columns = table.schema()
        numbers, batch = count(), uuid4()
        tasks = (
            WriteTask(
                write_uuid=batch,
                task_id=next(numbers),
                schema=columns,
                record_batches=part.to_batches(),
                partition_key=key,
            )
            for key, part in _parts(name, table, _complete(rows, columns))
        )
        files = list(write_file(table.io, table.metadata, tasks))
        pa.default_memory_pool().release_unused()  # what is written is not kept for the next
        return files

    def commit(
        self,
        name: str,
        added: Sequence[DataFile],
        notes: Mapping[str, str],
        removed: Sequence[DataFile] = (),
    ) -> None:
        """Make files part of a table, and note what is to be known of it, in one step.

        Raises
        ------
        Stale
            Somebody else wrote to the table meanwhile; nothing was changed.

        """
        table = self._catalog.load_table(f"{SPACE}.{name}")
        try:
            with table.transaction() as change:
                if notes:
                    change.set_properties(dict(notes))
                if added or removed:
                    update = change.update_snapshot()
                    with update.overwrite() if removed else update.fast_append() as snapshot:
                        for file in added:
                            snapshot.append_data_file(file)
                        for file in removed:
                            snapshot.delete_data_file(file)
        except CommitFailedException as error:
            raise Stale(f"table {name} was written by another process; try again") from error

    def data_files(self, name: str, *, since: int = 0, **where: str) -> list[DataFile]:
        """Give the files that hold a table's rows, of certain values where files are divided.

        With `since`, only those that may hold rows of that number or later, in the order of
        their first rows.
        """
        table = self._table(name)
        if table is None:
            return []
        same: Any = EqualTo  # its model hides from mypy that it takes a name and a value
        later: Any = GreaterThanOrEqual  # same
        asked: BooleanExpression = later("received", since) if since else AlwaysTrue()
        for column, value in where.items():
            asked = And(asked, same(column, value))
        field = table.schema().find_field("received").field_id
        found = [task.file for task in table.scan(row_filter=asked).plan_files()]
        return sorted(found, key=lambda each: _whole((each.lower_bounds or {}).get(field)))

    def files(self, name: str, **where: str) -> list[str]:
        """Give the paths of `data_files`."""
        return [self.readable(file) for file in self.data_files(name, since=0, **where)]

    def named(self) -> set[Path]:
        """Give every file that a table names, in any snapshot of it: rows, and its own files."""
        named: set[str] = set()
        for name in self.names():
            table = self._catalog.load_table(f"{SPACE}.{name}")
            named.add(table.metadata_location)
            named |= {each.metadata_file for each in table.metadata.metadata_log}
            named |= {each.manifest_list for each in table.snapshots()}
            for manifest in _manifests(table):
                named.add(manifest.manifest_path)
                entries = manifest.fetch_manifest_entry(table.io, discard_deleted=False)
                named |= {entry.data_file.file_path for entry in entries}
        return {path_of(location, self.folder) for location in named}

    def path_of(self, file: DataFile) -> Path:
        """Give where a file lies."""
        return path_of(file.file_path, self.folder)

    def readable(self, file: DataFile) -> str:
        """Give what DuckDB is to read a file by."""
        path = self.path_of(file)
        return at_rest(path).readable(path)

    def close(self) -> None:
        """Let go of the catalog."""
        self._catalog.close()

    def _table(self, name: str) -> Table | None:
        try:
            return self._catalog.load_table(f"{SPACE}.{name}")
        except NoSuchTableError:
            return None


def _manifests(table: Table) -> Iterator[ManifestFile]:
    """Give the manifests of all snapshots, each once.

    One that appends lists all that the one before lists, so that the last is read, and those
    that came before a rewrite.
    """
    snapshots = table.snapshots()
    by_id = {each.snapshot_id: each for each in snapshots}
    wanted = {None if (now := table.current_snapshot()) is None else now.snapshot_id}
    for each in snapshots:
        if each.summary is None or each.summary.operation is not Operation.APPEND:
            wanted |= {each.snapshot_id, each.parent_snapshot_id}
    seen: set[str] = set()
    for snapshot in (by_id[each] for each in wanted if each in by_id):
        for manifest in snapshot.manifests(table.io):
            if manifest.manifest_path not in seen:
                seen.add(manifest.manifest_path)
                yield manifest


def _whole(raw: bytes | None) -> int:
    """Read a number as Iceberg writes it of a column; 0 where it wrote none."""
    return int.from_bytes(raw or b"", "little", signed=True)


def _numbered(schema: pa.Schema) -> Schema:
    """Give columns as Iceberg numbers them; any of them may be null."""
    n_columns = len(schema)
    return Schema(
        *(
            NestedField(n, field.name, _iceberg_type(field.type, n_columns + n), required=False)
            for n, field in enumerate(schema, start=1)
        )
    )


def _iceberg_type(kind: pa.DataType, inner: int) -> IcebergType:
    if pa.types.is_list(kind):
        return ListType(inner, StringType(), element_required=False)
    if pa.types.is_decimal(kind):
        return DecimalType(kind.precision, kind.scale)
    return ICEBERG_TYPES[kind]


def _spec(name: str, columns: Schema) -> PartitionSpec:
    values, month = divided(name)
    if not values and month is None:
        return UNPARTITIONED_PARTITION_SPEC
    told: list[tuple[str, str, Any]] = [(column, column, IdentityTransform()) for column in values]
    if month is not None:
        told.append((month, f"{month}_month", MonthTransform()))
    fields = [
        PartitionField(
            source_id=columns.find_field(column).field_id,
            field_id=1000 + n,
            transform=transform,
            name=field,
        )
        for n, (column, field, transform) in enumerate(told)
    ]
    return PartitionSpec(*fields)


def _parts(
    name: str, table: Table, rows: pa.Table
) -> Iterator[tuple[PartitionKey | None, pa.Table]]:
    """Divide rows as the table's files are divided."""
    values, month = divided(name)
    if not values and month is None:
        yield None, rows
        return
    keyed = pa.table({column: rows[column] for column in values})
    if month is not None:
        months = pc.add(pc.multiply(pc.year(rows[month]), 12), pc.month(rows[month]))
        keyed = keyed.append_column("month", pc.subtract(months, MONTHS_BEFORE_EPOCH + 1))
    keyed = keyed.append_column("row", pa.array(range(len(rows)), pa.int64()))
    by = [n for n in keyed.column_names if n != "row"]
    for group in keyed.group_by(by, use_threads=False).aggregate([("row", "list")]).to_pylist():
        fields = [
            PartitionFieldValue(field, group[column])
            for field, column in zip(table.spec().fields, by, strict=True)
        ]
        key = PartitionKey(fields, table.spec(), table.schema())
        is_all = len(group["row_list"]) == len(rows)
        yield key, rows if is_all else rows.take(pa.array(group["row_list"], pa.int64()))


def _complete(rows: pa.Table, columns: Schema) -> pa.Table:
    """Give rows every column of the table, in its order; one that they lack is not known."""
    arrow = schema_to_pyarrow(columns, include_field_ids=False)
    whole = [
        rows[field.name].cast(field.type)
        if field.name in rows.column_names
        else pa.nulls(len(rows), field.type)
        for field in arrow
    ]
    return pa.Table.from_arrays(whole, schema=arrow)


def _plain(kind: pa.DataType) -> pa.DataType:
    """Give Iceberg's large text and lists as the kinds that are declared here."""
    if pa.types.is_large_string(kind):
        return pa.string()
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return pa.list_(pa.field("element", pa.string()))
    return kind
