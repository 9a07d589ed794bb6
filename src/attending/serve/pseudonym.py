"""Names for people and calls that tell nothing without the key.

A pseudonym is an HMAC under the site system's key: the same person has the same one on
every gateway that holds the key, and nobody can try names without it. Kinds are kept
apart, so a user and a patient of the same number never look alike.

An id of a prediction is random with a keyed check inside. A gateway can so tell a card
that some gateway of this system issued from one that none did, and needs no memory of it.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from hashlib import sha256
from typing import TYPE_CHECKING
from uuid import UUID

from attending.errors import Refused
from attending.ledger.randomness import random_bytes

if TYPE_CHECKING:
    from _hashlib import HASH

SHORTEST_KEY = 16
BLOCK = 64  # bytes that SHA-256 takes at a time
WIDTH = 32  # hexadecimal digits of a pseudonym: 128 bits
RANDOM_BYTES = 8
Draw = Callable[[int], bytes]


class Pseudonyms:
    """Keyed names.

    Parameters
    ----------
    key
        At least 16 random bytes, kept away from the ledger.
    draw
        Where random bytes come from; a replay hands its own.

    """

    def __init__(self, key: bytes, *, draw: Draw = random_bytes) -> None:
        if len(key) < SHORTEST_KEY:
            raise Refused(f"a pseudonym key needs at least {SHORTEST_KEY} bytes")
        self._keyed = _halves(key)
        self._draw = draw

    def of(self, kind: str, name: str) -> str:
        """Give the pseudonym of a name; of no name, nothing."""
        return self._mac(f"{kind}|{name}").hex()[:WIDTH] if name else ""

    def salt(self) -> str:
        """Give random text, so that a digest of few possible values tells nothing."""
        return self._draw(16).hex()

    def share(self, use_case: str, user: str) -> float:
        """Give where a user stands between 0 and 1, the same every time for a use case.

        A share that grows only adds users: whoever was in stays in.
        """
        return int.from_bytes(self._mac(f"share|{use_case}|{user}")[:8], "big") / 2**64

    def new_prediction(self, use_case: str, site: str) -> str:
        """Give a new prediction's id, with the check inside."""
        drawn = self._draw(RANDOM_BYTES)
        return self._stamped(drawn, use_case, site)

    def issued(self, prediction: str, use_case: str, site: str) -> bool:
        """Tell whether this system issued an id, for this use case at this site."""
        try:
            drawn = UUID(prediction).bytes[8:]
        except ValueError:
            return False
        return hmac.compare_digest(self._stamped(drawn, use_case, site), prediction.lower())

    def _stamped(self, drawn: bytes, use_case: str, site: str) -> str:
        kept = bytes([drawn[0] & 0x3F]) + drawn[1:]  # a UUID's variant takes the first two bits
        check = self._mac(f"prediction|{use_case}|{site}|{kept.hex()}")[:RANDOM_BYTES]
        return _uuid(check + drawn)

    def _mac(self, text: str) -> bytes:
        inner, outer = (each.copy() for each in self._keyed)
        inner.update(text.encode())
        outer.update(inner.digest())
        return outer.digest()


def _halves(key: bytes) -> tuple[HASH, HASH]:
    """Begin both hashes of HMAC-SHA256 (RFC 2104) once, to be copied for each name."""
    block = (key if len(key) <= BLOCK else sha256(key).digest()).ljust(BLOCK, b"\0")
    return sha256(bytes(b ^ 0x36 for b in block)), sha256(bytes(b ^ 0x5C for b in block))


def _uuid(raw: bytes) -> str:
    """Write 16 bytes as a UUID, with the bits of version 4 set as RFC 9562 says."""
    name = (raw[:6] + bytes((raw[6] & 0x0F | 0x40, raw[7], raw[8] & 0x3F | 0x80)) + raw[9:]).hex()
    return f"{name[:8]}-{name[8:12]}-{name[12:16]}-{name[16:20]}-{name[20:]}"
