"""What a bundle calls its own entries, and references by those names led to where they lead.

A bundle may name an entry by a URN of its own making, ``urn:uuid:…``, and refer to it so. Outside
the bundle that name leads nowhere: FHIR has whoever takes the bundle in put ``Type/id`` in its
place. Nothing else of a resource is touched, and a name that no entry has stays as it is.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from attending.fhir.decode import LONGEST, Malformed, decode_exact

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

MARK = b"\xef\xbb\xbf"  # of a byte order, with which some programs begin a file
# Quotation marks inside a text are escaped, so that no text can look like a key and its value.
_SAID = re.compile(rb'("reference"\s*:\s*")(urn:[^"\\]*)(?=")')
_PLAIN = re.compile(r"[A-Z][A-Za-z]*/[A-Za-z0-9.-]{1,64}", re.ASCII)


def names(bundle: Mapping[str, object]) -> dict[bytes, bytes]:
    """Give what each entry with a URN is: by the URN, ``Type/id``.

    A URN that two entries claim, and that would lead to two resources, leads nowhere.
    """
    found: dict[str, set[str]] = {}
    entries = bundle.get("entry")
    for entry in entries if isinstance(entries, list) else ():
        own = entry.get("resource") if isinstance(entry, dict) else None
        if not isinstance(own, dict):
            continue
        name, key = entry.get("fullUrl"), f"{own.get('resourceType')}/{own.get('id')}"
        if isinstance(name, str) and name.startswith("urn:"):
            found.setdefault(name, set()).add(key if _PLAIN.fullmatch(key) else "")
    return {
        name.encode(): key.encode()
        for name, keys in found.items()
        if len(keys) == 1 and (key := next(iter(keys)))
    }


def led(raw: bytes, by: Mapping[bytes, bytes]) -> bytes:
    """Give the text of a resource with each reference by such a name led to what has it."""
    if not by or b'"urn:' not in raw:
        return raw
    return _SAID.sub(lambda said: said[1] + by.get(said[2], said[2]), raw)


class Named(NamedTuple):
    """What the names of one bundle lead to, and where in its file it lies."""

    names: Mapping[bytes, bytes]
    begin: int
    end: int


NOWHERE = Named({}, 0, 0)


def names_at(pieces: Iterable[bytes], at: int) -> Named:
    """Give the names in the bundle in which an offset lies: a file, or a line of one.

    There are none where it is no bundle that could have been taken in.
    """
    held, start = bytearray(), 0
    for piece in pieces:
        held += piece
        if len(held) <= LONGEST:
            continue
        is_before = start + len(held) <= at  # no bundle is that long, but a line of the file may be
        begin = held.rfind(b"\n", 0, len(held) if is_before else at - start) + 1
        begin = begin or is_before * len(held)
        del held[:begin]
        start += begin
        if not is_before and (len(held) > LONGEST or held.find(b"\n", at - start) >= 0):
            break
    if start == 0 and len(held) <= LONGEST:
        try:
            return Named(names(decode_exact(bytes(held).removeprefix(MARK))), 0, len(held))
        except Malformed:
            pass
    begin, end = held.rfind(b"\n", 0, at - start) + 1, held.find(b"\n", at - start)
    line = bytes(held[begin : end if end >= 0 else len(held)])
    try:
        found = names(decode_exact(line.removeprefix(MARK).strip()))
    except Malformed:
        found = {}
    return Named(found, start + begin, start + begin + len(line))
