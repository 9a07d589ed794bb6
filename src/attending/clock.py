"""The only place that asks what time it is.

Heads never import this. A replay hands its own clock to everything that needs one,
so that the same rows give the same facts whatever day the replay is run on.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from pathlib import Path

# When a replay begins: its days are site days and no dates, and no fact may depend on the
# day it was run, so that any midnight would do.
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


class StoryClock:
    """A clock that runs like the machine's, so much ahead of it as a file says.

    For a simulated system that people look at after its weeks were played: its days go on.
    Whoever writes the file, under another name first, moves the clock.

    Parameters
    ----------
    file
        Holds the seconds, as a number.

    """

    def __init__(self, file: Path) -> None:
        self._file = file

    def now(self) -> datetime:
        """Give the story's moment."""
        return datetime.now(UTC) + timedelta(seconds=float(self._file.read_text("utf-8")))

    def set(self, moment: datetime) -> None:
        """Let it be this moment, for everybody who goes by the file."""
        ahead = (moment - datetime.now(UTC)).total_seconds()
        beside = self._file.with_name(f".{self._file.name}.part")
        beside.write_text(f"{ahead:.3f}\n", "utf-8")
        beside.replace(self._file)


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
    return f"{moment.astimezone(UTC).isoformat(timespec='milliseconds')[:-6]}Z"
