"""A view: from a resource to flat rows, by a ViewDefinition of SQL on FHIR v2.

One way of reading serves the lake and the gateway. Read resources with `decode_exact`: a float
has lost how exactly a number was said.

A resource that has no rows by a rule of the view (two values where a column holds one, a text
where a number is declared) is refused whole. A row with a hole in it would look like one where
nothing was measured.
"""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import msgspec

from attending.fhir.cells import Cell, cell
from attending.fhir.definition import Column, Definition, NotAView, Selection, definition
from attending.fhir.functions import Items, NoRow, Step, single
from attending.fhir.path import path
from attending.fhir.plain import why_not_plain

if TYPE_CHECKING:
    from attending.fhir.expression import Node

__all__ = ["Column", "NoRow", "NotAView", "Value", "View", "view"]

Value = Any  # str, bool, int, Decimal or float; None; or a list of them in a collection column
MOST_ROWS = 100_000  # of one resource: lists multiply, beside and in each other; memory is finite
_canonical = msgspec.json.Encoder(order="sorted", decimal_format="number").encode

Rows = list[tuple[Value, ...]]


class View(msgspec.Struct, frozen=True):
    """A view that can be applied.

    Attributes
    ----------
    name, resource
        What it is called, and the type of resource its rows are of.
    columns
        In the order of a row.
    digest
        SHA-256, in hexadecimal, of what the view means; descriptions do not change it.
    why_not_plain
        Why one query over declared columns cannot give the same rows; "" where it can.
    definition
        What was read.

    """

    name: str
    resource: str
    columns: tuple[Column, ...]
    digest: str
    why_not_plain: str
    definition: Definition
    names: tuple[str, ...]
    conditions: tuple[Step, ...]
    body: Callable[[Items, int], Rows]

    @property
    def plain(self) -> bool:
        """Tell whether one query can give the same rows."""
        return not self.why_not_plain

    def rows(self, resource: dict[str, object]) -> list[dict[str, Value]]:
        """Give the rows of a resource by column; none if it is of another type.

        Raises
        ------
        NoRow
            If a rule of the view cannot be kept; the resource is then without rows.

        """
        names = self.names
        return [dict(zip(names, row, strict=True)) for row in self.tuples(resource)]

    def tuples(self, resource: dict[str, object]) -> Rows:
        """Give the rows of a resource, each in the order of the columns, as `rows` does."""
        if resource.get("resourceType") != self.resource:
            return []
        items: Items = [resource]
        for condition in self.conditions:
            answer = single(condition(items, 0))
            if answer is None or answer is False:
                return []
            if answer is not True:
                raise NoRow("not_boolean", "a condition of the view is no boolean")
        return self.body(items, 0)


def view(raw: object, *, where: str = "") -> View:
    """Read a ViewDefinition and make it ready.

    Parameters
    ----------
    raw
        The definition, as an object.
    where
        Where it was written, for the error a person reads.

    Raises
    ------
    NotAView
        For what is no view, with the place in it.

    """
    read = definition(raw, where=where)
    columns = read.all_columns()
    return View(
        name=read.name,
        resource=read.resource,
        columns=columns,
        digest=sha256(_canonical(read.means)).hexdigest(),
        why_not_plain=why_not_plain(read),
        definition=read,
        names=tuple(each.name for each in columns),
        conditions=tuple(path(node) for node in read.conditions),
        body=_body(Selection(selects=read.selects)),
    )


def _body(selection: Selection) -> Callable[[Items, int], Rows]:
    """Build what gives the rows of a selection for one place in the resource."""
    once = _once(selection)
    if not selection.iteration:
        return once
    if selection.iteration == "repeat":
        return _each(_repeated(selection.over), once, or_null=False)
    return _each(path(selection.over[0]), once, or_null=selection.iteration == "forEachOrNull")


def _each(
    over: Step, once: Callable[[Items, int], Rows], *, or_null: bool
) -> Callable[[Items, int], Rows]:
    def rows(items: Items, index: int) -> Rows:
        found: Rows = []
        places = over(items, index)
        for i, place in enumerate(places):
            found += once([place], i)
            if len(found) > MOST_ROWS:
                raise _too_many()
        return once([], 0) if or_null and not places else found

    return rows


def _too_many() -> NoRow:
    return NoRow("too_many_rows", f"more than {MOST_ROWS:,} rows of one resource")


def _repeated(over: tuple[Node, ...]) -> Step:
    """Build what gives a place's descendants, each before its own, as a reader would list them."""
    steps = [path(node) for node in over]

    def found(items: Items, index: int) -> Items:
        out: Items = []
        waiting = [below for step in reversed(steps) for below in reversed(step(items, index))]
        while waiting:
            place = waiting.pop()
            out.append(place)
            waiting += [
                below for step in reversed(steps) for below in reversed(step([place], index))
            ]
        return out

    return found


def _once(selection: Selection) -> Callable[[Items, int], Rows]:
    """Build what joins columns with the rows of what stands below, each with each."""
    cells = tuple(cell(column) for column in selection.columns)
    below = [_body(part) for part in selection.selects]
    if selection.unions:
        below.append(_union([_body(part) for part in selection.unions]))
    if not below:
        return _cells(cells)
    if len(below) == 1 and not cells:
        return below[0]
    first = _cells(cells)

    def rows(items: Items, index: int) -> Rows:
        found = first(items, index) if cells else [()]
        for part in below:
            beside = part(items, index)
            if len(found) * len(beside) > MOST_ROWS:
                raise _too_many()
            found = [left + right for left in found for right in beside]
        return found

    return rows


def _cells(cells: tuple[Cell, ...]) -> Callable[[Items, int], Rows]:
    def rows(items: Items, index: int) -> Rows:
        place = items[0] if items else None  # never more: rows are made place by place
        return [tuple([read(place, index) for read in cells])]

    return rows


def _union(branches: list[Callable[[Items, int], Rows]]) -> Callable[[Items, int], Rows]:
    return lambda items, index: [row for part in branches for row in part(items, index)]
