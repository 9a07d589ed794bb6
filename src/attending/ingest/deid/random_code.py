"""A code drawn by chance, the same for one person within an extract and nowhere else.

Not made from anything about the person, as 45 CFR 164.514(c) asks of a code that stays in:
a keyed digest of a record number would be, and needs an expert. No list of codes is kept.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attending.ingest.deid_rule import DeidRule
from attending.spec.data.deidentification import IDENTIFIERS

if TYPE_CHECKING:
    from attending.ingest.deid_rule import About


def change(cell: str, about: About) -> str | None:
    """Give the person's code; only the column that tells people apart has one."""
    return about.code if cell == about.person else None


random_code = DeidRule(
    change, removes=frozenset(IDENTIFIERS), says="a code drawn by chance for each person"
)
