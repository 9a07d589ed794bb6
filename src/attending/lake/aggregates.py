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
FILE_ROW = "_file_row"  # where a row stands in the files it came in
READ_BY = {
    ".csv": "read_csv(getvariable('files'), all_varchar = true, header = true)",
    ".parquet": "read_parquet(getvariable('files'))",
    ".ndjson": "read_json(getvariable('files'), format = 'newline_delimited')",
}


def open_tables(files: Mapping[str, Sequence[Path]]) -> dict[str, Rows]:
    """Open files as tables that can be asked together: CSV as text alone, NDJSON or Parquet.

    Parameters
    ----------
    files
        The files of each table, by its name; those of one table are of one shape.

    Raises
    ------
    Refused
        A file cannot be read as what its name says.

    """
    con = duckdb.connect(":memory:")
    for name, paths in files.items():
        first, quoted = paths[0], name.replace('"', '""')
        if first.suffix not in READ_BY:
            raise Refused(
                "cannot tell what kind of file this is", where=str(first), accepted=tuple(READ_BY)
            )
        read = f"SELECT *, row_number() OVER () - 1 AS {FILE_ROW} FROM {READ_BY[first.suffix]}"  # noqa: S608  own words
        try:
            con.execute("SET VARIABLE files = ?", [[str(path) for path in paths]])
            con.execute(f'CREATE TABLE "{quoted}" AS {read}')
        except duckdb.Error as error:
            because = str(error).splitlines()[0]
            raise Refused(f"cannot be read: {because}", where=str(first)) from error
    opened = ibis.duckdb.from_connection(con)
    return {name: opened.table(name) for name in files}


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
