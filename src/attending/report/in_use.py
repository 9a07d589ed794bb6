"""Where and when a release was live, folded from what was done and what people said.

A receipt changes a place when it is written; a suspension that a person orders takes effect
with the order itself. Nothing else moves a place.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, NamedTuple

from attending import shapes
from attending.facts.plan import WHOLE_SITE
from attending.report.evidence import happened

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from attending.facts.entry import Entry

Place = tuple[str, str, str]  # use case, site, unit

FACTS = ("receipt/1", "suspend/1")


class Point(NamedTuple):
    """A point in the ledger: facts said to happen at one moment still come in order."""

    at: datetime
    fact: int


@dataclass(frozen=True)
class Interval:
    """One release live at one place.

    Attributes
    ----------
    place, release
        Where, and what.
    start, end
        The facts it began and ended with; `end` is None while it goes on.
    because
        Why it began, as the receipt says it.

    """

    place: Place
    release: str
    start: Point
    end: Point | None = None
    because: str = ""

    @property
    def key(self) -> str:
        """Name it: place, release, and the fact it began with."""
        return f"{'/'.join(self.place)}/{self.release}/{self.start.fact}"

    @property
    def cites(self) -> tuple[int, ...]:
        """Give the facts it began and ended with."""
        return (self.start.fact, *(() if self.end is None else (self.end.fact,)))

    def covers(self, use_case: str, site: str, unit: str) -> bool:
        """Tell whether it is about a unit, or about the whole site around it."""
        return self.place[:2] == (use_case, site) and self.place[2] in (WHOLE_SITE, unit)


@dataclass
class _Live:
    now: dict[Place, Interval] = field(default_factory=dict)
    over: list[Interval] = field(default_factory=list)

    def put(self, place: Place, change: dict[str, Any], entry: Entry) -> None:
        release, mode, point = change["release"][1], change["mode"][1], _point(entry)
        there = self.now.get(place)
        if mode == "live" and there is not None and there.release == release:
            return
        self.stop(place, point)
        if mode == "live":
            because = str(entry.fact.body["because"])
            self.now[place] = Interval(place, str(release), point, because=because)

    def stop(self, place: Place, point: Point) -> None:
        there = self.now.pop(place, None)
        if there is not None:
            self.over.append(replace(there, end=point))


def live(entries: Iterable[Entry]) -> list[Interval]:
    """Give every interval in which something was live, in the order they began."""
    seen = _Live()
    for entry in entries:
        fact, use_case = entry.fact, entry.fact.use_case or ""
        if fact.type == "receipt/1":
            for change in shapes.convert(fact.body["changes"], list[dict[str, Any]]):
                seen.put((use_case, change["site"], change["unit"]), change, entry)
        elif fact.type == "suspend/1":
            for place in [*seen.now]:
                if place[0] == use_case and fact.site in (None, place[1]):
                    seen.stop(place, _point(entry))
    return sorted([*seen.over, *seen.now.values()], key=lambda i: (i.start.fact, i.place))


def _point(entry: Entry) -> Point:
    return Point(happened(entry), entry.index)
