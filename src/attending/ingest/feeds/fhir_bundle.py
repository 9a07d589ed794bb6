"""A FHIR Bundle: a collection, a transaction or batch, a history, a search's answer.

Each entry's resource is one; an entry whose request is DELETE says that a resource is no more.
A history lists what is newest first, and is read from its end. Entries that only ask (GET, HEAD)
bring nothing. PATCH is set aside: what it changes is not in the bundle. Each resource keeps the
offset of its own bytes in the file; a bundle that cannot be read is set aside whole, and so is
one longer than 16 MiB, for which there is NDJSON.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from attending.fhir.decode import LONGEST, Malformed, decode_exact
from attending.ingest.feed import is_id, moment, resource
from attending.ingest.resource_types import RESOURCE_TYPES
from attending.lake.clinical.received import LAST_UPDATED, RECEIPT, Aside, Received
from attending.lake.inflate import Broken

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from attending.ingest.feed import Hints

ASKS_ONLY = ("GET", "HEAD")


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
    response: Response = msgspec.field(default_factory=Response)


class Bundle(msgspec.Struct, rename="camel"):
    """What is read of a bundle."""

    resource_type: str = ""
    type: str = ""
    entry: list[msgspec.Raw] = []


def fhir_bundle(pieces: Iterable[bytes], hints: Hints) -> Iterator[Received | Aside]:
    """Give the resources of one bundle, and the deletes, in the order in which they came true."""
    held = bytearray()
    n_read = 0
    try:
        for piece in pieces:
            n_read += len(piece)
            if n_read <= LONGEST:
                held += piece
    except Broken as error:
        yield Aside(0, error.offset, "frame", error.reason)
        return
    if n_read > LONGEST:
        yield Aside(0, n_read, "frame", "too_long")
        return
    raw = bytes(held)
    try:
        decode_exact(raw)  # a key said twice between the entries would be read two ways
        bundle = msgspec.json.decode(raw, type=Bundle)
    except Malformed as error:
        yield Aside(0, len(raw), "decode", error.reason)
        return
    except msgspec.MsgspecError:
        yield Aside(0, len(raw), "shape", "not_a_bundle")
        return
    if bundle.resource_type != "Bundle":
        yield Aside(0, len(raw), "shape", "not_a_bundle", "resourceType")
        return
    entries = list(_entries(bundle, raw))
    for own, offset in reversed(entries) if bundle.type == "history" else entries:
        yield from _of(own, offset, hints)


def _entries(bundle: Bundle, raw: bytes) -> Iterator[tuple[bytes, int]]:
    """Give each entry's bytes and where they lie; entries stand in the file in their order."""
    end = 0
    for entry in bundle.entry:
        own = bytes(entry)
        offset = raw.find(own, end)
        end = offset + len(own)
        yield own, offset


def _of(raw: bytes, offset: int, hints: Hints) -> Iterator[Received | Aside]:
    try:
        entry = msgspec.json.decode(raw, type=Entry)
    except msgspec.MsgspecError:
        yield Aside(offset, len(raw), "shape", "not_a_bundle", "entry")
        return
    method, own = entry.request.method, bytes(entry.resource)
    if method in ASKS_ONLY:
        return
    if method == "PATCH":
        yield Aside(offset, len(raw), "shape", "unsupported_change", "request.method")
    elif method == "DELETE":
        yield _deleted(entry, offset, len(raw))
    elif own:
        yield resource(own, offset + raw.find(own), hints)


def _deleted(entry: Entry, offset: int, length: int) -> Received | Aside:
    kind, _, name = entry.request.url.strip("/").partition("/")
    if kind not in RESOURCE_TYPES:
        return Aside(offset, length, "shape", "unknown_type", "request.url")
    if not is_id(name):
        return Aside(offset, length, "shape", "illegal_id", "request.url")
    told, known = entry.response.last_modified, None
    try:
        known = None if told is None else moment(told, "response.lastModified")
    except ValueError as error:
        return Aside(offset, length, "shape", "illegal_time", str(error))
    clock = RECEIPT if known is None else LAST_UPDATED
    return Received(offset, length, kind, name, "", "", "delete", known, clock)
