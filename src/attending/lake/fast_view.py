"""Plain views over many resources at once: one query, and the few it cannot answer set aside.

The query relies on shapes: which elements are lists. Those are looked up in the resources
themselves, and each resource that differs is set aside for the reading that takes one at a time.
So the two ways give the same rows, and which of them a resource took can be counted.

No verb, no load and no gateway takes this way: every row that the product gives is read one
resource at a time. It stands as a second reading of a view, by which tests hold the first.
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
KINDS = """
SELECT k, count(*) FROM (SELECT {kinds} AS k FROM (SELECT body FROM bodies LIMIT ?))
WHERE k IS NOT NULL GROUP BY k
"""
READ = """
CREATE TEMP TABLE read AS
SELECT n, body, {guard} AS plain, from_json(body, '{structure}') AS d
FROM bodies WHERE json_extract_string(body, '$.resourceType') = '{resource}'
"""
FOUND = (
    "CREATE TEMP TABLE found AS SELECT n, plain, CASE WHEN plain THEN {answer} END AS s FROM read"
)
ROWS = """
SELECT n, r.* FROM (
  SELECT n, unnest(s.rows) AS r, generate_subscripts(s.rows, 1) AS i
  FROM found WHERE plain AND NOT s.ask
) ORDER BY n, i
"""
ASIDE = "SELECT n FROM found WHERE NOT plain OR s.ask ORDER BY n"


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
        if len(lowered) < len(self._columns) or lowered & {"n", "ask", "rows"}:
            raise NotCompiled("columns that SQL would take for the same")
        ViewQuery(definition)

    def answer(self, bodies: Sequence[str]) -> Answered:
        """Give the rows of resources, each as its JSON text, which was read strictly before."""
        with duckdb.connect() as con:
            con.register("given", pa.table({"n": range(len(bodies)), "body": list(bodies)}))
            con.execute("CREATE TEMP TABLE bodies AS SELECT n, body FROM given")
            query = ViewQuery(self._definition)
            self._look_up(con, query)
            structure = msgspec.json.encode(query.root.structure()).decode()
            guard, resource = query.root.guard(), self._definition.resource
            con.execute(READ.format(guard=guard, structure=structure, resource=resource))
            con.execute(FOUND.format(answer=query.answer()))
            aside = [n for (n,) in con.execute(ASIDE).fetchall()]
            rows = [(n, self._row(values)) for n, *values in con.execute(ROWS).fetchall()]
        return Answered(rows, aside)

    def _look_up(self, con: duckdb.DuckDBPyConnection, query: ViewQuery) -> None:
        """Find which elements are lists, the nearer first: a path says so for those above it."""
        waiting = [query.root]
        while waiting:
            below = [each for shape in waiting for each in shape.below.values()]
            query.root.everything()  # sets each path by what is known so far
            for shape in below:
                kinds = f"json_type(body, '{shape.path}')"
                if "[*]" in shape.path:
                    kinds = f"unnest({kinds})"
                seen = dict(con.execute(KINDS.format(kinds=kinds), [SAMPLE]).fetchall())
                shape.is_list = 2 * seen.get("ARRAY", 0) > sum(seen.values())
            waiting = below

    def _row(self, values: list[Any]) -> dict[str, Any]:
        pairs = zip(self._columns, values, strict=True)
        return {column.name: _value(column, value) for column, value in pairs}


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
