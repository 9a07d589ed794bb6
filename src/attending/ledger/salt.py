"""Where a leaf's salt comes from.

In service it is random: nobody who holds a leaf hash can confirm a guess at the
fact. In a replay, a story or the demo it is derived from a seed, so that the same
rows give the same tree, byte for byte.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable

from attending.ledger.randomness import random_bytes

SALT_BYTES = 16

Salt = Callable[[int], bytes]


def random_salt() -> Salt:
    """Salt each leaf from the operating system's randomness."""
    return lambda _index: random_bytes(SALT_BYTES)


def derived_salt(seed: bytes) -> Salt:
    """Salt leaf `index` with HMAC-SHA256(seed, index), cut to 16 bytes.

    For replayed ledgers only: whoever has the seed can confirm a guess.
    """

    def salt(index: int) -> bytes:
        return hmac.digest(seed, index.to_bytes(8, "big"), "sha256")[:SALT_BYTES]

    return salt
