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

_encode = msgspec.json.Encoder(order="sorted").encode


def rounded(value: object) -> object:
    """Round every float in a JSON-like value; refuse what JSON cannot say.

    Raises
    ------
    NotCanonical
        For NaN, an infinity, or a type that JSON has no word for.

    """
    return _rounded(value, [])


def _rounded(value: object, odd: list[float]) -> object:
    """Round, and put aside each number that a general JSON writer spells in its own way.

    Exact types are asked for first and most leaves without a call: this runs for every fact.
    """
    kind = type(value)
    if kind is str or kind is bool or value is None:
        return value
    if kind is dict:
        return {
            k if type(k) is str else _key(k): v
            if (each := type(v)) is str
            or v is None
            or each is bool
            or (each is int and -LARGEST <= v <= LARGEST)
            else _rounded(v, odd)
            for k, v in value.items()  # type: ignore[attr-defined]  # `kind` says so
        }
    if kind is list or kind is tuple:
        return [
            v
            if (each := type(v)) is str
            or v is None
            or each is bool
            or (each is int and -LARGEST <= v <= LARGEST)
            else _rounded(v, odd)
            for v in value  # type: ignore[attr-defined]  # same
        ]
    return _less_common(value, odd)


def _less_common(value: object, odd: list[float]) -> object:
    if isinstance(value, float):
        return _float(value, odd)
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, int):
        return _int(int(value), odd)
    if isinstance(value, dict):
        return _rounded(dict(value), odd)
    if isinstance(value, list | tuple):
        return _rounded(list(value), odd)
    raise NotCanonical(f"{type(value).__name__} has no canonical form; use text or numbers")


def _float(value: float, odd: list[float]) -> float | int:
    if not math.isfinite(value):
        raise NotCanonical(f"{value} has no canonical form; write null and say why")
    near = float(f"{value:.{SIGNIFICANT_DIGITS}g}")
    size = abs(near)
    if size < PLAIN_TO and near.is_integer():
        return int(near)  # RFC 8785 spells 12.0 as 12
    if not PLAIN_FROM <= size < PLAIN_TO:
        odd.append(near)
    return near


def _int(value: int, odd: list[float]) -> float | int:
    if -LARGEST <= value <= LARGEST:
        return value
    odd.append(value)
    if abs(value) < WHOLE_TO:
        near = float(f"{float(value):.{SIGNIFICANT_DIGITS}g}")
        if near == value:  # a rounded float, read back from its own spelling
            return near
    return value


def _key(key: object) -> str:
    if not isinstance(key, str):
        raise NotCanonical(f"a key must be text, not {type(key).__name__}")
    return str.__str__(key)


def canonical(value: object) -> bytes:
    """Give the one spelling of a value: RFC 8785 over rounded floats."""
    odd: list[float] = []
    plain = _rounded(value, odd)
    if not odd:
        # A general JSON writer spells as RFC 8785 does where no number needs an exponent or
        # lies beyond 2**53, and all text is printable ASCII: nothing is escaped then, and keys
        # sort alike. A test compares the two spellings.
        raw = _encode(plain)
        if raw.isascii() and b"\\" not in raw and b"\x7f" not in raw:
            return raw
    try:
        return rfc8785.dumps(plain)  # type: ignore[arg-type]  # rounded() gives JSON only
    except rfc8785.CanonicalizationError as error:
        raise NotCanonical(str(error)) from error


def digest(value: object) -> str:
    """Give the SHA-256 of the canonical bytes, in hexadecimal."""
    return sha256(canonical(value)).hexdigest()
