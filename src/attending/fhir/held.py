"""Resources on their way to rows of views: what they are called, and from when they were known.

One code for the gateway, which is sent them, and for the lake, which holds them: an answer can
be made again only if both name a resource and its rows alike.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from attending.fhir.feature import Row, moment_of
from attending.fhir.number import version
from attending.fhir.view import NoRow

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from attending.fhir.mapped_view import Flat
    from attending.fhir.project import Projection


class Held(NamedTuple):
    """One resource, cut down: ``Type/id@version``, and from when it was known."""

    key: str
    id: str
    known_at: datetime | None
    tree: dict[str, object]


def held(
    resource: dict[str, object], projection: Projection, kind: str, at: datetime
) -> Held | None:
    """Cut a resource of a type down to what is declared; None if it is no such resource.

    Parameters
    ----------
    resource
        As `decode_exact` read it.
    projection
        What the views read, and nothing else.
    kind
        The FHIR type wanted.
    at
        The moment taken for known where the resource itself says none.

    """
    name = resource.get("id")
    if resource.get("resourceType") != kind or not isinstance(name, str):
        return None
    tree = projection.cut(resource).tree
    if tree is None:
        return None
    return Held(f"{kind}/{name}@{version(resource)}", name, known_at(resource) or at, tree)


def known_at(resource: Mapping[str, object]) -> datetime | None:
    """Give when a resource says it was last updated; None where it does not."""
    meta = resource.get("meta")
    return moment_of(meta.get("lastUpdated")) if isinstance(meta, dict) else None


def newest(told: Iterable[Held]) -> list[Held]:
    """Keep one of each resource: what was known last; of two known at once, by version."""
    last: dict[str, Held] = {}
    for each in told:
        there = last.get(each.id)
        if there is None or (each.known_at, each.key) > (there.known_at, there.key):
            last[each.id] = each
    return list(last.values())


def rows_of(each: Flat, told: Iterable[Held]) -> list[Row] | None:
    """Give a view's rows of some resources; None where one could not be read.

    A resource that a view cannot read is not left out: without it a `last` would be an
    earlier one, and nobody would know.
    """
    rows: list[Row] = []
    for one in told:
        try:
            found = each.rows(one.tree)
        except NoRow:
            return None
        rows += [
            Row(f"{one.key}#{place}", one.id, place, one.known_at, values)
            for place, values in enumerate(found)
        ]
    return rows
