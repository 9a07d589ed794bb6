"""One cell of a row: the one value a column's path leads to, and of the column's type."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from attending.fhir.expression import Call, Node, This, chain, text_given
from attending.fhir.functions import Items, NoRow, Step, reference_key, text_asked
from attending.fhir.kinds import TEXTS, WHOLE
from attending.fhir.path import path

if TYPE_CHECKING:
    from attending.fhir.definition import Column

Place = Any  # a resource, or what stands in it; None where there is none
Cell = Callable[[Place, int], object]

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

    def one(place: Place, index: int) -> object:
        found = step(_items(place), index)
        if not found:
            return None
        if len(found) > 1:
            raise NoRow("many", "several values, and the column is no collection", column=name)
        if type(found[0]) not in accepted:
            raise refused(found[0])
        return found[0]

    return _shorter(column.node, accepted, one)


def _items(place: Place) -> Items:
    return [] if place is None else [place]


def _several(step: Step, accepted: frozenset[type], refused: Callable[[object], NoRow]) -> Cell:
    def several(place: Place, index: int) -> object:
        found = step(_items(place), index)
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
    if not isinstance(node, Call):
        return otherwise
    of, names = chain(node.of)
    if isinstance(of, This) and str in accepted:
        if node.name == "getReferenceKey":
            return _reference(names, text_given(node), otherwise)
        if node.name == "getResourceKey" and not names:
            return _own_key(otherwise)
    if isinstance(of, Call) and of.name == "where" and node.name == "first" and len(names) == 1:
        return _of_the_only(of, names[0], accepted, otherwise)
    return otherwise


def _straight(names: tuple[str, ...], accepted: frozenset[type], otherwise: Cell) -> Cell:
    """Walk objects only, as most paths do on most resources; a list takes the long way."""

    def read(place: Place, index: int) -> object:
        node = place
        for name in names:
            if type(node) is not dict:
                return otherwise(place, index) if type(node) is list else None
            node = node.get(name)
            if node is None:
                return None
        return node if type(node) in accepted else otherwise(place, index)

    return read if len(names) > 1 else _member(names[0], accepted, otherwise)


def _member(name: str, accepted: frozenset[type], otherwise: Cell) -> Cell:
    def read(place: Place, index: int) -> object:
        if type(place) is dict:
            value = place.get(name)
            if value is None or type(value) in accepted:
                return value
        return otherwise(place, index)

    return read


def _of_the_only(where: Call, name: str, accepted: frozenset[type], otherwise: Cell) -> Cell:
    """Read ``a.b.where(c = 'text').d.first()`` where one of the list of objects says the text."""
    of, names = chain(where.of)
    asked = text_asked(where.args[0])
    if asked is None or not isinstance(of, This):
        return otherwise
    key, wanted = asked

    def read(place: Place, index: int) -> object:
        node, only = place, None
        for step in names:
            if type(node) is not dict:
                return otherwise(place, index)
            node = node.get(step)
        if type(node) is not list:
            return otherwise(place, index)
        for each in node:
            said = each.get(key) if type(each) is dict else None
            if type(said) is not str or (said == wanted and only is not None):
                return otherwise(place, index)
            if said == wanted:
                only = each
        value = None if only is None else only.get(name)
        return value if value is None or type(value) in accepted else otherwise(place, index)

    return read


def _reference(names: tuple[str, ...], wanted: str, otherwise: Cell) -> Cell:
    key_of = reference_key(wanted)

    def read(place: Place, index: int) -> object:
        node = place
        for name in names:
            if type(node) is not dict:
                break
            node = node.get(name)
        return otherwise(place, index) if type(node) is list else key_of(node)

    return read


def _own_key(otherwise: Cell) -> Cell:
    def read(place: Place, index: int) -> object:
        if type(place) is dict:
            kind, name = place.get("resourceType"), place.get("id")
            if type(kind) is str and type(name) is str:
                return f"{kind}/{name}"
        return otherwise(place, index)

    return read
