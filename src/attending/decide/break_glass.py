"""Views that set the rules aside, and whether somebody else has looked into each (contract G12).

What was found counts when it is said by another person than the one who looked, who may look
into such views on that day. What does not count changes nothing, and the view goes on waiting.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from attending import shapes
from attending.decide.people import People, after
from attending.decide.permissions import Need, may
from attending.facts.people import Viewed, ViewReviewed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from attending.facts.entry import Entry

REVIEW = Need("review", "access_log")
TYPES = ("viewed/1", "view_reviewed/1")


@dataclass(frozen=True)
class SetAside:
    """One view that set the rules aside.

    Attributes
    ----------
    viewed, index, at
        What was shown to whom and what for, in which fact, and when.
    found, by, review
        What somebody else found, who, and in which fact; None while nobody has looked into it.

    """

    viewed: Viewed
    index: int
    at: str
    found: str = ""
    by: str = ""
    review: int | None = None

    @property
    def waits(self) -> bool:
        """Tell whether nobody has looked into it."""
        return self.review is None


@dataclass(frozen=True)
class Views:
    """Every view that set the rules aside, by the index of its fact; and who may look into it."""

    views: Mapping[int, SetAside] = field(default_factory=dict)
    people: People = field(default_factory=People)

    @property
    def waiting(self) -> tuple[SetAside, ...]:
        """Give those that nobody has looked into, the oldest first."""
        return tuple(view for view in self.views.values() if view.waits)


def step(known: Views, entry: Entry) -> Views:
    """Take one fact in."""
    fact = entry.fact
    if fact.type == "viewed/1" and fact.kind == "acted":
        viewed = shapes.convert(fact.body, Viewed)
        if not viewed.break_glass:
            return known
        made = SetAside(viewed, entry.index, fact.at)
        return replace(known, views={**known.views, entry.index: made})
    if fact.type == "view_reviewed/1" and fact.kind == "said":
        return _reviewed(known, entry)
    people = after(known.people, fact)
    return known if people is known.people else replace(known, people=people)


def _reviewed(known: Views, entry: Entry) -> Views:
    told, by = shapes.convert(entry.fact.body, ViewReviewed), entry.fact.by.person
    view = known.views.get(told.view)
    if view is None or by in (view.viewed.person, ""):
        return known
    if not may(known.people, by, REVIEW, date=entry.fact.at[:10]):
        return known
    now = replace(view, found=told.found, by=by, review=entry.index)
    return replace(known, views={**known.views, told.view: now})
