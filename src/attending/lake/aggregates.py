"""Ask many things of one table by one query.

A table is Ibis's, so that the same expressions run wherever the rows are. What is asked is a
column that is true of some rows: it is counted by site and day, in the order of the rows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import duckdb
import ibis

from attending.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

Rows = Any  # an Ibis table
Expression = Any  # an Ibis column of it, or a value gathered from one

ROW = "_row"


def open_rows(paths: Sequence[Path]) -> Rows:
    """Open files of one shape as one table: CSV as text alone, NDJSON or Parquet.

    Raises
    ------
    Refused
        A file cannot be read as what its name says.

    """
    con = duckdb.connect(":memory:")
    first = paths[0]
    names = [str(path) for path in paths]
    try:
        if first.suffix == ".parquet":
            found = con.read_parquet(names)
        elif first.suffix in (".ndjson", ".jsonl", ".json"):
            found = con.read_json(names, format="newline_delimited")
        elif first.suffix == ".csv":
            found = con.read_csv(names, all_varchar=True, header=True, null_padding=False)
        else:
            raise Refused(
                "cannot tell what kind of file this is",
                where=str(first),
                accepted=(".csv", ".parquet", ".ndjson"),
            )
        con.register("rows", found)
        return ibis.duckdb.from_connection(con).table("rows")
    except duckdb.Error as error:
        because = str(error).splitlines()[0]
        raise Refused(f"cannot be read: {because}", where=str(first)) from error


def constant(value: str) -> Expression:
    """Give a column that says the same of every row."""
    return ibis.literal(value)


def numbered(rows: Rows, *, order: Sequence[Expression], within: str) -> Rows:
    """Number rows from 0 in their order, at each site apart."""
    count = ibis.row_number().over(group_by=rows[within], order_by=list(order))
    return rows.mutate(**{ROW: count})


def gathered(
    rows: Rows, *, by: Sequence[str], asked: Mapping[str, Expression]
) -> list[dict[str, Any]]:
    """Answer everything by one query, a row for each group, in the order of the groups.

    Raises
    ------
    Refused
        The engine could not answer it.

    """
    expression = rows.group_by(list(by)).aggregate(**asked).order_by(list(by))
    try:
        answered = expression.get_backend().raw_sql(str(ibis.to_sql(expression)))
        names = [column[0] for column in answered.description]
        return [dict(zip(names, row, strict=True)) for row in answered.fetchall()]
    except duckdb.Error as error:
        raise Refused(f"could not be asked: {str(error).splitlines()[0]}") from error
