"""Columns whose codes or units are put into the hospital's own: what they hold, and what is lost.

A mapped column keeps four cells: `<c>`, the code in the wanted system or nothing; `<c>_system`,
the system it came in; `<c>_raw`, the code as it came; and `<c>_map`, the map and version that
gave it, or the reason that none did. A measured column keeps its value in the declared unit or
nothing, with `<c>_raw`, `<c>_unit` as they came and `<c>_map`. What is not mapped is counted, and
what came is kept, but it never stands in `<c>`: no feature reads it as though it were standard.
"""

from __future__ import annotations

from decimal import Context, Decimal
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import msgspec

from attending.errors import Refused
from attending.fhir.terms import ACCEPTED, Asked, Equivalence
from attending.fhir.ucum import converted, unit

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from attending.fhir.terms import LooksUp

BESIDE = ("system", "raw", "map", "unit")  # what stands beside a mapped or measured column
NO_CODE = "no code"
NO_VALUE = "no value"
NO_ANSWER = ("unmapped", "many", "retired")
IN_UNIT = Context(prec=28)  # digits: far beyond any measurement
PLACES, IN_LAKE = Decimal("1e-18"), Context(prec=60)  # what the lake's decimals hold
SMALL = Decimal("1e-6")  # below, so many places would cost digits of the measurement

Share = Annotated[float, msgspec.Meta(ge=0, lt=1)]
Text = Annotated[str, msgspec.Meta(min_length=1)]


class MappedColumn(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A column of a view that holds codes, and which map they go through.

    Attributes
    ----------
    view, column
        Where the codes stand.
    map
        The map's name.
    system, system_column
        Whose codes they are: one system for all, or the column that names it. One of the two.
    target
        The system wanted; "" where the map leads into one only.
    accept
        Which equivalences will do.
    allowed_unmapped
        The share of rows with a code that may stay without one before a check fails.
    holds
        The use cases that wait where it fails.

    """

    view: Annotated[Text, msgspec.Meta(description="the view in which the codes stand")]
    column: Annotated[Text, msgspec.Meta(description="the column that holds the codes")]
    map: Annotated[Text, msgspec.Meta(description="the map they go through")]
    system: str = ""
    system_column: str = ""
    target: str = ""
    accept: tuple[Equivalence, ...] = ACCEPTED
    allowed_unmapped: Share = 0.0
    holds: tuple[Text, ...] = ()


class MeasuredColumn(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A column of a view that holds amounts, and the unit they are wanted in.

    Attributes
    ----------
    view, column
        Where the amounts stand.
    unit_column
        Where their units stand, as codes of UCUM.
    to
        The unit wanted, a code of UCUM.
    molar_mass
        Grams in a mol of what is measured, where some sites weigh it and others count it.
    might_be
        Other units that a source might change to without a word, codes of UCUM.
    of_column, person_column
        What is measured, where the column holds several things; and a pseudonym of whose it is.
        Without the second, numbers are not looked into.
    allowed_unmapped
        The share of rows with an amount that may stay without one before a check fails.
    holds
        The use cases that wait where it fails.

    """

    view: Annotated[Text, msgspec.Meta(description="the view in which the amounts stand")]
    column: Annotated[Text, msgspec.Meta(description="the column that holds the amounts")]
    unit_column: Annotated[Text, msgspec.Meta(description="the column that holds their units")]
    to: Annotated[Text, msgspec.Meta(description="the unit wanted, a code of UCUM: mg/dL")]
    molar_mass: Annotated[str, msgspec.Meta(pattern=r"^\d+(\.\d+)?$")] | None = None
    might_be: tuple[Text, ...] = ()
    of_column: str = ""
    person_column: str = ""
    allowed_unmapped: Share = 0.0
    holds: tuple[Text, ...] = ()


Cell = str | Decimal | None


class Counted(NamedTuple):
    """How many rows of a column held something, and what became of it.

    Attributes
    ----------
    rows
        Rows that held a code, or an amount.
    mapped, unmapped, many, retired
        Their parts.

    """

    view: str
    column: str
    rows: int = 0
    mapped: int = 0
    unmapped: int = 0
    many: int = 0
    retired: int = 0

    @property
    def violated(self) -> int:
        """How many came and could not be used."""
        return self.rows - self.mapped


def map_rows(
    rows: Iterable[Mapping[str, Any]],
    column: MappedColumn,
    terms: LooksUp,
    as_of: str,
) -> list[dict[str, Any]]:
    """Give a view's rows with four cells in place of a column of codes.

    Parameters
    ----------
    rows
        Flat rows, each with the code as it came under the column's own name.
    column
        What is wanted of it.
    terms
        The maps.
    as_of
        The day whose maps hold.

    """
    return [dict(row) | cells(row, column, terms, as_of) for row in rows]


def cells(
    row: Mapping[str, Any], column: MappedColumn, terms: LooksUp, as_of: str
) -> dict[str, str | None]:
    """Give the four cells of one row; see `map_rows`."""
    name = column.column
    raw, system = row.get(name), column.system or row.get(column.system_column)
    told = {name: None, f"{name}_system": system, f"{name}_raw": raw, f"{name}_map": NO_CODE}
    if raw is None:
        return told
    asked = Asked(column.target, column.accept)
    found = terms.lookup(column.map, system or "", str(raw), as_of, asked=asked)
    if found.word != "mapped":
        return told | {f"{name}_map": found.word}
    return told | {name: found.code, f"{name}_map": found.map}


def measure_rows(rows: Iterable[Mapping[str, Any]], column: MeasuredColumn) -> list[dict[str, Any]]:
    """Give a view's rows with four cells in place of a column of amounts.

    A unit that is no code of UCUM, or that measures something else, leaves nothing: an amount
    is never moved by a guess.
    """
    return [dict(row) | measured_cells(row, column) for row in rows]


def measured_cells(row: Mapping[str, Any], column: MeasuredColumn) -> dict[str, Cell]:
    """Give the four cells of one row; see `measure_rows`."""
    name = column.column
    raw, came_in = row.get(name), row.get(column.unit_column)
    told: dict[str, Cell] = {
        name: None,
        f"{name}_raw": raw,
        f"{name}_unit": came_in,
        f"{name}_map": NO_VALUE if raw is None else "unmapped",
    }
    given = None if raw is None else in_unit(raw, came_in, column.to, molar_mass=column.molar_mass)
    return told if given is None else told | {name: given, f"{name}_map": column.to}


def in_unit(
    amount: Decimal | int, came_in: object, to: str, *, molar_mass: str | None = None
) -> Decimal | None:
    """Give an amount in another unit, as the lake holds it; None where its own does not convert.

    Parameters
    ----------
    amount, came_in
        So many of this unit; a text that is no code of UCUM, and no text, convert into nothing.
    to
        The unit wanted, a code of UCUM.
    molar_mass
        Grams in a mol of what is measured, where one is declared.

    """
    if not isinstance(came_in, str):
        return None
    try:
        found = converted(
            amount, came_in, to, molar_mass=Decimal(molar_mass) if molar_mass else None
        )
    except Refused:
        return None
    given = IN_UNIT.divide(Decimal(found.numerator), Decimal(found.denominator))
    return given.quantize(PLACES, context=IN_LAKE) if abs(given) >= SMALL else given


def came_to_nothing(cells: Mapping[str, Any], column: str) -> bool:
    """Tell whether a row's code or amount came, and no map had one answer for it."""
    return cells.get(column) is None and cells.get(f"{column}_map") in NO_ANSWER


def mass_of(column: MeasuredColumn) -> Decimal | None:
    """Give the molar mass of what a column measures, where one is declared."""
    return Decimal(column.molar_mass) if column.molar_mass else None


def tally(rows: Iterable[Mapping[str, Any]], column: MappedColumn | MeasuredColumn) -> Counted:
    """Count what became of a column, from its own cells."""
    seen = {"mapped": 0, "unmapped": 0, "many": 0, "retired": 0}
    for row in rows:
        said = row[f"{column.column}_map"]
        if said not in (NO_CODE, NO_VALUE):
            seen[said if said in seen else "mapped"] += 1
    return Counted(column.view, column.column, sum(seen.values()), **seen)


def refuse_raw(view: str, column: str, mapped: Iterable[MappedColumn | MeasuredColumn]) -> None:
    """Refuse to read what stands beside a mapped column as though it were the column.

    A code as it came means one thing at one site and another at the next, so what a model, an
    outcome or a subgroup reads is the mapped column alone.

    Raises
    ------
    Refused
        With the column that may be read.

    """
    for each in mapped:
        name, _, beside = column.rpartition("_")
        if each.view == view and name == each.column and beside in BESIDE:
            raise Refused(
                f"{view}.{column} is what came from the source, and not what it means",
                accepted=[f"{view}.{name}"],
            )


def check_columns(mapped: Iterable[MappedColumn], measured: Iterable[MeasuredColumn]) -> None:
    """Refuse a column declared twice, one without a system, or a unit that is no unit.

    Raises
    ------
    Refused
        With what would be accepted.

    """
    columns, amounts = tuple(mapped), tuple(measured)
    seen: set[tuple[str, str]] = set()
    every: tuple[MappedColumn | MeasuredColumn, ...] = (*columns, *amounts)
    for each in every:
        where = f"{each.view}.{each.column}"
        if (each.view, each.column) in seen:
            raise Refused("a column is mapped once", where=where)
        seen.add((each.view, each.column))
    for column in columns:
        if bool(column.system) == bool(column.system_column):
            where = f"{column.view}.{column.column}"
            raise Refused("whose codes?", where=where, accepted=["system or system_column"])
    for amount in amounts:
        for other in (amount.to, *amount.might_be):
            unit(other)
        for other in amount.might_be:
            converted(1, amount.to, other, molar_mass=mass_of(amount))
