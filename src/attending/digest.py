"""Canonical bytes and digests: one value, one spelling, one SHA-256.

Canonical bytes are RFC 8785 (JSON Canonicalization Scheme). Floats are rounded to
12 significant digits first, so that two engines that differ in the last bits of a
sum still write the same fact. NaN and infinities are refused: a fact that holds one
cannot be compared with itself.
"""

from __future__ import annotations

import math
from hashlib import sha256

import msgspec
import rfc8785

from attending.errors import NotCanonical

LARGEST = 2**53 - 1  # RFC 8785 section 3.2.2.3: integers a double can hold
WHOLE_TO = 10**21  # RFC 8785 writes a whole float below it without an exponent
PLAIN_FROM, PLAIN_TO = 1e-4, 1e15  # no JSON writer uses an exponent between them
SIGNIFICANT_DIGITS = 12  # contract C1: above any use of a figure, below the noise of its sum


def rounded(value: object) -> object:
    """Round every float in a JSON-like value; refuse what JSON cannot say.

    Raises
    ------
    NotCanonical
        For NaN, an infinity, or a type that JSON has no word for.

    """
    if isinstance(value, float):
        if not math.isfinite(value):
            raise NotCanonical(f"{value} has no canonical form; write null and say why")
        near = float(f"{value:.{SIGNIFICANT_DIGITS}g}")
        # RFC 8785 spells 12.0 as 12.
        return int(near) if near.is_integer() and abs(near) < PLAIN_TO else near
    if isinstance(value, int) and LARGEST < abs(value) < WHOLE_TO:
        near = float(f"{float(value):.{SIGNIFICANT_DIGITS}g}")
        if near == value:  # a rounded float, read back from its own spelling
            return near
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, dict):
        return {_key(k): rounded(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [rounded(v) for v in value]
    raise NotCanonical(f"{type(value).__name__} has no canonical form; use text or numbers")


def _key(key: object) -> str:
    if not isinstance(key, str):
        raise NotCanonical(f"a key must be text, not {type(key).__name__}")
    return key


def canonical(value: object) -> bytes:
    """Give the one spelling of a value: RFC 8785 over rounded floats."""
    plain = rounded(value)
    if _plainly(plain):
        return msgspec.json.encode(plain, order="sorted")
    try:
        return rfc8785.dumps(plain)  # type: ignore[arg-type]  # rounded() gives JSON only
    except rfc8785.CanonicalizationError as error:
        raise NotCanonical(str(error)) from error


def _plainly(value: object) -> bool:
    """Tell whether a general JSON writer spells a rounded value as RFC 8785 does.

    Where they differ: numbers that need an exponent, integers beyond 2**53, text outside
    printable ASCII (escapes, and the order of keys). A test compares the two spellings.
    """
    if isinstance(value, str):
        return value.isascii() and value.isprintable()
    if isinstance(value, float):
        return PLAIN_FROM <= abs(value) < PLAIN_TO or value == 0
    if isinstance(value, int):
        return -LARGEST <= value <= LARGEST
    if isinstance(value, dict):
        return all(_plainly(k) and _plainly(v) for k, v in value.items())
    if isinstance(value, list):
        return all(map(_plainly, value))
    return True


def digest(value: object) -> str:
    """Give the SHA-256 of the canonical bytes, in hexadecimal."""
    return sha256(canonical(value)).hexdigest()
