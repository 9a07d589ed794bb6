"""Rows of a view's flat table for many versions at once: what one query gives, typed and addressed.

A version that the query sets aside, or a value of which this is not sure that its flat column
holds it unchanged, is left to the reading that takes one resource at a time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from attending.fhir.kinds import WHOLE
from attending.lake.clinical.columns import OF_RESOURCE
from attending.lake.clinical.sql import quoted, text
from attending.lake.fast_view import ASIDE, UNNESTED, FastView
from attending.lake.view_shape import NotCompiled

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

    from attending.fhir.definition import Column, Definition

LARGEST = 2**63 - 1
DECIMAL = r"-?[0-9]{1,20}(\.[0-9]{1,18})?"
INSTANT = (
    r"(19|2[0-9])[0-9]{2}-[0-9]{2}-[0-9]{2}T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{1,6})?"
    r"(Z|[+-](0[0-9]|1[0-4]):[0-5][0-9])"
)
CELLS = "CREATE OR REPLACE TEMP TABLE cells AS SELECT _n, _place, {cells} FROM ({unnested}) r"
DOUBTED = """
CREATE OR REPLACE TEMP TABLE doubted AS SELECT DISTINCT _n AS n FROM cells WHERE {doubt}
"""
BESIDE = f"{ASIDE} UNION SELECT n FROM doubted"  # noqa: S608  own names
ROWS = """
SELECT {address}, {own}
FROM cells c JOIN versions v ON c._n = v.received
WHERE c._n NOT IN (SELECT n FROM doubted) ORDER BY c._n, c._place
"""
ADDRESS = {
    "key": "v.site || '/' || {type} || '/' || v.id || '@' || v.version || '#' || c._place",
    "site": "v.site",
    "_type": "{type}",
    "_id": "v.id",
    "_version": "v.version",
    "_known_at": "v.known_at",
    "_view": "{view}",
    "_row": "c._place",
    "received": "v.received",
}


class AtOnce(NamedTuple):
    """What one query gave of some versions.

    Attributes
    ----------
    rows
        Those of the view's table, by the order in which versions were received.
    aside
        The numbers of the versions to be read one at a time.

    """

    rows: pa.Table
    aside: frozenset[int]


class ManyVersions:
    """A plain view over many versions at once.

    Parameters
    ----------
    definition
        The view, read.
    digest
        Of its definition.

    Raises
    ------
    NotCompiled
        If it has to be read one resource at a time, and why.

    """

    def __init__(self, definition: Definition, digest: str) -> None:
        self._view = FastView(definition)
        self._columns = definition.all_columns()
        if {each.name.lower() for each in self._columns} & {*OF_RESOURCE.names}:
            raise NotCompiled("a column that every view's table has")
        self._type, self._digest = text(definition.resource), text(digest)

    def read(self, con: duckdb.DuckDBPyConnection, versions: pa.Table) -> AtOnce:
        """Read versions, each with its address, `received` and `body`, on a connection."""
        con.register("versions", versions)
        self._view.read(con, "SELECT received AS n, body FROM versions")
        cells = ", ".join(
            f"{_flat(each, quoted(each.name))} AS {quoted(each.name)}, "
            f"{quoted(each.name)} AS {_sent(n)}"
            for n, each in enumerate(self._columns)
        )
        con.execute(CELLS.format(cells=cells, unnested=UNNESTED))
        doubt = " OR ".join(
            f"({_sent(n)} IS NOT NULL AND {quoted(each.name)} IS NULL)"
            for n, each in enumerate(self._columns)
        )
        con.execute(DOUBTED.format(doubt=doubt))
        aside = con.execute(BESIDE).fetchall()
        said = {
            name: sql.format(type=self._type, view=self._digest) for name, sql in ADDRESS.items()
        }
        address = ", ".join(f"{said[name]} AS {quoted(name)}" for name in OF_RESOURCE.names)
        own = ", ".join(f"c.{quoted(each.name)}" for each in self._columns)
        rows = con.sql(ROWS.format(address=address, own=own)).to_arrow_table()
        con.unregister("versions")
        return AtOnce(rows, frozenset(n for (n,) in aside))


def _sent(n: int) -> str:
    """Name what was sent for a column; no column of a view has a name that starts so."""
    return f"_sent_{n}"


def _flat(column: Column, sql: str) -> str:
    """Give a value as its flat column holds it, and null where that is not sure."""
    if column.collection:
        return sql
    if column.type == "boolean":
        return f"({sql} = 'true')"
    if column.type in WHOLE:
        whole = f"TRY_CAST({sql} AS BIGINT)"
        return f"CASE WHEN {whole} BETWEEN -{LARGEST} AND {LARGEST} THEN {whole} END"
    if column.type == "decimal":
        exact = f"TRY_CAST({sql} AS DECIMAL(38, 18))"
        return f"CASE WHEN regexp_full_match({sql}, '{DECIMAL}') THEN {exact} END"
    if column.type == "instant":
        moment = f"TRY_CAST({sql} AS TIMESTAMPTZ)"
        return f"CASE WHEN regexp_full_match({sql}, '{INSTANT}') THEN {moment} END"
    return sql
