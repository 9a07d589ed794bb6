"""A table of somebody's own warehouse, read through Ibis: only what is asked for, in order.

Which engine it is, the connection's address says (`postgres://…`, `duckdb://…`, and what else
Ibis is installed for). Nothing is ever written there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ibis

from attending.errors import NoSuchName, Refused

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

AT_ONCE = 10_000  # rows fetched together


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
    try:
        warehouse = ibis.connect(address)
        found = warehouse.table(name, database=schema or None)
    except Exception as error:  # noqa: BLE001  each engine has its own, and some quote the address
        raise Refused(f"table {table} cannot be read: {type(error).__name__}") from None
    there = tuple(found.columns)
    for column in (*columns, *order_by):
        if column not in there:
            raise NoSuchName(column, f"the columns of {table}", there)
    wanted = tuple(columns) or there
    asked = found.order_by(list(order_by)).select(*wanted).limit(most + 1)
    return wanted, _rows(warehouse, asked, table, most)


def _rows(warehouse: Any, asked: Any, table: str, most: int) -> Iterator[tuple[Any, ...]]:
    n = 0
    try:
        cursor = warehouse.raw_sql(ibis.to_sql(asked, dialect=warehouse.name))
        while rows := cursor.fetchmany(AT_ONCE):
            n += len(rows)
            if n > most:
                raise Refused(f"table {table} has more than {most:,} rows; name fewer by a view")
            yield from rows
    finally:
        warehouse.disconnect()
