"""How a deadline is told: when it ends, where, and how much is left of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from attending.decide.clock_rule import business_days_left, due

if TYPE_CHECKING:
    from attending.facts.incident import Clock

HOUR, DAY = 3600, 86_400
SHORT = 2 * DAY  # seconds below which hours are told


def clock_words(clock: Clock, now: datetime) -> str:
    """Tell a clock: ``due Friday 13 November 2026 17:00 (Chicago), 2 business days left``."""
    ends = due(clock)
    informs = " (for information)"
    can = informs if clock.can == "inform" else ""
    if any(end is None for _, end in clock.paused):
        return f"paused since {_wall(_read(clock.paused[-1][0]), clock)}{can}"
    if ends is None:
        known = f"{clock.known_from} to {clock.known_to}"
        return f"due on a day not known: {clock.calendar} is known from {known}{can}"
    when = _wall(ends, clock)
    if clock.met_at is not None:
        late = "" if _read(clock.met_at) <= ends else ", late"
        return f"met {_wall(_read(clock.met_at), clock)}{late}; it was due {when}{can}"
    return f"due {when}, {_left(clock, ends, now)}{can}"


def place(zone: str) -> str:
    """Give the place that a time zone is named after.

    >>> place("America/Chicago"), place("UTC"), place("America/New_York")
    ('Chicago', 'UTC', 'New York')
    """
    return zone.rpartition("/")[2].replace("_", " ")


def _wall(moment: datetime, clock: Clock) -> str:
    there = moment.astimezone(ZoneInfo(clock.zone))
    return f"{there:%A} {there.day} {there:%B %Y %H:%M} ({place(clock.zone)})"


def _left(clock: Clock, ends: datetime, now: datetime) -> str:
    if now > ends:
        return f"{_long(now - ends, clock)} overdue"
    if clock.unit == "business_days":
        n = business_days_left(clock, now)
        return f"{n} business {'day' if n == 1 else 'days'} left"
    return f"{_long(ends - now, clock)} left"


def _long(span: timedelta, clock: Clock) -> str:
    seconds = span.total_seconds()
    if clock.unit == "hours" or seconds < SHORT:
        n = int(seconds // HOUR)
        return f"{n} {'hour' if n == 1 else 'hours'}"
    n = int(seconds // DAY)
    return f"{n} {'day' if n == 1 else 'days'}"


def _read(at: str) -> datetime:
    return datetime.fromisoformat(at).astimezone(UTC)
