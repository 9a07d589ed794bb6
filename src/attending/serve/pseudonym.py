"""Names for people and calls that tell nothing without the key.

A pseudonym is an HMAC under the site system's key: the same person has the same one on
every gateway that holds the key, and nobody can try names without it. Kinds are kept
apart, so a user and a patient of the same number never look alike.

An id of a prediction is random with a keyed check inside. A gateway can so tell a card
that some gateway of this system issued from one that none did, and needs no memory of it.
"""

from __future__ import annotations

import hmac
import os
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

from attending.errors import Refused
from attending.ledger.durable_file import write_durably
from attending.ledger.key_file import key_in
from attending.ledger.randomness import random_bytes

if TYPE_CHECKING:
    from _hashlib import HASH

VARIABLE = "ATTENDING_PSEUDONYM_KEY"
AGAIN = f"{VARIABLE}=FILE, the key that this store began with"
RUN = "a store on which `attending up` or `attending serve` has run"
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
        inner, outer = self._keyed
        inner, outer = inner.copy(), outer.copy()
        inner.update(text.encode())
        outer.update(inner.digest())
        return outer.digest()


def pseudonyms_of(store: Path, *, drawn: bytes | None = None, begins: bool = True) -> Pseudonyms:
    """Give the keyed names of a store.

    The key lies in the file that ``ATTENDING_PSEUDONYM_KEY`` names, away from the store, or else
    in ``gateway/pseudonym.key``. The store keeps what the key is called, never more: under another
    key everybody would become somebody else.

    Parameters
    ----------
    store
        The store's folder.
    drawn
        The key to keep where there is none yet; random unless a story hands one in.
    begins
        Whether a store without a key gets one.

    Raises
    ------
    Refused
        The key of this store is not there, is another one, lies in two places, or others may
        read it.

    """
    own = store / "gateway"
    called = own / "pseudonym.name"
    path = _key_file(own)
    if not path.exists():
        if called.exists():
            because, accepted = "the key of this store's pseudonyms is not there", AGAIN
            raise Refused(because, where=str(path), accepted=[accepted])
        if not begins:
            because, accepted = "no gateway has run on this store: it has no pseudonyms", RUN
            raise Refused(because, where=str(path), accepted=[accepted])
    own.mkdir(mode=0o700, parents=True, exist_ok=True)
    key = key_in(path, drawn=drawn)
    name = hmac.digest(key, b"the name of this key", "sha256").hex()[:WIDTH]
    if not called.exists():
        write_durably(called, name.encode())
    elif called.read_text("ascii").strip() != name:
        because = "this is not the key that this store's pseudonyms were made with"
        raise Refused(because, where=str(path), accepted=[AGAIN])
    return Pseudonyms(key)


def _key_file(own: Path) -> Path:
    """Give where a store's key lies; in one place only."""
    inside, told = own / "pseudonym.key", os.environ.get(VARIABLE, "")
    path = Path(told).expanduser() if told else inside
    if path.resolve() == inside.resolve():
        return inside
    if inside.exists():
        because = "this store holds a key of pseudonyms itself"
        raise Refused(because, where=str(inside), accepted=[f"it alone, moved to {path}"])
    if not path.parent.is_dir():
        raise Refused("there is no folder to keep the key of pseudonyms in", where=str(path.parent))
    return path


def _halves(key: bytes) -> tuple[HASH, HASH]:
    """Begin both hashes of HMAC-SHA256 (RFC 2104) once, to be copied for each name."""
    block = (key if len(key) <= BLOCK else sha256(key).digest()).ljust(BLOCK, b"\0")
    return sha256(bytes(b ^ 0x36 for b in block)), sha256(bytes(b ^ 0x5C for b in block))


def _uuid(raw: bytes) -> str:
    """Write 16 bytes as a UUID, with the bits of version 4 set as RFC 9562 says."""
    name = (raw[:6] + bytes((raw[6] & 0x0F | 0x40, raw[7], raw[8] & 0x3F | 0x80)) + raw[9:]).hex()
    return f"{name[:8]}-{name[8:12]}-{name[12:16]}-{name[16:20]}-{name[20:]}"
