"""A date of which the year is left; not for dates of birth, which tell an age over 89."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from attending.ingest.deid_rule import DeidRule

if TYPE_CHECKING:
    from attending.ingest.deid_rule import About


def change(cell: str, about: About) -> str | None:
    """Give the year of an ISO date or time; None for anything else."""
    try:
        return str(datetime.fromisoformat(cell).year)
    except ValueError:
        return None


year_only = DeidRule(change, removes=frozenset({"dates"}), says="the year alone")
