"""Builds resources from segments, row by row of a segment's table.

A field that repeats makes one entry of the first list on its path for each repetition;
where there is no list, the first repetition stands and the others are counted. Of two rows
that write the same element, the first holds. An element that the shape does not have is not
written. A code goes through the vocabulary that its row names: as a bare code it is written
only if it is mapped; as a concept it stands beside what the sender said.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple

from attending.ingest.hl7v2.made import Body, Made, Pointer
from attending.ingest.hl7v2.message import part_of
from attending.ingest.hl7v2.seeing import Around, AtField, InType
from attending.ingest.hl7v2.shape import PRIMITIVE, RESOURCES, SHAPES, Element
from attending.ingest.hl7v2.target import Step
from attending.ingest.hl7v2.values import (
    COMPARATORS,
    authority,
    authority_of,
    coding_system,
    first,
    local,
    scalar,
)

if TYPE_CHECKING:
    from datetime import tzinfo

    from attending.ingest.hl7v2.condition import Place
    from attending.ingest.hl7v2.message import Component, Repetition
    from attending.ingest.hl7v2.tables import Coded, Row, Tables

TYPE_MAP = re.compile(r"([A-Z]{2,3})\[([A-Za-z]+)(?:[-.][\w.-]+)?\]")
DEEPEST = 12  # steps from a field to a leaf, type maps within type maps counted
MOST_REPETITIONS = 1000  # of one field; what is beyond is counted and not carried
LEVELS = "123456"  # of a location, from the bed outward, as the table of PL numbers them
OWN = Element("Element", is_list=False, is_required=False)
ITSELF = Step("", "1")  # `[1].given`; `[2].given` would be a second thing made of one value
WHOLE = frozenset({"$value", "$this"})
QUOTES_CODES = frozenset({"Coding", "Extension"})
# Where the assigning authority of an identifier stands, by the type that holds it.
AUTHORITY = {"CX": 4, "XCN": 9, "XON": 6, "CNN": 9}


class Spot(NamedTuple):
    """Where on a tree a path has come: the object, its type, and one element of it."""

    parent: Body
    kind: str  # of the parent
    name: str  # empty: the object itself
    element: Element
    key: tuple[object, ...] = ()  # of its entry, where the element is a list


class Turn(NamedTuple):
    """Which application of a table this is, of which repetition, how deep in type maps."""

    number: int
    repetition: int = 0
    deep: int = 0

    def deeper(self) -> Turn:
        """Go one type map down, where no repetition counts any more."""
        return Turn(self.number, 0, self.deep + 1)


class Thing(NamedTuple):
    """An object that is written to, and its type."""

    body: Body
    kind: str


class Builder:
    """Applies tables to segments; keeps what it made beside what it was asked to make.

    Parameters
    ----------
    tables
        The tables.
    zone
        What the feed declares for times that name no zone.

    """

    def __init__(self, tables: Tables, zone: tzinfo | None) -> None:
        self._tables = tables
        self._zone = zone
        self._entries: dict[tuple[object, ...], Any] = {}
        self._turn = 0
        self.linked: list[Made] = []
        self.unsaid: Counter[str] = Counter()  # what a message said and nothing was made of

    def apply(self, name: str, made: Made, around: Around) -> None:
        """Apply the table of a segment, as PID[Patient], to a resource."""
        self._turn += 1
        for row in self._tables.segments.get(name, ()):
            if row.source is None or row.source.of != around.segment.name:
                continue
            values = around.segment.field(row.source.number)
            if len(values) > MOST_REPETITIONS:
                self.unsaid["repetitions"] += 1
            for turn, value in enumerate(values[:MOST_REPETITIONS]):
                if row.holds(AtField(around, row.source, value)):
                    said = _component(value, row.source.component)
                    self._write(row, said, Thing(made.body, made.kind), Turn(self._turn, turn))

    def refer(self, owner: Made, path: str, other: Made) -> None:
        """Let one resource refer to another, where the shape has such a place."""
        body, kind = owner.body, owner.kind
        *steps, last = path.split(".")
        for name in steps:
            element = SHAPES[kind].get(name)
            if element is None or element.kind in PRIMITIVE:
                return
            body, kind = self._entry(body, name, element, (id(body), name, id(other))), element.kind
        element = SHAPES[kind].get(last)
        if element is None or element.kind != "Reference":
            return
        said = {"reference": Pointer(other)}
        if not element.is_list:
            body.setdefault(last, said)
        elif said not in body.setdefault(last, []):
            body[last].append(said)

    def _write(self, row: Row, value: Repetition, thing: Thing, turn: Turn) -> None:
        """Write what one row says of one value."""
        if not value:
            return
        if row.target.steps[0].name.startswith("$"):
            self._whole(row, value, thing, turn)
            return
        spot = self._descend(row.target.steps, thing, turn)
        if spot is None:
            return
        is_said = bool(row.target.constant or row.assigned)
        if is_said and spot.element.kind in PRIMITIVE:
            self._put_text(spot, row.target.constant or self._joined(row, value), row)
        elif row.type_map and turn.deep < DEEPEST:
            self._put_mapped(spot, value, row, turn)
        elif spot.element.kind in PRIMITIVE:
            self._put_text(spot, first(value), row)

    def _whole(self, row: Row, value: Repetition, thing: Thing, turn: Turn) -> None:
        """Apply a type map to the thing itself, where it makes one of its kind."""
        said = TYPE_MAP.fullmatch(row.type_map)
        is_this = row.target.steps[0].name == "$this" and turn.deep < DEEPEST
        if is_this and said and said[2] == thing.kind:
            self._type(row.type_map, value, thing, turn)

    # -- Going down a path ---------------------------------------------------------------

    def _descend(self, steps: tuple[Step, ...], thing: Thing, turn: Turn) -> Spot | None:
        """Go down to the last element; the repetition counts for the first list met."""
        body, kind = thing
        steps = _own_steps(steps, kind)
        repetition = turn.repetition
        for at, step in enumerate(steps):
            element = SHAPES[kind].get(step.name)
            if element is None:
                return None
            is_last = at == len(steps) - 1
            key = (id(body), step.name, step.nth, turn.number, repetition)
            if is_last and not step.into:
                if repetition and not element.is_list:
                    self.unsaid["repetitions"] += 1
                    return None
                return Spot(body, kind, step.name, element, key)
            if element.kind in PRIMITIVE:  # a primitive's own extension stands beside it
                body, kind = self._entry(body, f"_{step.name}", OWN, key), OWN.kind
                continue
            body, kind = self._entry(body, step.name, element, key), element.kind
            repetition = 0 if element.is_list else repetition
            if step.into:
                made = self._linked(body, step.into)
                if made is None:
                    return None
                body, kind = made.body, made.kind
        return Spot(body, kind, "", Element(kind, is_list=False, is_required=False))

    def _entry(self, body: Body, name: str, element: Element, key: tuple[object, ...]) -> Body:
        """Give the object at an element; a list gets one entry for each key."""
        if not element.is_list:
            found: Body = body.setdefault(name, {})
            return found
        if key not in self._entries:
            self._entries[key] = {}
            body.setdefault(name, []).append(self._entries[key])
        entry: Body = self._entries[key]
        return entry

    def _linked(self, reference: Body, kind: str) -> Made | None:
        """Give the resource that a reference leads to; one is made if there is none yet."""
        if kind not in RESOURCES:
            return None
        pointer = reference.get("reference")
        if isinstance(pointer, Pointer):
            return pointer.to if pointer.to.kind == kind else None
        made = Made(kind)
        reference["reference"] = Pointer(made)
        self.linked.append(made)
        return made

    # -- Writing at its end --------------------------------------------------------------

    def _put_text(self, spot: Spot, text: str, row: Row) -> None:
        """Write a text as the element's type, through the vocabulary its row names."""
        name = spot.name
        if spot.element.kind not in PRIMITIVE or not text or not _may_say(spot, text, row):
            return
        if row.vocabulary in self._tables.codes:
            coded = self._tables.codes[row.vocabulary].get(text)
            if coded is None:
                self.unsaid["code"] += 1
                if (spot.kind, name) != ("Coding", "code"):
                    return  # a bare code that is not mapped says nothing in FHIR
            else:
                text = coded.code
                if (spot.kind, name) == ("Coding", "code") and coded.system:
                    spot.parent.setdefault("system", coded.system)
        if name == "system" and spot.element.kind == "uri" and ":" not in text:
            text = local(text) if spot.kind == "Identifier" else coding_system(text)
        value = scalar(spot.element.kind, text, self._zone)
        if value is None:
            self.unsaid["value"] += 1
        elif spot.element.is_list:
            if spot.key not in self._entries:
                self._entries[spot.key] = value
                spot.parent.setdefault(name, []).append(value)
        else:
            spot.parent.setdefault(name, value)

    def _put_mapped(self, spot: Spot, value: Repetition, row: Row, turn: Turn) -> None:
        """Write a value through the table of its data type."""
        said = TYPE_MAP.fullmatch(row.type_map)
        name = spot.name
        if said is None:
            return
        kind = "Quantity" if said[2] == "SimpleQuantity" else said[2]
        wanted = spot.element.kind
        if wanted in PRIMITIVE:
            if kind == spot.kind:  # the table of a part writes into the whole
                self._type(row.type_map, value, Thing(spot.parent, spot.kind), turn)
            text = self._text(row.type_map, value)
            self._put_text(spot, text, row)
        elif kind.lower() == wanted.lower():
            if not name and said[1] == "PL":
                self._location(row.type_map, value, spot, turn)
                return
            body = self._entry(spot.parent, name, spot.element, spot.key) if name else spot.parent
            self._type(row.type_map, value, Thing(body, wanted), turn)
            self._translate(body, wanted, first(value), row.vocabulary)

    def _type(self, name: str, value: Repetition, thing: Thing, turn: Turn) -> None:
        """Apply the table of a data type, as CX[Identifier], to a body."""
        for row in self._tables.types.get(name.lower(), ()):
            inner = value if row.source is None else _inside(value, row.source)
            if row.holds(InType(value)):
                self._write(row, inner, thing, turn.deeper())
        self._authority(name, value, *thing)

    def _text(self, name: str, value: Repetition) -> str:
        """Give the one text that a type's table makes of a value: its row for the whole."""
        for row in self._tables.types.get(name.lower(), ()):
            is_whole = row.target.steps[0].name in WHOLE
            if is_whole and row.source is not None and row.holds(InType(value)):
                inner = _inside(value, row.source)
                if inner:
                    return self._joined(row, value) if row.assigned else first(inner)
        return first(value)

    def _joined(self, row: Row, value: Repetition) -> str:
        """Join the texts and places that a row assigns."""
        parts = [
            part if isinstance(part, str) else part_of(value, part.component or part.number)
            for part in row.assigned
        ]
        return re.sub(r" {2,}", " ", "".join(parts)).strip()

    def _authority(self, name: str, value: Repetition, body: Body, kind: str) -> None:
        """Say who assigned an identifier; the tables leave that to the reader."""
        source = name.partition("[")[0]
        held = body if kind == "Identifier" else next(iter(body.get("identifier", ())), None)
        if not isinstance(held, dict) or "value" not in held or "system" in held:
            return
        if source == "EI":
            system = authority(*(part_of(value, number) for number in (2, 3, 4)))
        elif source in AUTHORITY and len(value) >= AUTHORITY[source]:
            system = authority_of(value[AUTHORITY[source] - 1])
        else:
            return
        if system:
            held["system"] = system

    def _translate(self, body: Body, kind: str, code: str, vocabulary: str) -> None:
        """Put what a code means in FHIR beside, and before, what the sender said."""
        known = self._tables.codes.get(vocabulary)
        if not known or not code:
            return
        coded = known.get(code)
        if coded is None:
            self.unsaid["code"] += 1
        elif kind == "CodeableConcept":
            codings: list[Body] = body.setdefault("coding", [])
            said = _coding(coded)
            if not any(_same(said, one) for one in codings):
                codings.insert(0, said)
        elif kind == "Coding":
            body.clear()
            body.update(_coding(coded))

    def _location(self, name: str, value: Repetition, spot: Spot, turn: Turn) -> None:
        """Make the levels of a place, from the bed outward, each part of the next."""
        rows = self._tables.types.get(name.lower(), ())
        levels: list[Made] = []
        for level in LEVELS:
            made = Made("Location", spot.parent) if not levels else Made("Location")
            before = dict(made.body)
            for row in rows:
                step = row.target.steps[0]
                is_here = not step.name and step.nth == level and len(row.target.steps) > 1
                if not is_here or row.source is None:
                    continue
                if row.holds(InType(value)):
                    own = row._replace(target=row.target._replace(steps=row.target.steps[1:]))
                    inner = _inside(value, row.source)
                    self._write(own, inner, Thing(made.body, "Location"), turn.deeper())
            if "identifier" not in made.body:
                made.body.clear()
                made.body.update(before)
                continue
            if levels:
                levels[-1].body["partOf"] = {"reference": Pointer(made)}
                self.linked.append(made)
            levels.append(made)


def _own_steps(steps: tuple[Step, ...], kind: str) -> tuple[Step, ...]:
    """Leave out steps that only name the thing itself: `Quantity.unit` within a Quantity."""
    if len(steps) > 1 and (steps[0].name == kind or steps[0] == ITSELF):
        return steps[1:]
    return steps


def _may_say(spot: Spot, text: str, row: Row) -> bool:
    """Tell whether a text of a message may stand here as it is.

    An address of an extension comes from the tables alone, and so do codes, but for those
    that a coding or a unit quotes from its own system, and the signs of a comparison.
    """
    if row.assigned or row.target.constant or row.vocabulary:
        return True
    if (spot.kind, spot.name) == ("Extension", "url"):
        return False
    if spot.element.kind != "code" or spot.kind in QUOTES_CODES:
        return True
    if (spot.kind, spot.name) == ("Quantity", "code"):
        return True
    return spot.name == "comparator" and text in COMPARATORS


def _component(value: Repetition, number: int) -> Repetition:
    """Give one component of a repetition as a value of its own; all of it for 0."""
    if not number:
        return value
    return _parts(value[number - 1]) if number <= len(value) else ()


def _inside(value: Repetition, place: Place) -> Repetition:
    """Give what a place within a data type holds, as a value of its own."""
    if not place.number:
        return value
    return _parts(value[place.number - 1]) if place.number <= len(value) else ()


def _parts(component: Component) -> Repetition:
    return tuple((part,) for part in component) if any(component) else ()


def _coding(coded: Coded) -> Body:
    said = {"system": coded.system, "code": coded.code, "display": coded.display}
    return {name: text for name, text in said.items() if text}


def _same(one: Body, other: Body) -> bool:
    return (one.get("system"), one.get("code")) == (other.get("system"), other.get("code"))
