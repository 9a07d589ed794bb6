"""What pages may do about the inventory: the very code of the verbs, for who is signed in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from attending.facts.fact import By
from attending.loops.system import inventory
from attending.wiring import open_books

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class InventoryActions:
    """The verbs of an inventory over one store, opened for each alone.

    Attributes
    ----------
    store
        The ledger's folder.

    """

    store: Path

    def answer(self, doubt: str, value: str, *, person: str) -> None:
        """Answer a doubt; see `loops.inventory.answer` for what is refused."""
        with open_books(self.store) as books:
            inventory.answer(books, doubt, value, By(person=person, via="console"))

    def set_(self, tool: str, column: str, value: str, *, person: str) -> None:
        """Change one column of a tool."""
        with open_books(self.store) as books:
            inventory.set_(books, tool, (column, value), By(person=person, via="console"))
