"""What a feed is: something that finds resources in a stream of bytes, and says where each lay.

It loses nothing: whatever it cannot read it gives as set aside, with its place and one word why.
It holds a bounded amount at a time, whatever it is sent.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from attending.fhir.boundary import time_of
from attending.fhir.decode import Malformed, decode_exact
from attending.fhir.number import body_digest
from attending.ingest.resource_types import RESOURCE_TYPES
from attending.lake.clinical.received import LAST_UPDATED, RECEIPT, Aside, Received

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_ID = re.compile(r"[A-Za-z0-9.-]{1,64}", re.ASCII)
_TIME = re.compile(
    r"(\d{4})(?:-(\d\d)(?:-(\d\d)(T\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d))?)?)?",
    re.ASCII,
)


class Hints(NamedTuple):
    """What is declared of a feed.

    Attributes
    ----------
    known
        The path of the element that says when a resource became known, such as ``issued`` or
        ``period.end``, where it has no ``meta.lastUpdated``; empty where none does.

    """

    known: str = ""


class Feed(Protocol):
    """How a room of `ingest/feeds` is called."""

    def __call__(self, pieces: Iterable[bytes], hints: Hints) -> Iterator[Received | Aside]:
        """Find what is in a stream, given in pieces of any size, decompressed."""
        ...


def resource(raw: bytes, offset: int, hints: Hints) -> Received | Aside:
    """Read one resource from its bytes, or say why it is none.

    Parameters
    ----------
    raw
        The bytes of one JSON object.
    offset
        Where they lie in the raw file.
    hints
        What is declared of the feed.

    """
    try:
        tree = decode_exact(raw)
    except Malformed as error:
        return Aside(offset, len(raw), "decode", error.reason)
    return shaped(tree, raw, offset, hints)


def shaped(tree: dict[str, Any], raw: bytes, offset: int, hints: Hints) -> Received | Aside:
    """Make a row of a resource that was decoded, or say what every resource has and it lacks."""
    told = lacking(tree, offset, len(raw), hints)
    if isinstance(told, Aside):
        return told
    return Received(
        offset=offset,
        length=len(raw),
        type=tree["resourceType"],
        id=tree["id"],
        body=raw.decode(),
        body_digest=body_digest(tree),
        known_at=told[0],
        clock=told[1],
    )


def lacking(
    tree: dict[str, Any], offset: int, length: int, hints: Hints
) -> Aside | tuple[datetime | None, str]:
    """Say what every resource has and this one lacks; nothing lacking, when it became known."""
    kind, name = tree.get("resourceType"), tree.get("id")
    if not isinstance(kind, str):
        return Aside(offset, length, "shape", "no_type", "resourceType")
    if kind not in RESOURCE_TYPES:
        return Aside(offset, length, "shape", "unknown_type", "resourceType")
    if not isinstance(name, str):
        return Aside(offset, length, "shape", "no_id", "id")
    if not is_id(name):
        return Aside(offset, length, "shape", "illegal_id", "id")
    try:
        return told_time(tree, hints)
    except ValueError as error:
        return Aside(offset, length, "shape", "illegal_time", str(error))


def is_id(name: str) -> bool:
    """Tell whether a text may name a resource."""
    return _ID.fullmatch(name) is not None


def told_time(tree: dict[str, Any], hints: Hints) -> tuple[datetime | None, str]:
    """Give when a resource became known and who says so; the receipt where nobody does.

    Raises
    ------
    ValueError
        What should be a time is none; the message is its path.

    """
    for path, clock in (("meta.lastUpdated", LAST_UPDATED), (hints.known, hints.known)):
        told = _first(tree, path.split(".")) if path else None
        if told is not None:
            if not isinstance(told, str):
                raise ValueError(path)
            return moment(told, path), clock
    return None, RECEIPT


def moment(told: str, path: str = "") -> datetime:
    """Give the moment by which a time is past: a day by its end, a year by its end.

    Nobody could know a thing before it was over, so that nothing is ever taken for known too
    early. A day without a zone is one of UTC.

    Raises
    ------
    ValueError
        Not a time as FHIR spells one; the message is `path`.

    """
    found = _TIME.fullmatch(told)
    if found is None:
        raise ValueError(path)
    year, month, day, time = found.groups()
    try:
        if time is not None:  # of a fraction, what is smaller than a microsecond is dropped
            return time_of(told).astimezone(UTC)
        begins = datetime(int(year), int(month or 1), int(day or 1), tzinfo=UTC)
        if day is not None:
            after = begins + timedelta(days=1)
        elif month is not None:
            after = (begins + timedelta(days=31)).replace(day=1)
        else:
            after = begins.replace(year=begins.year + 1)
        return after - timedelta(microseconds=1)
    except (ValueError, OverflowError):
        raise ValueError(path) from None


def _first(tree: object, path: list[str]) -> object:
    """Give the first value at a path of names; None where there is none."""
    for name in path:
        if isinstance(tree, list):
            tree = tree[0] if tree else None
        if not isinstance(tree, dict):
            return None
        tree = tree.get(name)
    return tree[0] if isinstance(tree, list) and tree else tree
