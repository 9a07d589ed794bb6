"""The course of one use case, from its first fact to a day somebody asks about."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from dataclasses import dataclass, field, replace
from functools import reduce
from typing import TYPE_CHECKING, Any

import msgspec

from attending.console.standing_within import standing_within
from attending.decide.standing import Standing, fold
from attending.facts.days import Days
from attending.facts.finding import Finding
from attending.facts.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from attending.facts.entry import Entry

Display = tuple[str, str, str]  # site, display, reason


class Decided(msgspec.Struct, frozen=True):
    """One day's verdicts and findings, and the fact that holds them."""

    index: int
    day: int
    verdicts: tuple[Verdict, ...]
    findings: tuple[Finding, ...]
    watched: tuple[dict[str, Any], ...]

    def of(self, scope: str) -> tuple[Verdict, ...]:
        """Give one scope's verdicts."""
        return tuple(v for v in self.verdicts if v.scope == scope)

    def finding(self, scope: str) -> Finding | None:
        """Give one scope's finding."""
        return next((f for f in self.findings if f.scope == scope), None)


@dataclass
class Course:
    """Facts of one use case in ledger order.

    `displays` holds, for each site, display and reason, the ledger indexes of the
    predictions: enough to count them up to any fact, at eight bytes each.
    """

    name: str
    title: str
    read_backs: Sequence[Entry]
    specs: list[Entry] = field(default_factory=list)
    sources: list[Entry] = field(default_factory=list)
    parked: list[tuple[int, str]] = field(default_factory=list)
    displays: dict[Display, array[int]] = field(default_factory=dict)
    decided: list[Decided] = field(default_factory=list)
    plans: list[Entry] = field(default_factory=list)
    receipts: list[Entry] = field(default_factory=list)
    said: list[Entry] = field(default_factory=list)
    confirmed: list[Entry] = field(default_factory=list)
    governed: list[Entry] = field(default_factory=list)  # packets, decisions, judged conditions
    fetched: list[Entry] = field(default_factory=list)  # readings of its models' files
    cut: int = -1  # the last fact looked at
    departures: Sequence[Entry] = ()  # of people, whatever use case they were with
    whole: Course | None = None  # where somebody sees a part of it: all of it,
    only: frozenset[str] | None = None  # the sites they see,
    floor: int = 0  # and the fewest cases they are shown

    def put_display(self, entry: Entry) -> None:
        """Count a prediction once: a correction takes its earlier version's place."""
        fact = entry.fact
        if fact.supersedes is not None:
            for indexes in self.displays.values():
                at = bisect_right(indexes, fact.supersedes) - 1
                if at >= 0 and indexes[at] == fact.supersedes:
                    del indexes[at]
        key = (fact.site or "", str(fact.body["display"]), str(fact.body.get("reason", "")))
        self.displays.setdefault(key, array("q")).append(entry.index)

    def last_display(self, site: str) -> tuple[str, str, int] | None:
        """Give the last display at a site, its reason, and its fact."""
        there = [(i[-1], d, r) for (s, d, r), i in self.displays.items() if s == site and i]
        found = max(there, default=None)
        return None if found is None else (found[1], found[2], found[0])

    def as_of(self, day: int | None, *, last: int) -> Course:
        """Give the course up to a day's decided fact and what was done because of it.

        Parameters
        ----------
        day
            The day; None for all there is.
        last
            The last fact that was taken in.

        """
        cut = last
        if day is not None:
            marks = [d.index for d in self.decided if d.day <= day]
            marks += [e.index for e in self.receipts if _day(e.fact.body) <= day]
            marks += [e.index for e in self.plans if _day(e.fact.body["plan"]) <= day]
            marks += [
                e.index for e in self.said if "day" in e.fact.body and _day(e.fact.body) <= day
            ]
            cut = max(marks, default=-1)
        return replace(
            self,
            specs=_until(self.specs, cut) or self.specs[:1],
            sources=list(self.sources),
            parked=[p for p in self.parked if p[0] <= cut],
            decided=[d for d in self.decided if d.index <= cut],
            plans=_until(self.plans, cut),
            receipts=_until(self.receipts, cut),
            said=_until(self.said, cut),
            confirmed=_until(self.confirmed, cut),
            governed=_until(self.governed, cut),
            fetched=_until(self.fetched, cut),
            read_backs=_until(self.read_backs, cut),
            departures=_until(self.departures, cut),
            cut=cut,
        )

    @property
    def sites(self) -> dict[str, str]:
        """Give the sites' titles by name, as last declared."""
        told = self.specs[-1].fact.body.get("sites") if self.specs else None
        there = {str(k): str(v) for k, v in told.items()} if isinstance(told, dict) else {}
        return {k: v for k, v in there.items() if self.only is None or k in self.only}

    @property
    def digests(self) -> dict[str, str]:
        """Give the specs' digests as last declared."""
        told = self.specs[-1].fact.body.get("digests") if self.specs else None
        return {str(k): str(v) for k, v in told.items()} if isinstance(told, dict) else {}

    @property
    def today(self) -> Decided | None:
        """Give the last day decided, if any was."""
        return self.decided[-1] if self.decided else None

    @property
    def day(self) -> int | None:
        """Give the last day anything was decided on."""
        return self.decided[-1].day if self.decided else None

    @property
    def days(self) -> Days:
        """Give how its days are counted."""
        return reduce(Days.after, (entry.fact for entry in self.receipts), Days())

    def on(self, day: int, *, briefly: bool = False) -> str:
        """Write a day as people read it: its date where it has one, and its number."""
        date = self.days.date_of(day)
        if date is None:
            return f"day {day}"
        return f"{date.day} {date:%B}" + ("" if briefly else f" (day {day})")

    def title_of(self, scope: str) -> str:
        """Give the name people know a scope by."""
        return "all sites together" if scope == "all" else self.sites.get(scope, scope)

    @property
    def first_day(self) -> int:
        """Give the day its first week begins on: when the first thing was done or decided."""
        days = [_day(entry.fact.body) for entry in self.receipts[:1]]
        return min(days + [decided.day for decided in self.decided[:1]], default=0)

    def standing(self, until: int | None = None) -> Standing:
        """Give where things stand after a fact: the very fold that the loops decide by."""
        if self.whole is not None:
            return standing_within(self.whole.standing(until), self.only, self.floor)
        steps = [*self.receipts, *self.plans, *self.said, *self.confirmed, *self.departures]
        if self.governed:
            steps += [*self.specs, *self.governed]
        if any(receipt.fact.body.get("not_confirmed") for receipt in self.receipts):
            steps += self.read_backs  # gateways speak twice a minute; only doubt makes it matter
        kept = [step for step in steps if until is None or step.index <= until]
        return fold(Standing(), (step.fact for step in sorted(kept, key=_index)))

    def unconfirmed(self, receipt: Entry) -> list[str]:
        """Name the gateways that have not read back what a receipt says was done."""
        body = receipt.fact.body
        told = body.get("not_confirmed")
        named = [str(gateway) for gateway in told] if isinstance(told, list) else []
        since = {
            str(entry.fact.body["gateway"])
            for entry in [*self.read_backs, *self.confirmed]
            if entry.index > receipt.index
            and not entry.fact.body.get("not_loaded")
            and int(str(entry.fact.body["seq"])) >= int(str(body["seq"]))
        }
        return [gateway for gateway in named if gateway not in since]

    def named(self, gateways: Iterable[str]) -> list[str]:
        """Give gateways by name; by number to who sees a part, for their names tell of places."""
        if self.only is None and not self.floor:
            return list(gateways)
        known: dict[str, str] = {}
        for receipt in (self.whole or self).receipts:
            body: Any = receipt.fact.body
            for name in sorted({*body.get("read_back", ()), *body.get("not_confirmed", ())}):
                known.setdefault(name, f"gateway {len(known) + 1}")
        return [known.setdefault(name, f"gateway {len(known) + 1}") for name in gateways]

    def count(self, site: str | None = None, display: str | None = None, after: int = -1) -> int:
        """Count predictions after a fact and up to the cut, by site and by display."""
        total = 0
        for (where, word, _), indexes in self.displays.items():
            if site in (None, where) and display in (None, word):
                total += max(0, bisect_right(indexes, self.cut) - bisect_right(indexes, after))
        return total


def _day(body: object) -> int:
    told = body if isinstance(body, dict) else {}
    return int(str(told.get("day", told.get("as_of", 0))))


def _index(entry: Entry) -> int:
    return entry.index


def _until(entries: Iterable[Entry], cut: int) -> list[Entry]:
    return [entry for entry in entries if entry.index <= cut]
