"""One cell of a row: the one value a column's path leads to, and of the column's type."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING

from attending.fhir.expression import This, chain
from attending.fhir.functions import Items, NoRow, Step
from attending.fhir.kinds import TEXTS, WHOLE
from attending.fhir.path import path

if TYPE_CHECKING:
    from attending.fhir.definition import Column

Cell = Callable[[Items, int], object]

_ANY = frozenset({str, bool, int, Decimal, float})
_OF = {
    **dict.fromkeys(TEXTS, frozenset({str})),
    **dict.fromkeys(WHOLE, frozenset({int})),
    "boolean": frozenset({bool}),
    "decimal": frozenset({int, Decimal, float}),
    "": _ANY,
}


def cell(column: Column) -> Cell:
    """Build the function of a column's cell.

    A column that is no collection refuses several values; every column refuses an object, and
    a value that is not of its type.
    """
    step, accepted, name = path(column.node, column.type), _OF[column.type], column.name

    def refused(value: object) -> NoRow:
        reason = "wrong_type" if type(value) in _ANY else "not_a_value"
        kind = column.type or "text, number or boolean"
        return NoRow(reason, f"what the path leads to is no {kind}", column=name)

    if column.collection:
        return _several(step, accepted, refused)

    def one(items: Items, index: int) -> object:
        found = step(items, index)
        if not found:
            return None
        if len(found) > 1:
            raise NoRow("many", "several values, and the column is no collection", column=name)
        if type(found[0]) not in accepted:
            raise refused(found[0])
        return found[0]

    of, names = chain(column.node)
    return _straight(names, accepted, one) if names and isinstance(of, This) else one


def _several(step: Step, accepted: frozenset[type], refused: Callable[[object], NoRow]) -> Cell:
    def several(items: Items, index: int) -> object:
        found = step(items, index)
        for value in found:
            if type(value) not in accepted:
                raise refused(value)
        return list(found)

    return several


def _straight(names: tuple[str, ...], accepted: frozenset[type], otherwise: Cell) -> Cell:
    """Walk objects only, as most paths do on most resources; a list takes the long way."""

    def read(items: Items, index: int) -> object:
        if not items:
            return None
        node = items[0]
        for name in names:
            if type(node) is not dict:
                return otherwise(items, index) if type(node) is list else None
            node = node.get(name)
            if node is None:
                return None
        return node if type(node) in accepted else otherwise(items, index)

    return read
