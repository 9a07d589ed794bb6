"""The clinical tables as DuckDB reads them: the files that Iceberg plans, and which rows hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

NEXT = "attending.next"  # the number of the next row; kept with the commit that uses it up

TYPES: dict[str, str] = {
    "string": "VARCHAR",
    "int64": "BIGINT",
    "bool": "BOOLEAN",
    "double": "DOUBLE",
}


def quoted(name: str) -> str:
    """Spell a column's or a table's name."""
    return '"' + name.replace('"', '""') + '"'


def text(value: str) -> str:
    """Spell a text."""
    return "'" + value.replace("'", "''") + "'"


def rows_of(schema: pa.Schema, files: Sequence[str]) -> str:
    """Give the query for a table's rows: every column, whichever files have it.

    DuckDB reads the files that Iceberg plans; no extension of its is needed.
    """
    columns = ", ".join(f"CAST(NULL AS {_type(f.type)}) AS {quoted(f.name)}" for f in schema)
    empty = f"SELECT {columns} WHERE false"
    if not files:
        return empty
    listed = ", ".join(text(file) for file in files)
    return (
        f"{empty} UNION ALL BY NAME SELECT * FROM "  # noqa: S608  own names, quoted
        f"read_parquet([{listed}], union_by_name = true, hive_partitioning = false)"
    )


def holding(
    resource: str, *, kind: str | None, site: str | None, as_of: datetime | None, op: bool = True
) -> str:
    """Give the query for the numbers of the versions that hold, of what is not deleted.

    Of each resource the latest by when it was known, then by receipt. Only narrow columns are
    read.
    """
    told = [
        f"type = {text(kind)}" if kind is not None else "",
        f"site = {text(site)}" if site is not None else "",
        f"known_at <= TIMESTAMPTZ {text(as_of.isoformat())}" if as_of is not None else "",
    ]
    where = " AND ".join(each for each in told if each) or "true"
    last = "max({'known_at': known_at, 'received': received, 'op': op})"
    return (
        f"SELECT last.received AS received FROM (SELECT {last} AS last "  # noqa: S608  own names, quoted
        f"FROM {resource} WHERE {where} GROUP BY site, type, id) "
        + ("WHERE last.op = 'upsert'" if op else "")
    )


def _type(kind: pa.DataType) -> str:
    if pa.types.is_timestamp(kind):
        return "TIMESTAMPTZ"
    if pa.types.is_decimal(kind):
        return f"DECIMAL({kind.precision}, {kind.scale})"
    return "VARCHAR[]" if pa.types.is_list(kind) else TYPES[str(kind)]
