"""The only place that asks what time it is.

Heads never import this. A replay hands its own clock to everything that needs one,
so that the same rows give the same facts whatever day the replay is run on.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Protocol

# Day 0 of every store, so that one moment is one day whoever asks. In a replay a day is a
# site day and no date, and no fact may depend on the day it was run; any moment would do.
DAY_ZERO = datetime(2000, 1, 1, tzinfo=UTC)


class Clock(Protocol):
    """Something that tells the time in UTC."""

    def now(self) -> datetime:
        """Give the present moment, with its zone."""


class WallClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        """Give the machine's time in UTC."""
        return datetime.now(UTC)


class ReplayClock:
    """A clock that stands where it was set; it never runs backward."""

    def __init__(self, at: datetime) -> None:
        self._at = at

    def now(self) -> datetime:
        """Give the moment the clock was set to."""
        return self._at

    def advance(self, by: timedelta) -> None:
        """Move forward; a negative step is a fault of the caller."""
        if by < timedelta(0):
            msg = f"a replay clock never runs backward (asked for {by})"
            raise ValueError(msg)
        self._at += by


def stamp(moment: datetime) -> str:
    """Write a moment as RFC 3339 in UTC, to the millisecond."""
    utc = moment.astimezone(UTC)
    return f"{utc:%Y-%m-%dT%H:%M:%S}.{utc.microsecond // 1000:03d}Z"


def site_day(moment: datetime) -> int:
    """Give the site day a moment lies in: days since day 0 of every store."""
    return (moment - DAY_ZERO).days
