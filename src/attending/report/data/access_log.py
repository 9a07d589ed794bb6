"""Who looked at which patient's records, and what for: a fold over what was written down.

A look is on record before anything is shown, with the keys of the facts that were. Whose they
are is told by those facts, under pseudonyms. What somebody found of an unusual day counts where
they did not look themselves; a later word takes the place of an earlier one.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from attending import shapes
from attending.facts.people import AccessReviewed, Viewed
from attending.ledger.following import Following
from attending.report.data.unusual_access import Look, unusual

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from attending.facts.entry import Entry
    from attending.ledger.read import Reader
    from attending.report.data.unusual_access import Unusual

BY = ("person", "purpose", "patient")


class Seen(NamedTuple):
    """Somebody was shown one thing about a patient, or found nothing.

    Attributes
    ----------
    fact, at, page
        The fact of the look, when, and by which page.
    person, purpose, break_glass
        Who, what for, and whether the rules were set aside.
    patient, use_case, site
        Whose it is, under a pseudonym, and where; empty where nothing was found.

    """

    fact: int
    at: str
    page: str
    person: str
    purpose: str
    break_glass: bool
    patient: str = ""
    use_case: str = ""
    site: str = ""


class Settled(NamedTuple):
    """What somebody else found of an unusual day, and in which fact."""

    found: str
    by: str
    fact: int


Day = tuple[str, str, str]  # whose, who, on
Chain = tuple["Chain", Seen] | None  # the last look and those before it


@dataclass(frozen=True)
class AccessLog:
    """Every look at what is about a patient, and what was found of unusual days."""

    last: Chain = None
    settled: Mapping[Day, Settled] = field(default_factory=dict)

    def looks(self, asked: Mapping[str, str] | None = None) -> list[Seen]:
        """Give looks, the newest first: all, or those of some values and one day (``on``)."""
        wanted = {name: value for name, value in (asked or {}).items() if value}
        on = wanted.pop("on", "")
        return [
            seen
            for seen in self._all()
            if seen.at.startswith(on) and all(getattr(seen, n) == v for n, v in wanted.items())
        ]

    def counts(self, by: str) -> Counter[str]:
        """Count looks by person, purpose or patient; a search that found nobody is of none."""
        return Counter(value for seen in self._all() if (value := getattr(seen, by)))

    def unusual(self) -> list[tuple[Unusual, Settled | None]]:
        """Give the days to look into, the newest first, with what was found of each."""
        looks = [
            Look(seen.fact, seen.person, seen.patient, date.fromisoformat(seen.at[:10]))
            for seen in self._all()
            if seen.patient
        ]
        days = unusual(reversed(looks))
        return [
            (day, self.settled.get((day.whose, day.who, str(day.on)))) for day in reversed(days)
        ]

    def _all(self) -> Iterator[Seen]:
        left = self.last
        while left is not None:
            left, seen = left
            yield seen


def access_log(reader: Reader) -> Following[AccessLog]:
    """Follow the looks of one ledger."""

    def step(known: AccessLog, entry: Entry) -> AccessLog:
        if entry.fact.type == "viewed/1":
            for seen in _seen(entry, reader):
                known = replace(known, last=(known.last, seen))
        elif entry.fact.type == "access_reviewed/1":
            return _settled(known, entry)
        return known

    return Following(reader, AccessLog(), step, kinds=("acted", "said"))


def _seen(entry: Entry, reader: Reader) -> Iterator[Seen]:
    viewed = shapes.convert(entry.fact.body, Viewed)
    if not viewed.patient:
        return
    look = Seen(
        fact=entry.index,
        at=entry.fact.at,
        page=viewed.page,
        person=entry.fact.by.person,
        purpose=viewed.purpose,
        break_glass=viewed.break_glass,
    )
    for key in viewed.objects:
        there = reader.latest(key)
        fact = there.fact if there is not None else None
        yield look._replace(
            patient=str(fact.body.get("patient", "")) if fact is not None else "",
            use_case=(fact.use_case or "") if fact is not None else "",
            site=(fact.site or "") if fact is not None else "",
        )
    if not viewed.objects:
        yield look


def _settled(known: AccessLog, entry: Entry) -> AccessLog:
    told, by = shapes.convert(entry.fact.body, AccessReviewed), entry.fact.by.person
    if told.whose == "person" and by == told.who:
        return known
    day = (told.whose, told.who, told.on)
    return replace(known, settled={**known.settled, day: Settled(told.found, by, entry.index)})
