"""The days of a use case: counted from the date on which something was first done.

Day 0 is the date, in UTC, of its first receipt; before that every moment is day 0. A replay
does its first deed at the moment its clock starts, so that its days are those of its rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from attending.facts.fact import Fact

REPLAYED = date(2000, 1, 1)  # where a replay's clock starts: its days are days, and no dates


@dataclass(frozen=True)
class Days:
    """How one use case counts its days.

    Attributes
    ----------
    began
        The date of day 0; None while nothing has been done.

    """

    began: date | None = None

    def of(self, moment: datetime) -> int:
        """Give the day a moment lies in; a clock that went back never tells of a day before 0."""
        return max(0, self.since(moment.astimezone(UTC).date()))

    def since(self, on: date) -> int:
        """Give the day a date is, which is negative before day 0; 0 while nothing was done."""
        return 0 if self.began is None else (on - self.began).days

    def date_of(self, day: int) -> date | None:
        """Give the date of a day; a replay's days have none, nor has a day before the first."""
        if self.began is None or self.began == REPLAYED:
            return None
        return self.began + timedelta(days=day)

    def told(self, day: int) -> str:
        """Tell a day as people read it, with its date where it has one.

        >>> Days(date(2026, 3, 2)).told(3)
        'day 3 (2026-03-05)'
        """
        on = self.date_of(day)
        return f"day {day}" if on is None else f"day {day} ({on.isoformat()})"

    def after(self, fact: Fact) -> Days:
        """Give how days are counted once a fact is known: the first receipt makes day 0."""
        if self.began is not None or fact.type != "receipt/1":
            return self
        return Days(datetime.fromisoformat(fact.at).astimezone(UTC).date())
