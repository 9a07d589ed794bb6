"""Told once, plainly: who has been told this shift that an AI is down."""

from __future__ import annotations

from collections import OrderedDict
from datetime import datetime, timedelta

SHIFT = timedelta(hours=8)
MOST = 50_000  # people and tools remembered; past it the longest ago is told again


class Notices:
    """Remembers, for as long as the process lives.

    Parameters
    ----------
    shift
        How long one telling lasts.

    """

    def __init__(self, shift: timedelta = SHIFT) -> None:
        self._shift = shift
        self._told: OrderedDict[tuple[str, str], datetime] = OrderedDict()

    def due(self, use_case: str, user: str, *, now: datetime) -> bool:
        """Tell whether this person is to be told now, and remember that they are.

        A person without a name cannot be told once, so is not told.
        """
        if not user:
            return False
        told = self._told.get((use_case, user))
        if told is not None and now - told < self._shift:
            return False
        self._told[use_case, user] = now
        self._told.move_to_end((use_case, user))
        if len(self._told) > MOST:
            self._told.popitem(last=False)
        return True

    def forget(self, use_case: str, user: str) -> None:
        """Take back a telling that did not reach the person."""
        self._told.pop((use_case, user), None)
