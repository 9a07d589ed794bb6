"""A table of somebody's own warehouse, read through Ibis: only what is asked for, in order.

Which engine it is, the connection's address says (`postgres://…`, `duckdb://…`, and what else
Ibis is installed for). Nothing is ever written there.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ibis
from ibis.common.exceptions import TableNotFound
from ibis.expr import datatypes

from attending.errors import NoSuchName, Refused

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

AT_ONCE = 10_000  # rows fetched together
ADDRESSES = (
    "duckdb://FILE",
    "postgres://USER@HOST/DATABASE",
    "another engine's, where ibis-framework[ENGINE] is installed",
)
FILES = ("duckdb://", "sqlite://")  # engines that begin a file where there is none
NO_SINGLE_VALUE = (
    datatypes.Array,
    datatypes.Struct,
    datatypes.Map,
    datatypes.Interval,
    datatypes.Binary,
)


def read_table(
    address: str, table: str, columns: Sequence[str], order_by: Sequence[str], *, most: int
) -> tuple[tuple[str, ...], Iterator[tuple[Any, ...]]]:
    """Give a table's columns, and its rows one by one.

    Parameters
    ----------
    address
        As Ibis reads it; it may hold a password, and no error repeats it.
    table
        Its name, after the schema's and a point where there is one.
    columns
        Which ones; all where none is named.
    order_by
        Columns that put the rows in one order, so that the same rows give the same digest.
    most
        The most rows that are read.

    Raises
    ------
    Refused
        The warehouse does not answer, there is no such table, or it has more rows.
    NoSuchName
        It has no such column, with the nearest one.

    """
    schema, _, name = table.rpartition(".")
    if not _is_there(address):
        raise Refused(f"table {table} cannot be read: there is no such file", accepted=ADDRESSES)
    try:
        warehouse = ibis.connect(address, **_how(address))
        found = warehouse.table(name, database=schema or None)
    except ImportError:
        because = f"table {table} cannot be read: nothing here reads such an address"
        raise Refused(because, accepted=ADDRESSES) from None
    except TableNotFound:
        because = f"table {table} cannot be read: there is none of that name"
        raise Refused(
            because, accepted=["SCHEMA.TABLE or a view, as the warehouse has it"]
        ) from None
    except Exception as error:  # noqa: BLE001  each engine has its own, and some quote the address
        raise Refused(f"table {table} cannot be read: {type(error).__name__}") from None
    there = tuple(found.columns)
    for column in (*columns, *order_by):
        if column not in there:
            raise NoSuchName(column, f"the columns of {table}", there)
    wanted = tuple(columns) or there
    types = found.schema()
    for column in wanted:
        if isinstance(types[column], NO_SINGLE_VALUE):
            because = f"column {column!r} of {table} holds {types[column]}, and no single values"
            raise Refused(because, accepted=["a list of `columns` without it", "a view"])
    zoned = _zoned(types, wanted) if warehouse.name == "duckdb" else frozenset()
    cast = {wanted[n]: found[wanted[n]].cast("string") for n in zoned}
    asked = found.order_by(list(order_by)).select(*wanted).limit(most + 1)
    rows = asked.mutate(**cast) if cast else asked
    return wanted, _rows(warehouse, rows, table, most=most, zoned=zoned)


def _is_there(address: str) -> bool:
    """Tell whether a file that is addressed is there: one that is misspelled is not begun."""
    for scheme in FILES:
        if address.startswith(scheme):
            file = address.removeprefix(scheme).partition("?")[0]
            return file in ("", ":memory:") or Path(file).is_file()
    return True


def _how(address: str) -> dict[str, bool]:
    """Open a DuckDB file to read alone, so that whoever else reads it may go on."""
    return {"read_only": True} if address.startswith("duckdb://") and "?" not in address else {}


def _zoned(types: Any, wanted: Sequence[str]) -> frozenset[int]:
    """Give the places of times with a zone, which DuckDB gives only where pytz is installed."""
    return frozenset(
        n for n, column in enumerate(wanted) if getattr(types[column], "timezone", None)
    )


def _rows(
    warehouse: Any, asked: Any, table: str, *, most: int, zoned: frozenset[int]
) -> Iterator[tuple[Any, ...]]:
    n = 0
    try:
        cursor = warehouse.raw_sql(ibis.to_sql(asked, dialect=warehouse.name))
        while rows := cursor.fetchmany(AT_ONCE):
            n += len(rows)
            if n > most:
                raise Refused(f"table {table} has more than {most:,} rows; name fewer by a view")
            yield from (_with_times(row, zoned) for row in rows) if zoned else rows
    except Refused:
        raise
    except Exception as error:  # noqa: BLE001  each engine has its own, and some quote a value
        because = f"table {table} broke off after {n:,} rows: {type(error).__name__}"
        raise Refused(because) from None
    finally:
        warehouse.disconnect()


def _with_times(row: tuple[Any, ...], zoned: frozenset[int]) -> tuple[Any, ...]:
    return tuple(
        datetime.fromisoformat(value) if n in zoned and value is not None else value
        for n, value in enumerate(row)
    )
