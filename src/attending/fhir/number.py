"""The one spelling of a resource, and the version that names it.

Keys are ordered and text is written as RFC 8785 says. Numbers are not: RFC 8785 writes 1.00
and 1.0 alike, and FHIR means two measurements by them, so a decimal keeps the digits it came
with. What a server changes without changing what is said is left out: `meta.versionId`,
`meta.lastUpdated`, and `text`, which only retells the rest.
"""

from __future__ import annotations

import re
from hashlib import sha256
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping

VERSION = 16  # hexadecimal digits that name a version: 64 bits within one resource's history
_FAR_OUT = re.compile(rb"[\xf0-\xff]")
_RETOLD = ("versionId", "lastUpdated")
_sorted = msgspec.json.Encoder(order="sorted", decimal_format="number").encode
_as_given = msgspec.json.Encoder(decimal_format="number").encode


def body_bytes(body: Mapping[str, object]) -> bytes:
    """Give the one spelling of a resource that `decode_exact` read.

    Parameters
    ----------
    body
        A resource. Numbers must be int or Decimal: a float has lost what was written.

    """
    said, meta = body, body.get("meta")
    if "text" in body or (
        isinstance(meta, dict) and not (meta and meta.keys().isdisjoint(_RETOLD))
    ):
        said = _without_retold(body)
    raw = _sorted(said)
    # RFC 8785 orders keys by UTF-16, which differs only beyond U+FFFF: four bytes, from F0 on
    return raw if raw.isascii() or not _FAR_OUT.search(raw) else _as_given(_ordered(said))


def _without_retold(body: Mapping[str, object]) -> dict[str, object]:
    said = {name: value for name, value in body.items() if name != "text"}
    meta = said.get("meta")
    if isinstance(meta, dict):
        said["meta"] = {name: value for name, value in meta.items() if name not in _RETOLD}
        if not said["meta"]:
            del said["meta"]
    return said


def _ordered(value: object) -> object:
    if isinstance(value, dict):
        keys = sorted(value, key=lambda key: key.encode("utf-16-be"))
        return {key: _ordered(value[key]) for key in keys}
    return [_ordered(each) for each in value] if isinstance(value, list) else value


def body_digest(body: Mapping[str, object]) -> str:
    """Give the SHA-256 of the one spelling, in hexadecimal."""
    return sha256(body_bytes(body)).hexdigest()


def version(body: Mapping[str, object]) -> str:
    """Give the first 16 hexadecimal digits of the digest: what a resource's version is called."""
    return body_digest(body)[:VERSION]
