"""Open what people wrote, for whoever holds the payload key."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

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


def opener(reader: Reader, key: Path) -> Callable[[str], str | None]:
    """Give what opens the text of a digest; it gives None for a text that was erased.

    Raises
    ------
    Refused
        There is no such key; none is drawn, for it would open nothing.

    """
    if not key.exists():
        raise Refused("there is no payload key here", where=str(key))
    sealer = Sealer(key_in(key))

    def opened(digest: str) -> str | None:
        kept = reader.sealed(digest)
        return None if kept is None else msgspec.json.decode(sealer.open(kept), type=Written).text

    return opened
