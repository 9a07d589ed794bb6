"""A column that does not leave: its cells are empty in what comes out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attending.ingest.deid_rule import DeidRule
from attending.spec.data.deidentification import FREE_TEXT, IDENTIFIERS

if TYPE_CHECKING:
    from attending.ingest.deid_rule import About


def change(cell: str, about: About) -> str:
    """Give nothing."""
    return ""


drop = DeidRule(change, removes=frozenset({*IDENTIFIERS, FREE_TEXT}), says="left out")
