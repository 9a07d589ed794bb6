"""Plain views over many resources at once: one query, and the few it cannot answer set aside.

The query relies on shapes: which elements are lists. Those are looked up in the resources
themselves, and each resource that differs is set aside for the reading that takes one at a time.
So the two ways give the same rows, and which of them a resource took can be counted.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

import duckdb
import msgspec
import pyarrow as pa

from attending.fhir.kinds import WHOLE
from attending.lake.view_query import ViewQuery
from attending.lake.view_shape import NotCompiled

if TYPE_CHECKING:
    from collections.abc import Sequence

    from attending.fhir.definition import Column, Definition

SAMPLE = 1_000  # resources whose shapes are looked up; one that differs is set aside
# Every element's number with a point or an exponent, as it was sent, is what this engine writes of
# it. Where one is not (1.00, 1e0, more digits than a double keeps), the other way reads the
# resource: which of two numbers alike to it was sent, the engine cannot tell.
AS_SENT = r"""
len(list_filter(regexp_extract_all(whole, ':\s*(-?[0-9]+[.eE][0-9.eE+-]*)\s*[,}]', 1),
lambda t: json_valid(t) AND json_extract_string(t, '$') <> t)) = 0
"""
KINDS = "SELECT {counts} FROM (SELECT small AS body FROM pruned LIMIT ?)"
# A resource is read whole once; everything after that reads what the view relies on.
PRUNED = """
CREATE OR REPLACE TEMP TABLE pruned AS
SELECT n, ('{{' || concat_ws(',', {kept}) || '}}')::JSON AS small, {as_sent} AS as_sent
FROM (SELECT n, body AS whole, json_extract(body, [{paths}]) AS tops FROM ({asked}))
WHERE tops[1] = '"{resource}"'
"""
READ = """
CREATE OR REPLACE TEMP TABLE read AS
SELECT n, as_sent AND {guard} AS plain, from_json(body, '{structure}') AS d
FROM (SELECT n, small AS body, as_sent FROM pruned)
"""
FOUND = """
CREATE OR REPLACE TEMP TABLE found AS
SELECT n, plain, CASE WHEN plain THEN {answer} END AS s FROM read
"""
UNNESTED = """
SELECT n AS _n, i - 1 AS _place, r.* FROM (
  SELECT n, unnest(s.rows) AS r, generate_subscripts(s.rows, 1) AS i
  FROM found WHERE plain AND NOT s.ask
)
"""
ASIDE = "SELECT n FROM found WHERE NOT plain OR s.ask"


class Answered(NamedTuple):
    """What one query gave.

    Attributes
    ----------
    rows
        By the number of the resource, in the order of its rows: a value for each column, as the
        other reading gives it.
    aside
        The numbers of the resources to be read one at a time.

    """

    rows: list[tuple[int, dict[str, Any]]]
    aside: list[int]


class FastView:
    """A view as one query.

    Parameters
    ----------
    definition
        The view, read.

    Raises
    ------
    NotCompiled
        If it has to be read one resource at a time, and why.

    """

    def __init__(self, definition: Definition) -> None:
        self._definition = definition
        self._columns = definition.all_columns()
        lowered = {column.name.lower() for column in self._columns}
        if len(lowered) < len(self._columns):
            raise NotCompiled("columns that SQL would take for the same")
        ViewQuery(definition)

    def answer(self, bodies: Sequence[str]) -> Answered:
        """Give the rows of resources, each as its JSON text, which was read strictly before."""
        with duckdb.connect() as con:
            con.register("given", pa.table({"n": range(len(bodies)), "body": list(bodies)}))
            self.read(con, "SELECT n, body FROM given")
            aside = [n for (n,) in con.execute(f"{ASIDE} ORDER BY n").fetchall()]
            told = con.execute(f"{UNNESTED} ORDER BY _n, _place").fetchall()
            rows = [(n, self.row(values)) for n, _, *values in told]
        return Answered(rows, aside)

    def read(self, con: duckdb.DuckDBPyConnection, asked: str) -> None:
        """Read resources into the connection's own table `found`, of which `UNNESTED` tells rows.

        Parameters
        ----------
        con
            Where; nothing but its temporary tables is written.
        asked
            A query that gives `n`, a resource's number, and `body`, its JSON text.

        """
        query = ViewQuery(self._definition)
        resource, names = self._definition.resource, query.root.below
        kept = [f"'\"{name}\":' || tops[{i}]" for i, name in enumerate(names, 2)]
        paths = ", ".join(f"'$.\"{name}\"'" for name in ("resourceType", *names))
        as_sent = AS_SENT if any(each.type == "decimal" for each in self._columns) else "true"
        told = {"paths": paths, "resource": resource, "asked": asked, "as_sent": as_sent}
        con.execute(PRUNED.format(kept=", ".join(kept) or "''", **told))
        self._look_up(con, query)
        structure = msgspec.json.encode(query.root.structure()).decode()
        con.execute(READ.format(guard=query.root.guard(), structure=structure))
        con.execute(FOUND.format(answer=query.answer()))

    def _look_up(self, con: duckdb.DuckDBPyConnection, query: ViewQuery) -> None:
        """Find which elements are lists, the nearer first: a path says so for those above it."""
        waiting = [query.root]
        while waiting:
            below = [each for shape in waiting for each in shape.below.values()]
            query.root.everything()  # sets each path by what is known so far
            counts = ", ".join(_counts(shape.path) for shape in below)
            seen = con.execute(KINDS.format(counts=counts), [SAMPLE]).fetchone() if below else ()
            for shape, lists, n in zip(below, (seen or ())[::2], (seen or ())[1::2], strict=True):
                shape.is_list = not shape.lone and 2 * lists > n
            waiting = below

    def row(self, values: Sequence[Any]) -> dict[str, Any]:
        """Give a row of `UNNESTED`, without its number and place, as the other reading gives it."""
        pairs = zip(self._columns, values, strict=True)
        return {column.name: _value(column, value) for column, value in pairs}


def _counts(path: str) -> str:
    """Say how often something stands at a path, and how often it is a list: that first."""
    kinds = f"json_type(body, '{path}')"
    if "[*]" not in path:
        return f"count(*) FILTER ({kinds} = 'ARRAY'), count({kinds})"
    lists = f"len(list_filter({kinds}, lambda k: k = 'ARRAY'))"
    return f"coalesce(sum({lists}), 0), coalesce(sum(len({kinds})), 0)"


def _value(column: Column, value: Any) -> Any:
    if isinstance(value, list):
        return [_value(column, each) for each in value]
    if value is None:
        return None
    if column.type == "boolean":
        return value == "true"
    if column.type in WHOLE:
        return int(value)
    if column.type == "decimal":
        return Decimal(value) if set(value) & set(".eE") else int(value)
    return value
