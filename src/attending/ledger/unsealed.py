"""What people wrote, opened for whoever holds the store's payload key."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from attending import shapes
from attending.errors import Refused
from attending.ledger.key_file import key_in
from attending.ledger.payload import Sealer

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from attending.ledger.read import Reader


class Written(msgspec.Struct, frozen=True):
    """What somebody wrote, as it is sealed; the salt keeps its name from being guessed."""

    text: str
    salt: str = ""


class Unsealed:
    """Opens payloads of one ledger; without the key, nothing opens and nothing fails.

    Parameters
    ----------
    reader
        The ledger.
    key
        The file of the key that its payloads were sealed with.

    """

    def __init__(self, reader: Reader, key: Path) -> None:
        self._reader = reader
        self._sealer = Sealer(key_in(key)) if key.exists() else None

    def raw(self, digest: str) -> bytes | None:
        """Give a payload's bytes; None where it was erased, or there is no key here.

        Raises
        ------
        ProofFailed
            It is not what was sealed under this name, or another key sealed it.

        """
        kept = self._reader.sealed(digest) if self._sealer is not None else None
        if kept is None or self._sealer is None:
            return None
        return self._sealer.open(kept)


def opener(reader: Reader, key: Path) -> Callable[[str], str | None]:
    """Give what opens the text of a digest; it gives None for a text that was erased.

    Raises
    ------
    Refused
        There is no such key; none is drawn, for it would open nothing.

    """
    if not key.exists():
        raise Refused("there is no payload key here", where=str(key))
    unsealed = Unsealed(reader, key)

    def opened(digest: str) -> str | None:
        raw = unsealed.raw(digest)
        return None if raw is None else shapes.decode(raw, Written).text

    return opened
