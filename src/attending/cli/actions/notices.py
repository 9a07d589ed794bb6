"""What pages may read and do of notices: the very code of the verb, for whoever is signed in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attending.loops import notify
from attending.wiring import open_books

if TYPE_CHECKING:
    from pathlib import Path

    from attending.decide.notice import Notices
    from attending.ledger.read import Reader


class NoticeDesk:
    """Notices over one store; the books are opened for each act alone.

    Parameters
    ----------
    store, reader
        The ledger's folder, and its reader.
    acts
        Whether anything may be done; else it only reads.

    """

    def __init__(self, store: Path, reader: Reader, *, acts: bool = True) -> None:
        self.acts = acts
        self._store = store
        self._following = notify.followed(reader)

    def known(self) -> Notices:
        """Give what there is to tell and what was told, up to now."""
        return self._following.now()

    def acknowledge(self, notice: str, *, person: str) -> bool:
        """Write that a notice was acknowledged; tell whether it is new."""
        with open_books(self._store) as books:
            return notify.acknowledge(books, notice, person, "console")
