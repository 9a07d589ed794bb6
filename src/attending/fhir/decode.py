"""JSON from outside, read once and strictly: one reader for the gateway and for ingest.

Refused: what is longer, nested deeper or holds more values than a cap, a key said twice (two
readers would take two different values), NaN and infinities, numbers past a double, lone
surrogates, a byte order mark, anything after the value. No message quotes the input.

The same bytes are refused whichever way they are read. They differ in numbers alone: `decode`
gives floats, which is what an engine takes and costs no call for each number; `decode_exact`
gives decimals as they were written, for in FHIR 1.00 says more than 1.0.
"""

from __future__ import annotations

import re
from decimal import Decimal
from itertools import accumulate
from typing import TYPE_CHECKING, Any, Literal, get_args

import msgspec

from attending.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Callable

DEPTH = 64  # FHIR resources stay under 20; a parser's own stack is the next limit
LONGEST = 16 * 2**20  # bytes of one resource or bundle; a reader of lines need buffer no more
MOST_VALUES = 2**19  # in real bundles each has 30 bytes; one of two bytes takes a hundred once read
Reason = Literal["too_long", "too_deep", "too_wide", "not_json", "not_an_object", "said_twice"]
REASONS: tuple[Reason, ...] = get_args(Reason)
_FAR = re.compile(rb"[eE][+-]?[0-9]*[1-9][0-9]{3}")  # 1e1000 and beyond, or as near to nothing
_INFINITIES = (float("inf"), float("-inf"))
NEAR = 300  # digits of a number that is not far where it has no exponent: a double has 309
_STEP = {ord("{"): 1, ord("["): 1, ord("}"): -1, ord("]"): -1}
_ONE_KIND = bytes.maketrans(b"[]{}", b"()()")
_NOT_BRACKETS = bytes(b for b in range(256) if b not in _STEP)
_NOT_SIGNS = bytes(b for b in range(256) if b not in {*_STEP, ord('"')})


class Malformed(Refused):
    """Not JSON that two readers would read alike; `reason` is one of `REASONS`."""

    def __init__(self, reason: Reason, what: str) -> None:
        self.reason = reason
        super().__init__(what)


def _nearly(text: str) -> float:
    if "e" in text or "E" in text or len(text) > NEAR:
        _refuse_far(text)
    return float(text)


def _exactly(text: str) -> Decimal:
    if "e" in text or "E" in text or len(text) > NEAR:
        _refuse_far(text)
    return Decimal(text)


def _refuse_far(text: str) -> None:
    if float(text) in _INFINITIES or _FAR.search(text.encode()):
        raise ValueError  # which the decoder turns into its own


_decode = msgspec.json.Decoder(float_hook=_nearly).decode
_decode_near = msgspec.json.Decoder().decode  # for numbers that surely are not far
_SHAPE = bytes.maketrans(b"123456789+-E", b"00000000000e")
_FAR_SHAPE = b"0e0000"
MOST_LOOKED_AT = 8  # texts that look like a far number, before all are read with care
_decode_exact = msgspec.json.Decoder(float_hook=_exactly).decode
_said = msgspec.json.Encoder(decimal_format="number").encode


def decode(raw: bytes) -> dict[str, object]:
    """Read one JSON object; numbers become int or float.

    Raises
    ------
    Malformed
        With a reason that holds nothing of the input.

    """
    raw = _narrow(raw)
    value = None if _may_be_far(raw) else _at_once(raw, _decode_near)
    return _read(raw, _decode) if value is None else value


def _may_be_far(raw: bytes) -> bool:
    """Tell whether a digit, the sign of an exponent and what may be four digits follow each other.

    What stands in a text is no number: where nothing is escaped, an odd number of quotes comes
    before it. One random UUID in five looks like such a number.
    """
    shape = raw.translate(_SHAPE)
    at = shape.find(_FAR_SHAPE)
    if at < 0 or b"\\" in raw:
        return at >= 0
    for _ in range(MOST_LOOKED_AT):
        if not raw.count(b'"', 0, at) % 2:
            return True
        end = raw.find(b'"', at)
        at = shape.find(_FAR_SHAPE, end) if end >= 0 else -1
        if at < 0:
            return False
    return True


def decode_exact(raw: bytes) -> dict[str, object]:
    """Read one JSON object; numbers become int, or Decimal where they have a point or exponent.

    Raises
    ------
    Malformed
        With a reason that holds nothing of the input.

    """
    return _read(_narrow(raw), _decode_exact)


def _read(raw: bytes, reader: Callable[[bytes], object]) -> dict[str, object]:
    value = _at_once(raw, reader)
    return _with_care(raw, reader) if value is None else value


def _at_once(raw: bytes, reader: Callable[[bytes], object]) -> dict[str, object] | None:
    """Read what is plainly well said; None where more has to be asked.

    Where nothing is escaped, a text begins and ends with its only two quotes. So what is written
    again from the value has as many as what was sent, unless a key was said twice and lost. Most
    is written again as it came, byte for byte, and no quote need be counted.
    """
    if len(raw) > LONGEST or b"\\" in raw:
        return None
    signs = raw.translate(None, _NOT_SIGNS)
    n_quotes = signs.count(b'"')
    if len(signs) - n_quotes > DEPTH and not _is_shallow(signs):
        return None
    try:
        value = reader(raw)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None
    if type(value) is not dict:
        return None
    said = _said(value)
    return value if said == raw or said.count(b'"') == n_quotes else None


def _is_shallow(signs: bytes) -> bool:
    """Tell whether brackets that match are surely no deeper than the cap; nothing is escaped.

    Of the text only brackets and quotes are left. Two quotes that meet begin and end a text
    without brackets, or end one and begin the next: where all go in pairs, every bracket has an
    even number before it, and stands outside of text.
    """
    left = signs.replace(b'""', b"")
    if b'"' in left:
        left = b"".join(signs.split(b'"')[::2])
    left = left.translate(_ONE_KIND)
    for _ in range(DEPTH):  # the innermost go, one level at a time
        left = left.replace(b"()", b"")
        if not left:
            return True
    return False


def _with_care(raw: bytes, reader: Callable[[bytes], object]) -> dict[str, object]:
    """Read anything, or say why it is refused; the reasons are asked in this order."""
    if len(raw) > LONGEST:
        raise Malformed("too_long", f"longer than {LONGEST} bytes")
    bare = _bare(raw)
    brackets = bare.translate(None, _NOT_BRACKETS)
    if len(brackets) > DEPTH and max(accumulate(map(_STEP.__getitem__, brackets))) > DEPTH:
        raise Malformed("too_deep", f"nested deeper than {DEPTH}")
    if _FAR.search(bare):
        raise Malformed("not_json", "not JSON in UTF-8, or a number past a double")
    try:
        value = reader(raw)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        raise Malformed("not_json", "not JSON in UTF-8, or a number past a double") from None
    if not isinstance(value, dict):
        raise Malformed("not_an_object", "not a JSON object")
    if _n_keys(value) != bare.count(b":"):
        raise Malformed("said_twice", "a key is said twice")
    return value


def _narrow(raw: bytes) -> bytes:
    """Give bytes back that hold no more values than a reader has memory for.

    Each value but one follows a comma or opens with a bracket. What is short cannot hold too many.
    """
    if not MOST_VALUES < len(raw) <= LONGEST or _n_signs(raw) <= MOST_VALUES:
        return raw
    plain = _unescaped(raw)
    # a value has a key and a text of its own at most: two pairs of quotes
    bare = _bare(plain) if plain.count(b'"') <= 4 * MOST_VALUES else None
    if bare is None or (_n_signs(bare) > MOST_VALUES and not _is_deep(bare)):
        raise Malformed("too_wide", f"more than {MOST_VALUES:,} values")
    return raw


def _is_deep(bare: bytes) -> bool:
    """Tell whether it is refused for its depth, which is asked first."""
    brackets = bare.translate(None, _NOT_BRACKETS)
    return max(accumulate(map(_STEP.__getitem__, brackets)), default=0) > DEPTH


def _n_signs(raw: bytes) -> int:
    return raw.count(b",") + raw.count(b"[") + raw.count(b"{")


def _unescaped(raw: bytes) -> bytes:
    """Leave out what is escaped by a backslash, so that each quote begins or ends a text."""
    return raw.replace(b"\\\\", b"").replace(b'\\"', b"") if b"\\" in raw else raw


def _bare(raw: bytes) -> bytes:
    """Leave out all text: every colon is then a key's, and every bracket is real."""
    return b"".join(_unescaped(raw).split(b'"')[::2])


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
