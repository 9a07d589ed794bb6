"""Canonical bytes and digests: one value, one spelling, one SHA-256.

Canonical bytes are RFC 8785 (JSON Canonicalization Scheme). Floats are rounded to
12 significant digits first, so that two engines that differ in the last bits of a
sum still write the same fact. NaN and infinities are refused: a fact that holds one
cannot be compared with itself.
"""

from __future__ import annotations

import math
from hashlib import sha256

import rfc8785

from attending.errors import NotCanonical

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
        return float(f"{value:.{SIGNIFICANT_DIGITS}g}")
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
    try:
        return rfc8785.dumps(rounded(value))  # type: ignore[arg-type]  # rounded() gives JSON only
    except rfc8785.CanonicalizationError as error:
        raise NotCanonical(str(error)) from error


def digest(value: object) -> str:
    """Give the SHA-256 of the canonical bytes, in hexadecimal."""
    return sha256(canonical(value)).hexdigest()
