"""A date moved by days that are one person's own, so that the time between two stays the same.

By 1 to 52 whole weeks, so that weekends stay weekends. What is left still is a date, so that Safe
Harbor does not allow it; an expert may.
"""

from __future__ import annotations

import hmac
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from attending.ingest.deid_rule import DeidRule

if TYPE_CHECKING:
    from attending.ingest.deid_rule import About

WEEKS = 52


def change(cell: str, about: About) -> str | None:
    """Give the date or time, moved; None for what is none."""
    try:
        moment = datetime.fromisoformat(cell)
    except ValueError:
        return None
    drawn = hmac.new(about.key, f"shift|{about.person}".encode(), "sha256").digest()
    weeks = 1 + int.from_bytes(drawn[:8], "big") % WEEKS
    try:
        moved = moment + timedelta(weeks=weeks if drawn[8] & 1 else -weeks)
    except OverflowError:  # the first year or the last that a calendar has
        return None
    return moved.date().isoformat() if len(cell) == len("2026-01-31") else moved.isoformat()


date_shift = DeidRule(
    change, removes=frozenset({"dates"}), says="moved by a person's own weeks", asks_expert=True
)
