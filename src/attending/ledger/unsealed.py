"""What people wrote, opened for whoever holds the store's payload key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attending.ledger.key_file import key_in
from attending.ledger.payload import Sealer

if TYPE_CHECKING:
    from pathlib import Path

    from attending.ledger.read import Reader


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
