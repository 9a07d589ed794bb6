"""Open the books of a ledger that is there: a mistyped folder is not begun as a new one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attending.errors import Refused
from attending.ledger import layout
from attending.wiring import open_books

if TYPE_CHECKING:
    from pathlib import Path

    from attending.loops.books import Books


def reopen_books(store: Path) -> Books:
    """Open the books of a ledger that is there.

    Raises
    ------
    Refused
        There is no ledger in this folder.

    """
    if not layout.database(store).exists():
        raise Refused("there is no ledger here", where=str(store))
    return open_books(store)
