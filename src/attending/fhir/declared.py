"""Which elements an expression reads: the paths of a view, taken from its trees.

A path is followed as it would be evaluated, from element to element, and every element whose
value is looked at is marked. What is iterated is walked through and not marked: its number is
read, and what stands in it only where a column says so. ``repeat`` leads from an element back to
itself, so paths form a graph and not a tree.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attending.errors import Refused
from attending.fhir.expression import (
    Binary,
    Call,
    Choice,
    Index,
    Literal,
    Member,
    Node,
    OfType,
    This,
    Typed,
    chain,
    text_given,
)
from attending.fhir.free_text import is_free
from attending.fhir.kinds import PRIMITIVES

if TYPE_CHECKING:
    from attending.fhir.definition import Definition, Selection

Label = tuple[str, str]  # ("member", name), ("kind", type) or ("url", address)
KEYS = {"getResourceKey": ("resourceType", "id"), "getReferenceKey": ("reference", "type")}
EXTENSIONS = ("extension", "modifierExtension")


class Place:
    """An element that a path leads to, and where one can go from it.

    Attributes
    ----------
    shown
        The path, as a person would write it.
    name
        The element's own name.
    is_resource
        Whether it is a resource, so that its ``text`` is its narrative.
    leaf
        Whether its value is read.
    ways
        Where labels lead; the same label may lead to several places.

    """

    def __init__(self, shown: str = "", name: str = "", *, is_resource: bool = False) -> None:
        self.shown, self.name, self.is_resource, self.leaf = shown, name, is_resource, False
        self.ways: dict[Label, list[Place]] = {}

    def to(self, label: Label, *, is_resource: bool = False) -> Place:
        """Give the place a label leads to, made if it was not there."""
        there = self.ways.setdefault(label, [])
        if not there:
            what, name = label
            shown = {"kind": f"ofType({name})", "url": f"extension('{name}')"}.get(what, name)
            # `extension` itself is left out of what is shown: its address says it
            before = (
                self.shown.removesuffix("extension").rstrip(".") if what == "url" else self.shown
            )
            own = name if what == "member" else self.name
            there.append(Place(f"{before}.{shown}".lstrip("."), own, is_resource=is_resource))
        return there[0]


class Declared:
    """Every element that expressions over one type of resource read.

    Parameters
    ----------
    resource
        The type.
    free_text
        Whether free text may be read.

    """

    def __init__(self, resource: str, *, free_text: bool) -> None:
        self.resource = resource
        self._free_text = free_text
        self.root = Place(is_resource=True)

    def add(self, definition: Definition) -> None:
        """Add everything that a view reads.

        Raises
        ------
        Refused
            For a path that may not be declared, and why.

        """
        for node in definition.conditions:
            self.read(node, [self.root])
        for part in definition.selects:
            self._selection(part, [self.root])

    def _selection(self, selection: Selection, at: list[Place]) -> None:
        if selection.iteration == "repeat":
            at = self._repeated(selection.over, at)
        else:
            for node in selection.over:
                at = self.follow(node, at)
        for column in selection.columns:
            self.read(column.node, at)
        for part in (*selection.selects, *selection.unions):
            self._selection(part, at)

    def _repeated(self, over: tuple[Node, ...], at: list[Place]) -> list[Place]:
        shown = " | ".join(".".join(_names(node)) for node in over)
        ends = [Place(f"repeat({shown})", _names(node)[-1]) for node in over]
        for start in (*at, *ends):
            for node, end in zip(over, ends, strict=True):
                *through, last = _names(node)
                here = start
                for name in through:
                    here = self._member(here, name)
                self._member(here, last)  # refuses what may not be declared
                there = here.ways[("member", last)]
                if end not in there:
                    there.append(end)
        return ends

    def read(self, node: Node, at: list[Place], *, presence: bool = False) -> None:
        """Mark what an expression gives: its value is read, or only that there is one."""
        for place in self.follow(node, at):
            free = is_free(place.name) and not self._free_text
            if free and not presence:
                raise Refused(
                    f"{place.shown} of {self.resource} is free text, which may name anybody",
                    accepted=["free_text: true in the use case", "a path to a code"],
                )
            place.leaf = place.leaf or not free

    def follow(self, node: Node, at: list[Place]) -> list[Place]:
        """Give the places an expression leads to; nowhere for what is computed."""
        if isinstance(node, This):
            return at
        if isinstance(node, Member | Typed):
            return [self._member(each, node.key) for each in self.follow(node.of, at)]
        if isinstance(node, Index):
            return self.follow(node.of, at)
        if isinstance(node, OfType):
            return self._of_type(node, at)
        if isinstance(node, Call):
            return self._call(node, at)
        if isinstance(node, Choice):
            raise Refused(
                f"{node.name} of {self.resource} may be of any type, free text among them",
                accepted=[f"{node.name}.ofType(Quantity)"],
            )
        if isinstance(node, Binary):
            self.read(node.left, at)
            self.read(node.right, at)
        return []

    def _member(self, of: Place, name: str) -> Place:
        if name == "div" or (name == "text" and of.is_resource):
            raise Refused(f"{name} of {self.resource} is narrative; no path leads into it")
        if name in EXTENSIONS:
            raise Refused(
                f"{name} of {self.resource} needs its address", accepted=["extension('url')"]
            )
        if name == "contained" or (name == "resource" and of.name == "entry"):
            raise Refused(
                f"{name} of {self.resource} needs its type", accepted=[f"{name}.ofType(Medication)"]
            )
        return of.to(("member", name))

    def _of_type(self, node: OfType, at: list[Place]) -> list[Place]:
        if node.kind in PRIMITIVES or isinstance(node.of, This):
            return self.follow(node.of, at)
        if not isinstance(node.of, Member) or node.of.name not in ("contained", "resource"):
            raise Refused(f"ofType({node.kind}) chooses among resources here")
        name = node.of.name
        return [
            each.to(("member", name)).to(("kind", node.kind), is_resource=True)
            for each in self.follow(node.of.of, at)
        ]

    def _call(self, node: Call, at: list[Place]) -> list[Place]:
        if node.name == "extension":
            return self._extension(node, at)
        of = node.of
        if node.name == "where" and isinstance(of, Member) and (url := _url(of, node.args)):
            return [
                each.to(("member", of.name)).to(("url", url)) for each in self.follow(of.of, at)
            ]
        there = self.follow(node.of, at)
        if node.name in KEYS:
            for each in there:
                for name in KEYS[node.name]:
                    each.to(("member", name)).leaf = True
            return []
        for condition in node.args if node.name in ("where", "exists") else ():
            self.read(condition, there)
        if node.name in ("where", "first"):
            return there
        self.read(node.of, at, presence=node.name in ("exists", "empty"))
        return []

    def _extension(self, node: Call, at: list[Place]) -> list[Place]:
        url = text_given(node)
        found = [
            each.to(("member", "extension")).to(("url", url)) for each in self.follow(node.of, at)
        ]
        if isinstance(node.of, Member | Typed):
            of = node.of
            beside = [each.to(("member", f"_{of.key}")) for each in self.follow(of.of, at)]
            found += [each.to(("member", "extension")).to(("url", url)) for each in beside]
        return found

    def leaves(self) -> tuple[str, ...]:
        """Give the paths whose values are read, in order."""
        found, seen = set(), {id(self.root)}
        waiting = [self.root]
        for place in waiting:  # the list grows while it is walked
            if place.leaf:
                found.add(place.shown)
            for each in (each for there in place.ways.values() for each in there):
                if id(each) not in seen:
                    seen.add(id(each))
                    waiting.append(each)
        return tuple(sorted(found))


def _names(node: Node) -> tuple[str, ...]:
    """Give the names of a path that ``repeat`` follows: it may hold nothing else."""
    of, names = chain(node)
    if not names or not isinstance(of, This):
        raise Refused("what is repeated must be names alone, where data is cut to a purpose")
    return names


def _url(of: Member, conditions: tuple[Node, ...]) -> str:
    """Give the address where ``extension.where(url = '...')`` says one, or ""."""
    match conditions:
        case (Binary("=", Member(This(), "url"), Literal(str(url))),) if of.name in EXTENSIONS:
            return url
    return ""
