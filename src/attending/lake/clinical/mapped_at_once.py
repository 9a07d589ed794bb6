"""A view whose codes and amounts go through maps, for many versions at once.

The view beneath is read by its query. Codes are then joined with the rows of their map that hold
on the day; amounts are put into their unit once for each different amount and unit, exactly. What
the flat column would not hold unchanged is left to the reading one resource at a time.
"""

from __future__ import annotations

from decimal import Context, Decimal
from typing import TYPE_CHECKING

import pyarrow as pa

from attending.fhir.kinds import TEXTS, WHOLE
from attending.fhir.mapped import NO_CODE, NO_VALUE, MappedColumn, in_unit
from attending.fhir.terms import NO_TRANSLATION, day_of
from attending.lake.clinical.at_once import AtOnce, ManyVersions
from attending.lake.clinical.columns import EXACT, OF_RESOURCE, TEXT, YES_NO
from attending.lake.clinical.sql import quoted, text
from attending.lake.view_shape import NotCompiled

if TYPE_CHECKING:
    import duckdb

    from attending.fhir.definition import Definition
    from attending.fhir.mapped import MeasuredColumn
    from attending.fhir.mapped_view import MappedView

AS_TEXT = TEXTS - {"instant"} | {""}  # what a flat column holds as it was sent
AS_AMOUNT = WHOLE | {"decimal"}
WIDE, PLACES, BEFORE = Context(prec=60), Decimal("1e-18"), 20  # digits before a decimal's point
ROW = ("version", "source_system", "source_code", "target_system", "target_code", "equivalence",
       "valid_from", "valid_to")  # fmt: skip
# What a map says of each code on a day: one target, more than one, or none any more.
MEANT = """
CREATE OR REPLACE TEMP TABLE {into} AS
SELECT source_system AS s, source_code AS c,
  CASE WHEN NOT bool_or(holds) THEN CASE WHEN bool_or(ended) THEN 'retired' ELSE 'unmapped' END
       WHEN count(DISTINCT (target_system, target_code)) FILTER (holds) > 1 THEN 'many'
       ELSE 'mapped' END AS word,
  min(target_code) FILTER (holds) AS code,
  {map} || '@' || min(version) FILTER (holds) AS said
FROM (SELECT *, valid_from <= {day} AND (valid_to = '' OR {day} < valid_to) AS holds,
             valid_to <> '' AND valid_to <= {day} AS ended
      FROM rows_of_map
      WHERE target_code <> '' AND equivalence IN ({accept}) {target})
GROUP BY source_system, source_code
"""
AMOUNTS = "SELECT DISTINCT {amount}, {unit} FROM came WHERE {amount} IS NOT NULL AND {unit} <> ''"
MADE = """
CREATE OR REPLACE TEMP TABLE made AS SELECT {address}, {own}, {doubt} AS _doubted FROM came {joins}
"""
DOUBTED = "SELECT DISTINCT received FROM made WHERE _doubted"
ROWS = f"""
SELECT * EXCLUDE (_doubted) FROM made WHERE received NOT IN ({DOUBTED}) ORDER BY received, _row
"""  # noqa: S608  own names


class MappedVersions:
    """A plain view through maps, over many versions at once.

    Parameters
    ----------
    view
        The view, mapped.
    beneath
        The definition of the view beneath, read.

    Raises
    ------
    NotCompiled
        If it has to be read one resource at a time, and why.

    """

    def __init__(self, view: MappedView, beneath: Definition) -> None:
        self._came = ManyVersions(beneath, view.digest)
        self._view, self._names = view, [column.name for column in beneath.all_columns()]
        lowered = [column.name.lower() for column in view.columns]
        if len({*lowered, *OF_RESOURCE.names}) < len(lowered) + len(OF_RESOURCE.names):
            raise NotCompiled("columns that SQL would take for the same")
        kinds = {column.name: column.type for column in beneath.all_columns()}
        for each in view.going:
            is_code = isinstance(each, MappedColumn)
            other = each.system_column if isinstance(each, MappedColumn) else each.unit_column
            right = kinds[each.column] in (AS_TEXT if is_code else AS_AMOUNT)
            if not right or kinds.get(other, "") not in AS_TEXT:
                raise NotCompiled(f"the type of column {each.column}, which goes through a map")
            if isinstance(each, MappedColumn) and each.map not in view.terms.maps:
                raise NotCompiled(f"there is no map {each.map}")

    def read(self, con: duckdb.DuckDBPyConnection, versions: pa.Table) -> AtOnce:
        """Read versions, each with its address, `received` and `body`, on a connection."""
        found = self._came.read(con, versions)
        con.register("came", found.rows)
        own = {name: f"came.{quoted(name)}" for name in self._names}
        joins, doubts = [], ["false"]
        for n, each in enumerate(self._view.going):
            if isinstance(each, MappedColumn):
                joins.append(self._codes(con, each, f"m{n}"))
                own |= _code_cells(each, f"m{n}")
            else:
                joins.append(_amounts(con, each, f"m{n}"))
                doubts.append(f"coalesce(m{n}.doubt, false)")
                own |= _amount_cells(each, f"m{n}")
        columns = (f"{own[c.name]} AS {quoted(c.name)}" for c in self._view.columns)
        made = MADE.format(
            address=", ".join(f"came.{quoted(name)}" for name in OF_RESOURCE.names),
            own=", ".join(columns),
            doubt=" OR ".join(doubts),
            joins=" ".join(joins),
        )
        con.execute(made)
        aside = {n for (n,) in con.execute(DOUBTED).fetchall()}
        rows = con.sql(ROWS).to_arrow_table()
        con.unregister("came")
        return AtOnce(rows, found.aside | aside)

    def _codes(self, con: duckdb.DuckDBPyConnection, each: MappedColumn, into: str) -> str:
        """Make the table of what a map says on the day; give how it is joined."""
        rows = self._view.terms.rows(each.map)
        told = {name: [getattr(row, name) for row in rows] for name in ROW}
        con.register("rows_of_map", pa.table(told, pa.schema([(name, TEXT) for name in ROW])))
        accept = ", ".join(text(e) for e in each.accept if e not in NO_TRANSLATION) or "NULL"
        con.execute(
            MEANT.format(
                into=into,
                map=text(each.map),
                day=text(day_of(self._view.as_of)),
                accept=accept,
                target=f"AND target_system = {text(each.target)}" if each.target else "",
            )
        )
        con.unregister("rows_of_map")
        code = f"came.{quoted(each.column)}"
        return f"LEFT JOIN {into} ON {into}.c = {code} AND {into}.s = coalesce({_system(each)}, '')"


def _system(each: MappedColumn) -> str:
    return text(each.system) if each.system else f"came.{quoted(each.system_column)}"


def _code_cells(each: MappedColumn, of: str) -> dict[str, str]:
    code, name = f"came.{quoted(each.column)}", each.column
    is_mapped = f"{of}.word = 'mapped'"
    return {
        name: f"CASE WHEN {is_mapped} THEN {of}.code END",
        f"{name}_system": _system(each),
        f"{name}_raw": code,
        f"{name}_map": f"CASE WHEN {code} IS NULL THEN {text(NO_CODE)} "
        f"WHEN {is_mapped} THEN {of}.said ELSE coalesce({of}.word, 'unmapped') END",
    }


def _amounts(con: duckdb.DuckDBPyConnection, each: MeasuredColumn, into: str) -> str:
    """Put each different amount into its unit; give how what came of it is joined."""
    amount, unit = _amount(each), f"came.{quoted(each.unit_column)}"
    given, fits = [], []
    pairs = con.execute(AMOUNTS.format(amount=amount, unit=unit)).fetchall()
    for number, came_in in pairs:
        value = in_unit(number, came_in, each.to, molar_mass=each.molar_mass)
        is_whole = value is None or _fits(value)
        fits.append(is_whole)
        given.append(value.quantize(PLACES, context=WIDE) if value and is_whole else value)
    table = {
        "a": pa.array([number for number, _ in pairs], EXACT),
        "u": pa.array([came_in for _, came_in in pairs], TEXT),
        "given": pa.array([v if ok else None for v, ok in zip(given, fits, strict=True)], EXACT),
        "doubt": pa.array([not ok for ok in fits], YES_NO),
    }
    con.register("amounts", pa.table(table))
    con.execute(f"CREATE OR REPLACE TEMP TABLE {into} AS SELECT * FROM amounts")  # noqa: S608
    con.unregister("amounts")
    return f"LEFT JOIN {into} ON {into}.a = {amount} AND {into}.u = {unit}"


def _amount(each: MeasuredColumn) -> str:
    return f"came.{quoted(each.column)}::DECIMAL(38, 18)"


def _amount_cells(each: MeasuredColumn, of: str) -> dict[str, str]:
    name = each.column
    return {
        name: f"{of}.given",
        f"{name}_raw": _amount(each),
        f"{name}_unit": f"came.{quoted(each.unit_column)}",
        f"{name}_map": f"CASE WHEN came.{quoted(name)} IS NULL THEN {text(NO_VALUE)} "
        f"WHEN {of}.given IS NOT NULL THEN {text(each.to)} ELSE 'unmapped' END",
    }


def _fits(value: Decimal) -> bool:
    """Tell whether a decimal of the lake holds a value as it is."""
    whole = value.normalize(WIDE)
    exponent = whole.as_tuple().exponent
    return isinstance(exponent, int) and exponent >= -EXACT.scale and whole.adjusted() < BEFORE
