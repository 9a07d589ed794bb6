"""The weeks of the story: when it begins and ends. All that the demonstration may know of it."""

from __future__ import annotations

from datetime import date, timedelta

FIRST_DAY = date(2026, 7, 21)
DAYS = 84  # twelve weeks: the last day is Monday 12 October 2026, the story is told the day after


def date_of(day: int) -> date:
    """Give the date of a day of the story."""
    return FIRST_DAY + timedelta(days=day)
