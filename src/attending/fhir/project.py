"""What one use case may see of a resource: what its views read, and nothing else (C44).

The paths are taken from the views themselves, so nobody keeps a second list that could say more.
The result is a new tree, built from the elements that are read; never a copy from which the rest
was taken out, which would let through whatever nobody thought of.

Kept besides: a resource's type, an extension's address, and how many elements stand at a place
that is iterated or walked through, each as an object with nothing in it that is not read. So a
view gives the same rows of the cut resource as of the whole one, but where a structured value is
longer than 512 characters: that is free text, whatever its name.
"""

from __future__ import annotations

import re
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import msgspec

from attending.fhir.declared import Declared, Place
from attending.fhir.decode import n_leaves
from attending.fhir.free_text import LONGEST
from attending.fhir.reading import read

if TYPE_CHECKING:
    from collections.abc import Iterable

    from attending.fhir.view import View

OTHER = "(other)"  # what is counted under no name: a name from outside may itself tell something
MOST_NAMES = 64
_NAME = re.compile(r"_?[a-z][A-Za-z0-9]{0,39}")
_canonical = msgspec.json.Encoder(order="sorted").encode


class Cut(msgspec.Struct, frozen=True):
    """What may be seen of a resource, and how much may not.

    Attributes
    ----------
    tree
        A new resource, or None if nothing of its type was declared.
    dropped
        By the name of the element: how many values were left out there.

    """

    tree: dict[str, Any] | None
    dropped: dict[str, int]


class State:
    """What may be seen at one place, and where it goes on; made of all paths that lead there."""

    def __init__(self, places: Iterable[Place]) -> None:
        self.places = tuple(places)
        self.leaf = any(place.leaf for place in self.places)
        self.is_resource = any(place.is_resource for place in self.places)
        self.members: dict[str, State] = {}
        self.kinds: dict[str, State] = {}
        self.urls: dict[str, State] = {}


class Projection(msgspec.Struct, frozen=True):
    """The elements that a purpose allows.

    Attributes
    ----------
    elements
        By type of resource: the paths whose values are read.
    free_text
        Whether free text may be read.
    digest
        SHA-256, in hexadecimal, of both.

    """

    elements: dict[str, tuple[str, ...]]
    free_text: bool
    digest: str
    states: dict[str, State]

    def cut(self, resource: dict[str, Any]) -> Cut:
        """Build what may be seen of a resource, or of each resource in a bundle."""
        dropped: dict[str, int] = {}
        kind = resource.get("resourceType")
        if kind == "Bundle" and "Bundle" not in self.states:
            return Cut(self._bundle(resource, dropped), dropped)
        state = self.states.get(kind) if isinstance(kind, str) else None
        if state is None:
            _count(dropped, OTHER, resource)
            return Cut(None, dropped)
        return Cut(_Cutting(dropped, free_text=self.free_text).built(state, resource), dropped)

    def _bundle(self, bundle: dict[str, Any], dropped: dict[str, int]) -> dict[str, Any]:
        entries = bundle.get("entry")
        kept = []
        _count_rest(dropped, bundle, ("entry", "resourceType"))
        for entry in entries if isinstance(entries, list) else [entries]:
            resource = entry.get("resource") if isinstance(entry, dict) else None
            if not isinstance(entry, dict) or not isinstance(resource, dict):
                _count(dropped, "entry", entry)
                continue
            _count_rest(dropped, entry, ("resource",))
            cut = self.cut(resource)
            for name, n in cut.dropped.items():
                dropped[name] = dropped.get(name, 0) + n
            if cut.tree is not None:
                kept.append({"resource": cut.tree})
        return {"resourceType": "Bundle", "entry": kept}


def project(
    views: Iterable[View], extra_paths: Iterable[tuple[str, str]] = (), *, free_text: bool = False
) -> Projection:
    """Compile what views read into what may be seen.

    Parameters
    ----------
    views
        The views of one use case.
    extra_paths
        Paths read beside views, each with its type of resource.
    free_text
        Whether the use case says that it reads free text.

    Raises
    ------
    Refused
        For a path into narrative, into an extension without its address, into a contained
        resource without its type, to an element of any type, or to free text where the use case
        does not say that it reads it.

    """
    declared: dict[str, Declared] = {}

    def of(kind: str) -> Declared:
        return declared.setdefault(kind, Declared(kind, free_text=free_text))

    for each in views:
        of(each.resource).add(each.definition)
    for kind, text in extra_paths:
        reader = of(kind)
        reader.read(read(text, {}, root=kind), [reader.root])
    elements = {kind: each.leaves() for kind, each in sorted(declared.items())}
    said = {"elements": elements, "free_text": free_text}
    return Projection(
        elements=elements,
        free_text=free_text,
        digest=sha256(_canonical(said)).hexdigest(),
        states={kind: _compiled(each.root) for kind, each in declared.items()},
    )


def _compiled(root: Place) -> State:
    """Join paths that share a way, so that at every place one look-up tells what may be seen."""
    start = State([root])
    made = {frozenset([id(root)]): start}
    waiting = [start]
    for state in waiting:  # the list grows while it is walked
        labels = sorted({label for place in state.places for label in place.ways})
        for what, name in labels:
            there = {
                id(each): each
                for place in state.places
                for each in place.ways.get((what, name), ())
            }
            key = frozenset(there)
            if key not in made:
                made[key] = State(there.values())
                waiting.append(made[key])
            ways = {"member": state.members, "kind": state.kinds, "url": state.urls}[what]
            ways[name] = made[key]
    return start


class _Cutting:
    """One resource being cut."""

    def __init__(self, dropped: dict[str, int], *, free_text: bool) -> None:
        self._dropped, self._free_text = dropped, free_text

    def built(self, state: State, value: dict[str, Any]) -> dict[str, Any]:
        """Build an object of what may be seen in one."""
        out: dict[str, Any] = {}
        if state.is_resource:
            out["resourceType"] = value["resourceType"]
        for key, inner in value.items():
            if inner is None or (key == "resourceType" and state.is_resource):
                continue
            below = state.members.get(key)
            if below is None:
                _count(self._dropped, key, inner)
            elif type(inner) is list:
                kept = [cut for each in inner for cut in self._each(below, key, each)]
                if kept:
                    out[key] = kept
            else:
                for cut in self._each(below, key, inner):
                    out[key] = cut
        return out

    def _each(self, state: State, key: str, value: object) -> list[object]:
        """Give what may be seen of one element: a list of one, or of none."""
        if value is None:
            return []
        if state.kinds or state.urls:
            return self._chosen(state, key, value)
        if type(value) is dict:
            return [self.built(state, value)]
        if state.leaf and self._may_go(value):
            return [value]
        _count(self._dropped, key, value)
        # No element of FHIR is a list in a list: none of it goes further, but that it was there
        return [[]] if type(value) is list else [] if state.leaf else [{}]

    def _may_go(self, value: object) -> bool:
        if type(value) is str:
            return self._free_text or len(value) <= LONGEST
        return type(value) is not list

    def _chosen(self, state: State, key: str, value: object) -> list[object]:
        """Give a contained resource by its type, or an extension by its address."""
        named = value if type(value) is dict else {}
        kind, url = named.get("resourceType"), named.get("url")
        if isinstance(kind, str) and kind in state.kinds:
            return [self.built(state.kinds[kind], named)]
        if isinstance(url, str) and url in state.urls:
            rest = {name: each for name, each in named.items() if name != "url"}
            return [{"url": url} | self.built(state.urls[url], rest)]
        _count(self._dropped, key, value)
        return []


def _count_rest(dropped: dict[str, int], value: dict[str, Any], but: tuple[str, ...]) -> None:
    for key, inner in value.items():
        if key not in but:
            _count(dropped, key, inner)


def _count(dropped: dict[str, int], name: str, value: object) -> None:
    n = n_leaves(value)
    if n:
        known = name in dropped or (len(dropped) < MOST_NAMES and _NAME.fullmatch(name))
        name = name if known else OTHER
        dropped[name] = dropped.get(name, 0) + n
