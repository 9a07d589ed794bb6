"""The year of a birth; for who is 90 or may be, only that it is that year or an earlier one."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from attending.ingest.deid_rule import DeidRule

if TYPE_CHECKING:
    from attending.ingest.deid_rule import About

OLDEST = 89  # 45 CFR 164.514(b)(2)(i)(C): ages over 89 become one category


def change(cell: str, about: About) -> str | None:
    """Give the year of an ISO date, or ``1936-`` where the age may be over 89."""
    try:
        year = datetime.fromisoformat(cell).year
    except ValueError:
        return None
    last = about.on.year - OLDEST - 1  # born then, somebody may be 90 already
    return f"{last}-" if year <= last else str(year)


birth_year = DeidRule(
    change, removes=frozenset({"dates"}), says="the year of birth, the oldest taken together"
)
