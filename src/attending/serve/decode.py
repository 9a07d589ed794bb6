"""JSON from outside, read once and strictly.

Refused: what is nested deeper than a cap, a key said twice (two readers would take two
different values), NaN and infinities, numbers past a double, lone surrogates, a byte
order mark, anything after the value. No message quotes the input. The size is capped
before the bytes come here.
"""

from __future__ import annotations

import re
from itertools import accumulate
from typing import Any

import msgspec

from attending.errors import Refused

DEPTH = 64  # FHIR resources stay under 20; a parser's own stack is the next limit
_TEXT = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)
_STEP = {ord("{"): 1, ord("["): 1, ord("}"): -1, ord("]"): -1}
_NOT_BRACKETS = bytes(b for b in range(256) if b not in _STEP)
_decode = msgspec.json.Decoder().decode


class Malformed(Refused):
    """Not JSON that two readers would read alike."""


def decode(raw: bytes) -> dict[str, object]:
    """Read one JSON object.

    Raises
    ------
    Malformed
        With a reason that holds nothing of the input.

    """
    bare = _bare(raw)
    brackets = bare.translate(None, _NOT_BRACKETS)
    if len(brackets) > DEPTH and max(accumulate(map(_STEP.__getitem__, brackets))) > DEPTH:
        raise Malformed(f"nested deeper than {DEPTH}")
    try:
        value = _decode(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise Malformed("not JSON in UTF-8") from None
    if not isinstance(value, dict):
        raise Malformed("not a JSON object")
    if _n_keys(value) != bare.count(b":"):
        raise Malformed("a key is said twice")
    return value


def _bare(raw: bytes) -> bytes:
    """Leave out all text: every colon is then a key's, and every bracket is real."""
    if b"\\" in raw:
        return _TEXT.sub(b"", raw)
    return b"".join(raw.split(b'"')[::2])  # nothing is escaped: every other part is text


def _n_keys(value: object) -> int:
    n = 0
    waiting: list[Any] = [value]
    for each in waiting:  # the list grows while it is walked
        kind = type(each)  # JSON gives exact types, and `is` is the cheapest question
        if kind is dict:
            n += len(each)
            waiting += each.values()
        elif kind is list:
            waiting += each
    return n


def n_leaves(value: object) -> int:
    """Count the values of a tree that are neither an object nor a list."""
    n = 0
    waiting: list[Any] = [value]
    for each in waiting:
        kind = type(each)
        if kind is dict:
            waiting += each.values()
        elif kind is list:
            waiting += each
        elif each is not None:
            n += 1
    return n
