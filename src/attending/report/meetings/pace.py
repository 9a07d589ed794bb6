"""How fast a committee decides: decisions a quarter, and days from intake to decision.

Days run from the first proposal of a use case to its first decision, whatever the word. A use
case that was never proposed here has decisions and no days: what is not known is not guessed.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

from attending.report.evidence import happened

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from attending.facts.entry import Entry


@dataclass(frozen=True)
class Quarter:
    """What one quarter of a year saw.

    Attributes
    ----------
    name
        Such as ``2026 Q3``.
    words
        How many decisions of each word, by word.
    days
        From intake to first decision, for use cases first decided on in it; shortest first.
    cites
        Ledger indexes of the decisions.

    """

    name: str
    words: dict[str, int]
    days: tuple[int, ...]
    cites: tuple[int, ...]

    @property
    def decisions(self) -> int:
        """Give how many decisions there were."""
        return sum(self.words.values())

    @property
    def median_days(self) -> float | None:
        """Give the median of the days; None where no intake is on record."""
        return median(self.days) if self.days else None


def pace(entries: Iterable[Entry]) -> tuple[Quarter, ...]:
    """Give the quarters in which anything was decided, in order."""
    proposed: dict[str, datetime] = {}
    first: set[str] = set()
    found: dict[str, tuple[dict[str, int], list[int], list[int]]] = {}
    for entry in entries:
        use_case, at = entry.fact.use_case or "", happened(entry)
        if entry.fact.type == "proposal/1" and use_case:
            proposed.setdefault(use_case, at)
        if entry.fact.type != "decision/1":
            continue
        words, days, cites = found.setdefault(quarter_of(at), ({}, [], []))
        word = str(entry.fact.body["word"])
        words[word] = words.get(word, 0) + 1
        cites.append(entry.index)
        if use_case in proposed and use_case not in first:
            days.append((at - proposed[use_case]).days)
        first.add(use_case)
    return tuple(
        Quarter(name, words, tuple(sorted(days)), tuple(cites))
        for name, (words, days, cites) in sorted(found.items())
    )


def quarter_of(at: datetime) -> str:
    """Name the quarter of a moment.

    >>> from datetime import datetime
    >>> quarter_of(datetime(2026, 11, 22))
    '2026 Q4'
    """
    return f"{at.year} Q{(at.month - 1) // 3 + 1}"
