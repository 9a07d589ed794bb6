"""A state of the United States, by its two letters: the smallest area that needs no census."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attending.ingest.deid_rule import DeidRule

if TYPE_CHECKING:
    from attending.ingest.deid_rule import About

LETTERS = 2


def change(cell: str, about: About) -> str | None:
    """Give the two letters; None for anything else."""
    return cell if len(cell) == LETTERS and cell.isascii() and cell.isupper() else None


state = DeidRule(change, removes=frozenset({"geography"}), says="the state alone")
