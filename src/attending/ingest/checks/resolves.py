"""What a column refers to is there (conformance of relations).

Reads: the column where it holds something, and a column of another table or of the same one.
Needs `references`: table and column.

It does not tell whether it is the right one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attending.errors import NoSuchName
from attending.ingest.check import Check, as_text, filled

if TYPE_CHECKING:
    from attending.ingest.check import Asked
    from attending.lake.aggregates import Expression


def violated(asked: Asked) -> Expression:
    """Give the rows that refer to what is not there."""
    table, _, column = ".".join(asked.line.references or ()).rpartition(".")
    tables = {**asked.tables, asked.checks.table: asked.rows}
    if table not in tables:
        raise NoSuchName(
            table, "the tables given here or by --beside", tables, where=asked.checks.name
        )
    there = tables[table].view() if table == asked.checks.table else tables[table]
    if column not in there.columns:
        raise NoSuchName(column, f"the columns of {table}", there.columns)
    return ~asked.text.isin(as_text(there[column]).name("referred"))


resolves = Check(
    kind="conformance",
    sentence="what it refers to is not there",
    among=filled,
    violated=violated,
    needs=("references",),
)
