"""Cases shown this week, for tools that a pilot may show to only so many.

A case is one patient (where the caller names none, one prediction); showing the same
patient's advice again takes no room. Weeks are ISO weeks in UTC. What was shown before
this process started is counted from the ledger, every gateway's on it; afterwards each
gateway counts its own, so several serving one site may together pass the cap.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from attending.clock import Clock
    from attending.facts.entry import Entry
    from attending.facts.snapshot import Exposure

WEEK = timedelta(days=7)
SLACK = timedelta(hours=1)  # the ledger's order is no clock's: look a little further back

Place = tuple[str, str]


class Record(Protocol):
    """What was served before: the ledger, to read."""

    def size(self) -> int:
        """Give how many facts there are."""

    def entries(
        self, start: int = 0, *, kinds: Sequence[str] = (), use_case: str | None = None
    ) -> Iterator[Entry]:
        """Give facts in their order, erased ones left out."""


class Cases:
    """Who was shown what this week.

    Parameters
    ----------
    clock
        Tells which week it is.
    record
        Where earlier cases are counted; None where there is nothing to count.

    """

    def __init__(self, clock: Clock, record: Record | None = None) -> None:
        self._clock = clock
        self._record = record
        self._monday = _monday(clock.now())
        self._shown: dict[Place, dict[str, int]] = {}
        self._counted: set[Place] = set()

    def admit(self, use_case: str, site: str, case: str, *, cap: int | None) -> bool:
        """Count a case that is about to be shown; refuse it past the cap.

        A cap whose earlier cases could not be counted admits nobody.
        """
        self._turn()
        place = (use_case, site)
        shown = self._shown.setdefault(place, {})
        if cap is not None and case not in shown:
            is_known = self._record is None or place in self._counted
            if not is_known or len(shown) >= cap:
                return False
        shown[case] = shown.get(case, 0) + 1
        return True

    def take_back(self, use_case: str, site: str, case: str) -> None:
        """Take back a case that was not shown after all."""
        shown = self._shown.get((use_case, site), {})
        left = shown.get(case, 0) - 1
        if left > 0:
            shown[case] = left
        else:
            shown.pop(case, None)

    def count(self, entries: Iterable[Exposure]) -> None:
        """Count what the ledger holds of this week, once for each tool and site with a cap."""
        self._turn()
        capped = {(e.use_case, e.site) for e in entries if e.weekly_case_cap is not None}
        if self._record is None or capped <= self._counted:
            return
        start = _first(self._record, self._monday - SLACK)
        for use_case in sorted({place[0] for place in capped - self._counted}):
            for place, cases in self._of(self._record, start, use_case).items():
                if place not in self._counted:
                    shown = self._shown.setdefault(place, {})
                    for case in cases:
                        shown.setdefault(case, 1)
        self._counted |= capped

    def _of(self, record: Record, start: int, use_case: str) -> dict[Place, set[str]]:
        """Read who was shown a use case since `start`; what was corrected counts as corrected."""
        shown: dict[str, tuple[Place, str]] = {}
        for entry in record.entries(start, kinds=("served",), use_case=use_case):
            fact, body = entry.fact, entry.fact.body
            shown.pop(fact.key, None)
            if body.get("display") == "shown" and datetime.fromisoformat(fact.at) >= self._monday:
                case = str(body.get("patient") or body.get("prediction"))
                shown[fact.key] = ((use_case, fact.site or ""), case)
        out: dict[Place, set[str]] = {}
        for place, case in shown.values():
            out.setdefault(place, set()).add(case)
        return out

    def _turn(self) -> None:
        """Start a new week with nobody counted; nothing of it can be older than this process."""
        now = self._clock.now()
        if now >= self._monday + WEEK:
            self._monday = _monday(now)
            self._shown.clear()


def _monday(now: datetime) -> datetime:
    day = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return day - timedelta(days=day.weekday())


def _first(record: Record, moment: datetime) -> int:
    """Find by halves an index before which nothing is from this moment or later."""
    low, high = 0, record.size()
    while low < high:
        middle = (low + high) // 2
        found = next(iter(record.entries(middle)), None)
        if found is None or datetime.fromisoformat(found.fact.at) >= moment:
            high = middle
        else:
            low = found.index + 1
    return low
