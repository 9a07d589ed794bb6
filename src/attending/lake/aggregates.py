"""Ask many things of one table by one query.

A table is Ibis's, so that the same expressions run wherever the rows are. What is asked is a
column that is true of some rows: it is counted by site and day, in the order of the rows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import duckdb
import ibis

from attending.errors import Refused
from attending.lake.at_rest import encrypt_spilled

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

Rows = Any  # an Ibis table
Expression = Any  # an Ibis column of it, or a value gathered from one

ROW = "_row"
FILE_ROW = "_file_row"  # where a row stands in the files it came in
PACKED = (".gz", ".bz2", ".xz", ".zst", ".zip")
NOT_UNPACKED = "a packed file is not read here; unpack it first"
LONGEST_HEADER = 1 << 20
COMMAS = """, delim = ',', quote = '"', escape = '"'"""
WITHOUT = ", ignore_errors = true"  # without rows that have too few or too many cells
REJECTS = "all_varchar = true, store_rejects = true"
COUNT_SET_ASIDE = "SELECT count(COLUMNS(*)) FROM read_csv({file}, header = true{more})"
JSON_LINES = "read_json({files}, format = 'newline_delimited', union_by_name = true)"
READ_BY = {
    ".csv": "read_csv({files}, all_varchar = true, header = true, union_by_name = true{more})",
    ".parquet": "read_parquet({files}, union_by_name = true)",
    ".ndjson": JSON_LINES,
    ".jsonl": JSON_LINES,
}


def open_tables(files: Mapping[str, Sequence[Path]]) -> dict[str, Rows]:
    """Open files as tables that can be asked together: CSV as text alone, NDJSON or Parquet.

    Parameters
    ----------
    files
        The files of each table, by its name, in their order. What one of them lacks that
        another has is nothing in its rows.

    Raises
    ------
    Refused
        A file cannot be read as what its name says.

    """
    con = _connected()
    for name, paths in files.items():
        quoted = name.replace('"', '""')
        created = f'CREATE TABLE "{quoted}" AS SELECT *, row_number() OVER () - 1 AS {FILE_ROW}'
        _read_either(con, f"{created} FROM ({{read}})", paths)
    opened = ibis.duckdb.from_connection(con)
    return {name: opened.table(name) for name in files}


def columns_of(path: Path) -> frozenset[str]:
    """Give the columns that a file has.

    Raises
    ------
    Refused
        It cannot be read as what its name says.

    """
    con = _connected()
    return frozenset(row[0] for row in _read_either(con, "DESCRIBE {read}", [path]))


def set_aside(rows: Rows) -> int:
    """Count the rows beside an opened table, which had too few cells or too many."""
    con = rows.get_backend().con
    try:
        found = con.execute(
            "SELECT count(DISTINCT (scan_id, file_id, line)) FROM reject_errors"
        ).fetchone()
    except duckdb.CatalogException:
        return 0  # every row had its cells
    return int(found[0]) if found else 0


def _connected() -> duckdb.DuckDBPyConnection:
    con = duckdb.connect(":memory:")
    encrypt_spilled(con)  # rows may be patients', and no store says how they lie
    return con


def _read_either(
    con: duckdb.DuckDBPyConnection, query: str, paths: Sequence[Path]
) -> list[tuple[Any, ...]]:
    """Read files; where rows of CSV have not the header's cells, all the others, as a drop is."""
    try:
        return _read(con, query.format(read=_reading(con, paths)), paths[0])
    except Refused as refused:
        for path in paths:
            if not _is_utf8(path):
                raise Refused("not UTF-8; save the file as UTF-8", where=str(path)) from refused
        if not _have_commas(paths):
            raise
        try:
            found = _read(con, query.format(read=_reading(con, paths, WITHOUT)), paths[0])
            for path in (each for each in paths if each.suffix.lower() == ".csv"):
                counting = COUNT_SET_ASIDE.format(file="?", more=f"{COMMAS}, {REJECTS}")
                con.execute(counting, [str(path)]).fetchall()
        except (Refused, duckdb.Error):
            raise refused from None
        return found


def _is_utf8(path: Path) -> bool:
    try:
        with path.open(encoding="utf-8") as file:
            while file.read(LONGEST_HEADER):
                pass
    except UnicodeDecodeError:
        return path.suffix.lower() != ".csv"
    return True


def _have_commas(paths: Sequence[Path]) -> bool:
    """Tell whether the first line of every CSV file has a comma, and so it is what divides."""
    for path in (each for each in paths if each.suffix.lower() == ".csv"):
        try:
            with path.open("rb") as file:
                header = file.readline(LONGEST_HEADER)
        except OSError as error:
            raise Refused(f"cannot be read: {error.strerror}", where=str(path)) from error
        if b"," not in header:
            return False
    return any(each.suffix.lower() == ".csv" for each in paths)


def _reading(con: duckdb.DuckDBPyConnection, paths: Sequence[Path], more: str = "") -> str:
    """Write what reads files, those of each kind together."""
    more = COMMAS + more if _have_commas(paths) else more
    by_kind: dict[str, list[str]] = {}
    for path in paths:
        kind = path.suffix.lower()
        if kind not in READ_BY:
            is_packed = kind in PACKED
            because = NOT_UNPACKED if is_packed else "cannot tell what kind of file this is"
            raise Refused(because, where=str(path), accepted=tuple(READ_BY))
        by_kind.setdefault(kind, []).append(str(path))
    parts = []
    for n, (kind, named) in enumerate(by_kind.items()):
        try:
            con.execute(f"SET VARIABLE files_{n} = ?", [named])
        except duckdb.Error as error:
            raise Refused("its name is no text", where=repr(named[0])) from error
        read = READ_BY[kind].format(files=f"getvariable('files_{n}')", more=more)
        parts.append(f"SELECT * FROM {read}")  # noqa: S608  own words
    return " UNION ALL BY NAME ".join(parts)


def _read(con: duckdb.DuckDBPyConnection, query: str, where: Path) -> list[tuple[Any, ...]]:
    try:
        return con.execute(query).fetchall()
    except duckdb.Error as error:
        because = str(error).splitlines()[0]
        raise Refused(f"cannot be read: {because}", where=str(where)) from error


def constant(value: str) -> Expression:
    """Give a column that says the same of every row."""
    return ibis.literal(value)


def numbered(rows: Rows, *, order: Sequence[Expression], within: str) -> Rows:
    """Number rows from 0 in their order, at each site apart."""
    count = ibis.row_number().over(group_by=rows[within], order_by=list(order))
    return rows.mutate(**{ROW: count})


def histogram(value: Expression) -> Expression:
    """Count the rows of each value, the engine's own way."""


def arg_min(value: Expression, order: Expression, most: int) -> Expression:
    """Give the first values of a group in an order, the engine's own way."""


HISTOGRAM = ibis.udf.agg.builtin(histogram, signature=(("string",), "map<string, int64>"))
FIRST = ibis.udf.agg.builtin(arg_min, signature=(("float64", "int64", "int64"), "array<float64>"))


def most_of_one(column: Expression) -> Expression:
    """Count the rows of a text's most frequent value."""
    return HISTOGRAM(column).values().maxs()


def rows_by(column: Expression) -> Expression:
    """Count the rows of each value that a text has."""
    return HISTOGRAM(column)


def placed(rows: Rows, *, within: str, numbers: Mapping[str, Expression], first: int) -> Rows:
    """Say where numbers lie among the deciles of the first of their group.

    Parameters
    ----------
    rows
        With their number in `ROW`.
    within
        The column that names the group.
    numbers
        By the name of the column that is added: twice the deciles below a number, and one more
        where it is one; from 0 to 18, and nothing where there is no number, or were none first.
    first
        Of how many.

    """
    marked = rows.mutate(**numbers)
    lists = {
        name: FIRST(marked[name], marked[ROW], first, where=marked[name].notnull()).sort()
        for name in numbers
    }
    group = f"{within}_learned"
    found = marked.group_by(within).aggregate(**{f"{name}_first": e for name, e in lists.items()})
    deciles = {
        f"{name}_{n}": found[f"{name}_first"][found[f"{name}_first"].length() * n // 10]
        for name in numbers
        for n in range(1, 10)
    }
    known = found.select(**{group: found[within]}, **deciles)
    joined = marked.left_join(known, [(within, group)])
    return joined.mutate(
        **{
            name: sum(
                (joined[name] >= joined[f"{name}_{n}"]).cast("int8")
                + (joined[name] > joined[f"{name}_{n}"]).cast("int8")
                for n in range(1, 10)
            ).cast("string")
            for name in numbers
        }
    ).drop(group, *deciles)


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
