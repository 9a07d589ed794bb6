"""A view whose codes and amounts come out in the hospital's own: the same in gateway and lake.

It is a view like any other, of the same name, with another digest: a map's new version, or a day
on which one of its rows began or ended, gives other rows, and what was read by the old ones can
still be told from it.
"""

from __future__ import annotations

from datetime import UTC
from hashlib import sha256
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import msgspec

from attending.errors import NoSuchName, Refused
from attending.fhir.mapped import BESIDE, MappedColumn, MeasuredColumn, cells, measured_cells
from attending.fhir.terms import Terms

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

NO_TERMS = Terms(())
TEXT, NUMBER = "string", "decimal"
OF_THE_CHECK = ("allowed_unmapped", "holds", "might_be", "of_column", "person_column")
Going = MappedColumn | MeasuredColumn


class Column(NamedTuple):
    """A column of a view: its name, its FHIR type, and whether it holds a list."""

    name: str
    type: str = TEXT
    collection: bool = False


class Flat(Protocol):
    """What is asked of the view beneath."""

    @property
    def name(self) -> str:
        """Give its name."""
        ...

    @property
    def resource(self) -> str:
        """Give the type of resource that it reads."""
        ...

    @property
    def digest(self) -> str:
        """Give the digest of its definition."""
        ...

    @property
    def columns(self) -> Sequence[Any]:
        """Give its columns, each with a name, a type and whether it holds a list."""
        ...

    def rows(self, resource: dict[str, Any], /) -> list[dict[str, Any]]:
        """Give its rows of one resource."""
        ...


class MappedView(NamedTuple):
    """A view, and what its columns go through; see `mapped_view`."""

    beneath: Flat
    going: tuple[Going, ...]
    terms: Terms
    as_of: str
    columns: tuple[Column, ...]
    digest: str

    @property
    def name(self) -> str:
        """Give the view's name."""
        return self.beneath.name

    @property
    def resource(self) -> str:
        """Give the type of resource that it reads."""
        return self.beneath.resource

    def rows(self, resource: dict[str, Any], /) -> list[dict[str, Any]]:
        """Give the view's rows of one resource, mapped."""
        return [self._mapped(row) for row in self.beneath.rows(resource)]

    def _mapped(self, row: dict[str, Any]) -> dict[str, Any]:
        told = dict(row)
        for each in self.going:
            if isinstance(each, MappedColumn):
                told |= cells(row, each, self.terms, self.as_of)
            else:
                told |= measured_cells(row, each)
        return {column.name: told[column.name] for column in self.columns}


class Through(NamedTuple):
    """What columns of views go through on the way to a feature, and the maps.

    Attributes
    ----------
    going
        Columns of any views; nothing where features read rows as they come.
    terms
        The maps that they name.

    """

    going: tuple[Going, ...] = ()
    terms: Terms = NO_TERMS

    def on(self, view: Flat, moment: datetime) -> Flat:
        """Give a view as it is read on a moment's day, in UTC: mapped, or as it is."""
        if all(each.view != view.name for each in self.going):
            return view
        return mapped_view(view, self.going, self.terms, moment.astimezone(UTC).date().isoformat())


def mapped_view(view: Flat, going: Iterable[Going], terms: Terms, as_of: str) -> MappedView:
    """Give a view whose declared columns go through maps or into a unit.

    Parameters
    ----------
    view
        The view beneath.
    going
        Columns of any views; those of this one are taken.
    terms
        The maps.
    as_of
        The day whose maps hold.

    Raises
    ------
    NoSuchName
        A column that the view does not have.
    Refused
        A column that holds lists, or a view that has a column where one must stand beside another.

    """
    mine = tuple(each for each in going if each.view == view.name)
    there = {each.name: each for each in view.columns}
    beside: dict[str, list[Column]] = {}
    for each in mine:
        for needed in _needed(each):
            if needed not in there:
                raise NoSuchName(needed, f"the columns of {view.name}", there)
            if there[needed].collection:
                raise Refused(f"{view.name}.{needed} holds a list; one code or amount is mapped")
        beside[each.column] = [
            column for column in _beside(each) if not _is_there(column, each, there, view.name)
        ]
    amounts = {each.column for each in mine if isinstance(each, MeasuredColumn)}
    columns: list[Column] = []
    for column in view.columns:
        kind = TEXT if column.name in beside else column.type
        kind = NUMBER if column.name in amounts else kind
        columns += [Column(column.name, kind, column.collection), *beside.get(column.name, ())]
    meant = (view.digest, terms.digest, terms.settled(as_of), [_meaning(each) for each in mine])
    told = sha256(msgspec.json.encode(meant, order="sorted")).hexdigest()
    return MappedView(view, mine, terms, as_of, tuple(columns), told)


def _meaning(each: Going) -> dict[str, Any]:
    """Give what changes a row: how many may be left over, and who waits then, do not."""
    plain: dict[str, Any] = msgspec.to_builtins(each)
    return {name: value for name, value in plain.items() if name not in OF_THE_CHECK}


def _needed(each: Going) -> tuple[str, ...]:
    if isinstance(each, MappedColumn):
        others: tuple[str, ...] = (each.system_column,)
    else:
        others = (each.unit_column, each.of_column, each.person_column)
    return (each.column, *(other for other in others if other))


def _beside(each: Going) -> list[Column]:
    kinds = [kind for kind in BESIDE if kind != _absent(each)]
    raw = TEXT if isinstance(each, MappedColumn) else NUMBER
    return [Column(f"{each.column}_{kind}", raw if kind == "raw" else TEXT) for kind in kinds]


def _absent(each: Going) -> str:
    return "unit" if isinstance(each, MappedColumn) else "system"


def _is_there(column: Column, each: Going, there: dict[str, Any], view: str) -> bool:
    """Tell whether the view has a column already, which may only be what stands there anyway."""
    if column.name not in there:
        return False
    if column.name in _needed(each):
        return True
    raise Refused(f"{view}.{column.name} is a column already; give it another name")
