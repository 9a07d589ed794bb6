"""One cell of a row: the one value a column's path leads to, and of the column's type."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING

from attending.fhir.expression import Call, Node, This, chain, text_given
from attending.fhir.functions import Items, NoRow, Step, reference_key
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

    return _shorter(column.node, accepted, one)


def _several(step: Step, accepted: frozenset[type], refused: Callable[[object], NoRow]) -> Cell:
    def several(items: Items, index: int) -> object:
        found = step(items, index)
        for value in found:
            if type(value) not in accepted:
                raise refused(value)
        return list(found)

    return several


def _shorter(node: Node, accepted: frozenset[type], otherwise: Cell) -> Cell:
    """Give what reads a common path with no list built; what it cannot tell goes the long way."""
    of, names = chain(node)
    if names and isinstance(of, This):
        return _straight(names, accepted, otherwise)
    if isinstance(node, Call) and str in accepted:
        of, names = chain(node.of)
        if isinstance(of, This) and node.name == "getReferenceKey":
            return _reference(names, text_given(node), otherwise)
        if isinstance(node.of, This) and node.name == "getResourceKey":
            return _own_key(otherwise)
    return otherwise


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

    return read if len(names) > 1 else _member(names[0], accepted, otherwise)


def _member(name: str, accepted: frozenset[type], otherwise: Cell) -> Cell:
    def read(items: Items, index: int) -> object:
        if len(items) == 1 and type(items[0]) is dict:
            value = items[0].get(name)
            if value is None or type(value) in accepted:
                return value
        return otherwise(items, index)

    return read


def _reference(names: tuple[str, ...], wanted: str, otherwise: Cell) -> Cell:
    def read(items: Items, index: int) -> object:
        if not items:
            return None
        node = items[0]
        for name in names:
            if type(node) is not dict:
                break
            node = node.get(name)
        return otherwise(items, index) if type(node) is list else reference_key(node, wanted)

    return read


def _own_key(otherwise: Cell) -> Cell:
    def read(items: Items, index: int) -> object:
        if len(items) == 1 and type(items[0]) is dict:
            kind, name = items[0].get("resourceType"), items[0].get("id")
            if type(kind) is str and type(name) is str:
                return f"{kind}/{name}"
        return otherwise(items, index)

    return read
