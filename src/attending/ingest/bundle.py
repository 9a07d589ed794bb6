"""A FHIR Bundle opened: its resources and its deletes, in the order in which they came true.

Each entry's resource is one; an entry whose request is DELETE says that a resource is no more.
A history lists what is newest first, and is read from its end. Entries that only ask (GET, HEAD)
bring nothing, and neither do mere answers. PATCH is set aside: what it changes is not in the
bundle. Where a resource says no time, the answer to its entry does. References by a bundle's own
names for its entries lead to ``Type/id``. Each resource keeps the offset of its own bytes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import msgspec

from attending import shapes
from attending.fhir.bundled import led, names
from attending.fhir.decode import Malformed, decode_exact
from attending.ingest.feed import is_id, moment, resource
from attending.ingest.resource_types import RESOURCE_TYPES
from attending.lake.clinical.received import LAST_UPDATED, RECEIPT, Aside, Received

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from attending.ingest.feed import Hints

ASKS_ONLY = ("GET", "HEAD")
CHANGES = ("", "POST", "PUT")


class Request(msgspec.Struct):
    """What an entry asks for."""

    method: str = ""
    url: str = ""


class Response(msgspec.Struct, rename="camel"):
    """What was answered to it."""

    last_modified: str | None = None


class Entry(msgspec.Struct):
    """One entry; its resource is left as its bytes."""

    resource: msgspec.Raw = msgspec.Raw()
    request: Request = msgspec.field(default_factory=Request)
    response: Response | None = None


class Bundle(msgspec.Struct, rename="camel"):
    """What is read of a bundle."""

    resource_type: str = ""
    type: str = ""
    entry: list[msgspec.Raw] = []


class Own(NamedTuple):
    """What a bundle says that its entries are read by.

    Attributes
    ----------
    hints
        What is declared of the feed.
    names
        What its own names for its entries lead to.

    """

    hints: Hints
    names: Mapping[bytes, bytes]


def opened(raw: bytes, offset: int, hints: Hints) -> Iterator[Received | Aside]:
    """Give what a bundle brings, or why it cannot be read.

    Parameters
    ----------
    raw
        The bytes of one bundle.
    offset
        Where they lie in the raw file.
    hints
        What is declared of the feed.

    """
    try:
        tree = decode_exact(raw)  # a key said twice between the entries would be read two ways
        bundle = shapes.decode(raw, Bundle)
    except Malformed as error:
        yield Aside(offset, len(raw), "decode", error.reason)
        return
    except msgspec.MsgspecError:
        yield Aside(offset, len(raw), "shape", "not_a_bundle")
        return
    if bundle.resource_type != "Bundle":
        yield Aside(offset, len(raw), "shape", "not_a_bundle", "resourceType")
        return
    entries = list(_entries(bundle, raw))
    own = Own(hints, names(tree))
    for entry, place in reversed(entries) if bundle.type == "history" else entries:
        yield from _of(entry, offset + place, own)


def _entries(bundle: Bundle, raw: bytes) -> Iterator[tuple[bytes, int]]:
    """Give each entry's bytes and where they lie; entries stand in the file in their order."""
    end = 0
    for entry in bundle.entry:
        own = bytes(entry)
        offset = raw.find(own, end)
        end = offset + len(own)
        yield own, offset


def _of(raw: bytes, offset: int, own: Own) -> Iterator[Received | Aside]:
    try:
        entry = shapes.decode(raw, Entry)
    except msgspec.MsgspecError:
        yield Aside(offset, len(raw), "shape", "not_a_bundle", "entry")
        return
    method, resource_bytes = entry.request.method.upper(), bytes(entry.resource)
    if method in ASKS_ONLY:
        return
    if method == "DELETE":
        yield _deleted(entry, offset, len(raw))
    elif method not in CHANGES:
        yield Aside(offset, len(raw), "shape", "unsupported_change", "request.method")
    elif resource_bytes:
        yield _told(entry, offset + raw.find(resource_bytes), own)
    elif method or entry.response is None:
        yield Aside(offset, len(raw), "shape", "not_an_object", "entry.resource")


def _told(entry: Entry, offset: int, own: Own) -> Received | Aside:
    """Read an entry's resource; where that says no time, by the time of the answer to it."""
    raw = bytes(entry.resource)
    found = resource(led(raw, own.names), offset, own.hints)._replace(length=len(raw))
    if isinstance(found, Aside) or found.known_at is not None:
        return found
    try:
        known = _answered(entry)
    except ValueError as error:
        return Aside(offset, len(raw), "shape", "illegal_time", str(error))
    return found if known is None else found._replace(known_at=known, clock=LAST_UPDATED)


def _answered(entry: Entry) -> datetime | None:
    """Give when a server says that it took an entry in; None where it does not."""
    told = None if entry.response is None else entry.response.last_modified
    return None if told is None else moment(told, "response.lastModified")


def _deleted(entry: Entry, offset: int, length: int) -> Received | Aside:
    """Read a delete: of `Type/id`, whatever address stands before it or version behind it."""
    url = entry.request.url.strip("/").partition("/_history/")[0]
    kind, _, name = ("/".join(url.split("/")[-2:]) if "://" in url else url).partition("/")
    if kind not in RESOURCE_TYPES:
        return Aside(offset, length, "shape", "unknown_type", "request.url")
    if not is_id(name):
        return Aside(offset, length, "shape", "illegal_id", "request.url")
    try:
        known = _answered(entry)
    except ValueError as error:
        return Aside(offset, length, "shape", "illegal_time", str(error))
    clock = RECEIPT if known is None else LAST_UPDATED
    return Received(offset, length, kind, name, "", "", "delete", known, clock)
