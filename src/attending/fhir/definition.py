"""A ViewDefinition, read strictly: what is not understood is refused, never left out.

A view that ignored a key it did not know would answer another question than the one asked.

Source: SQL on FHIR v2, ViewDefinition.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal

import msgspec

from attending.errors import Refused
from attending.fhir.expression import Constant, Literal, Node
from attending.fhir.kinds import MOMENTS, PRIMITIVES, TEXTS, WHOLE, suffixed
from attending.fhir.reading import element, read

NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
RESOURCE = re.compile(r"[A-Z][A-Za-z]{1,63}")
ABOUT = frozenset(  # what describes a view and does not change its rows
    {
        "resourceType", "id", "meta", "implicitRules", "language", "text", "extension", "url",
        "identifier", "version", "title", "status", "experimental", "date", "publisher", "contact",
        "description", "useContext", "jurisdiction", "purpose", "copyright", "copyrightLabel",
        "fhirVersion", "profile",
    }
)  # fmt: skip
MEANS = frozenset({"name", "resource", "constant", "select", "where"})
_SELECTION = frozenset(
    {"column", "select", "unionAll", "forEach", "forEachOrNull", "repeat", "id", "extension"}
)
_COLUMN = frozenset({"name", "path", "type", "collection", "description", "tag", "id", "extension"})
_CONDITION = frozenset({"path", "description", "id", "extension"})
ITERATIONS = ("forEach", "forEachOrNull", "repeat")
VALUES = {suffixed("value", kind): kind for kind in PRIMITIVES}


class NotAView(Refused):
    """A definition that is no view, or not one of those accepted."""


class Column(msgspec.Struct, frozen=True):
    """One column: `type` is a FHIR primitive type, or "" where the definition names none."""

    name: str
    path: str
    type: str
    collection: bool
    node: Node


class Selection(msgspec.Struct, frozen=True):
    """Columns, and what stands beside and below them.

    Attributes
    ----------
    columns, selects, unions
        In the order in which columns are given.
    iteration
        ``forEach``, ``forEachOrNull``, ``repeat``, or "" for once.
    over
        What is iterated: one expression, or for ``repeat`` one or more.

    """

    columns: tuple[Column, ...] = ()
    selects: tuple[Selection, ...] = ()
    unions: tuple[Selection, ...] = ()
    iteration: str = ""
    over: tuple[Node, ...] = ()

    def all_columns(self) -> tuple[Column, ...]:
        """Give the columns of a row, in order; branches of a union have the same."""
        below = [each for part in self.selects for each in part.all_columns()]
        union = self.unions[0].all_columns() if self.unions else ()
        return (*self.columns, *below, *union)


class Definition(msgspec.Struct, frozen=True):
    """A view, read: what its rows are of, which resources count, and what is selected."""

    name: str
    resource: str
    conditions: tuple[Node, ...]
    selects: tuple[Selection, ...]
    means: dict[str, object]

    def all_columns(self) -> tuple[Column, ...]:
        """Give the columns of a row, in order."""
        return tuple(each for part in self.selects for each in part.all_columns())


class _Place(msgspec.Struct, frozen=True):
    """Where in a definition one is, and what an expression there is applied to."""

    where: str
    constants: dict[str, Literal]
    root: str
    within: str = ""

    def at(self, part: str) -> _Place:
        return msgspec.structs.replace(self, where=f"{self.where}.{part}".lstrip("."))

    def refused(self, what: str, accepted: tuple[str, ...] = ()) -> NotAView:
        return NotAView(what, where=self.where, accepted=accepted)

    def read(self, text: object) -> Node:
        try:
            return read(text, self.constants, root=self.root, within=self.within)
        except NotAView:
            raise
        except Refused as error:
            raise NotAView(error.what, where=self.where, accepted=error.accepted) from None


def definition(raw: object, *, where: str = "") -> Definition:
    """Read a definition.

    Raises
    ------
    NotAView
        With the place in the definition, and what would be accepted there.

    """
    start = _Place(where, {}, "")
    known = _known(raw, MEANS | ABOUT, start)
    if known.get("resourceType", "ViewDefinition") != "ViewDefinition":
        raise start.refused("not a ViewDefinition")
    resource, name = known.get("resource"), known.get("name", "")
    if not isinstance(resource, str) or not RESOURCE.fullmatch(resource):
        raise start.at("resource").refused("a view is of one type of resource", ("Patient",))
    if not isinstance(name, str) or (name and not NAME.fullmatch(name)):
        raise start.at("name").refused(f"a name is {NAME.pattern}")
    constants = _constants(known.get("constant", []), start.at("constant"))
    place = _Place(where, constants, resource)
    conditions = tuple(
        at.read(_known(each, _CONDITION, at).get("path"))
        for at, each in _listed(known.get("where", []), place.at("where"))
    )
    selects = tuple(
        _selection(each, at) for at, each in _listed(known.get("select"), place.at("select"))
    )
    means = {key: _meaning(value) for key, value in known.items() if key in MEANS}
    found = Definition(name, resource, conditions, selects, means)
    columns = found.all_columns()
    if not columns:
        raise place.at("select").refused("a view has at least one column")
    _once([each.name for each in columns], place)
    return found


def _once(names: list[str], place: _Place) -> None:
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise place.refused(f"two columns are called {', '.join(twice)}")


def _meaning(value: object) -> object:
    """Leave out what only describes, so that a better description is no other view."""
    if isinstance(value, Mapping):
        said = ("description", "tag", "id", "extension")
        return {key: _meaning(each) for key, each in value.items() if key not in said}
    if isinstance(value, list | tuple):
        return [_meaning(each) for each in value]
    return Decimal(repr(value)) if isinstance(value, float) else value


def _known(raw: object, keys: frozenset[str], place: _Place) -> Mapping[str, object]:
    if not isinstance(raw, Mapping):
        raise place.refused("an object is expected here")
    other = sorted(str(key) for key in raw if key not in keys)
    if other:
        raise place.refused(f"unknown here: {', '.join(other)}", tuple(sorted(keys)))
    return raw


def _listed(raw: object, place: _Place) -> list[tuple[_Place, object]]:
    if not isinstance(raw, list | tuple):
        raise place.refused("a list is expected here")
    return [
        (msgspec.structs.replace(place, where=f"{place.where}[{i}]"), each)
        for i, each in enumerate(raw)
    ]


def _constants(raw: object, place: _Place) -> dict[str, Literal]:
    found: dict[str, Literal] = {}
    for at, each in _listed(raw, place):
        known = _known(each, frozenset({"name", "id", "extension", *VALUES}), at)
        name = known.get("name")
        if not isinstance(name, str) or not NAME.fullmatch(name):
            raise at.refused(f"a constant's name is {NAME.pattern}")
        values = [key for key in known if key in VALUES]
        if len(values) != 1 or name in found or name == "rowIndex":
            raise at.refused("a constant has one name and one value", tuple(sorted(VALUES)))
        found[name] = _constant(known[values[0]], VALUES[values[0]], at)
    return found


def _constant(value: object, kind: str, place: _Place) -> Literal:
    said: Constant | None = None
    if kind == "boolean":
        said = value if isinstance(value, bool) else None
    elif kind in TEXTS:
        said = value if isinstance(value, str) else None
    elif isinstance(value, bool):
        said = None
    elif kind in WHOLE or isinstance(value, int | Decimal):
        said = value if isinstance(value, int | Decimal) else None
        said = None if kind in WHOLE and not isinstance(value, int) else said
    elif isinstance(value, float):
        said = Decimal(repr(value))
    if said is None:
        raise place.refused(f"not a {kind}")
    return Literal(said, moment=kind in MOMENTS)


def _selection(raw: object, place: _Place) -> Selection:
    known = _known(raw, _SELECTION, place)
    iterated = [key for key in ITERATIONS if key in known]
    if len(iterated) > 1:
        raise place.refused(f"{' and '.join(iterated)} do not go together", ITERATIONS)
    iteration = iterated[0] if iterated else ""
    over: tuple[Node, ...] = ()
    inner = place
    if iteration:
        texts: object = known[iteration] if iteration == "repeat" else [known[iteration]]
        over = tuple(at.read(each) for at, each in _listed(texts, place.at(iteration)))
        if not over:
            raise place.at(iteration).refused("at least one expression")
        within = element(over[0]) if len(over) == 1 else ""
        inner = msgspec.structs.replace(place, root="", within=within)
    found = Selection(
        tuple(_column(each, at) for at, each in _below(known, "column", inner)),
        tuple(_selection(each, at) for at, each in _below(known, "select", inner)),
        tuple(_selection(each, at) for at, each in _below(known, "unionAll", inner)),
        iteration,
        over,
    )
    _same_columns(found.unions, place.at("unionAll"))
    return found


def _below(known: Mapping[str, object], key: str, place: _Place) -> list[tuple[_Place, object]]:
    return _listed(known.get(key, []), place.at(key))


def _same_columns(branches: tuple[Selection, ...], place: _Place) -> None:
    shapes = [
        [(each.name, each.collection) for each in branch.all_columns()] for branch in branches
    ]
    if any(shape != shapes[0] for shape in shapes):
        raise place.refused("the branches of a union have the same columns in the same order")
    for same in zip(*(branch.all_columns() for branch in branches), strict=True):
        if len({each.type for each in same if each.type}) > 1:
            raise place.refused(f"the branches give {same[0].name!r} different types")


def _column(raw: object, place: _Place) -> Column:
    known = _known(raw, _COLUMN, place)
    name, kind = known.get("name"), known.get("type", "")
    if not isinstance(name, str) or not NAME.fullmatch(name):
        raise place.refused(f"a column's name is {NAME.pattern}")
    if not isinstance(kind, str):
        raise place.refused("a type is text")
    kind = kind.rpartition("/")[2]
    if kind and kind not in PRIMITIVES:
        raise place.refused(
            f"{name!r} cannot be {kind!r}: a table is flat", tuple(sorted(PRIMITIVES))
        )
    collection = known.get("collection", False)
    if not isinstance(collection, bool):
        raise place.refused("collection is true or false")
    node = place.at("path").read(known.get("path"))
    return Column(name, str(known["path"]), kind, collection, node)
