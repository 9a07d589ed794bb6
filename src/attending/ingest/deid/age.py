"""An age in years; 90 and over become one category."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attending.ingest.deid_rule import DeidRule

if TYPE_CHECKING:
    from attending.ingest.deid_rule import About

OLDEST = 89  # 45 CFR 164.514(b)(2)(i)(C)
LONGEST_LIFE = 130


def change(cell: str, about: About) -> str | None:
    """Give whole years, or ``90+``; None for what is no age."""
    try:
        years = float(cell)
    except ValueError:
        return None
    if not 0 <= years <= LONGEST_LIFE:
        return None
    return f"{OLDEST + 1}+" if years > OLDEST else str(int(years))


age = DeidRule(change, removes=frozenset({"dates"}), says="whole years, 90 and over together")
