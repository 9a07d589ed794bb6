"""The portfolio as somebody may see it: tools elsewhere are left out, and so are other sites.

A tool that runs at more sites than somebody sees keeps its words, which are about the tool
whole; why, and by which facts, would tell of the other sites, and is left out.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import msgspec

from attending.console.governance.portfolio import portfolio_of
from attending.decide.permissions import Place
from attending.decide.tools.scale_review import reviewed
from attending.decide.tools.tool_findings import findings

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from attending.console.page import Asked
    from attending.decide.tools.inventory import Listed
    from attending.decide.tools.portfolio import Portfolio, Use
    from attending.decide.tools.scale_review import Reviewed
    from attending.decide.tools.tool_findings import Answer, Found

WHOLE = "by all that is on record of it, of which you see a part"


@dataclass(frozen=True)
class Seen:
    """What somebody sees of the portfolio.

    Attributes
    ----------
    known, now
        All that is on record, and the moment it is asked at.
    found
        The tools that they may see.
    reviews
        The review of each.
    partly
        Whether anything is left out.
    whole
        Every tool there is, with nothing left out: to say where one is, never to be shown.

    """

    known: Portfolio
    now: datetime
    found: tuple[Found, ...]
    reviews: Mapping[str, Reviewed]
    partly: bool
    whole: tuple[Found, ...]


def seen(asked: Asked) -> Seen:
    """Give the tools within the reach of who asks."""
    known, now = portfolio_of(asked.parts.history), asked.parts.clock.now()
    every = findings(known, now)
    reviews = {each.tool: reviewed(known, each, now) for each in every}
    if asked.reach.is_everything and not asked.reach.floor:
        return Seen(known, now, every, reviews, partly=False, whole=every)
    bounds = {each.tool: _bounds(asked, each) for each in every}
    kept = {name for name, sites in bounds.items() if sites is None or sites}
    found = tuple(_within(each, bounds[each.tool], kept) for each in every if each.tool in kept)
    told = {name: _review(each) for name, each in reviews.items() if name in kept}
    return Seen(known, now, found, told, partly=True, whole=every)


def about_of(found: Found) -> str:
    """Give the name that a role is bound by: the use case, else the tool's own."""
    if found.use is not None:
        return found.use.name
    tool = found.listed.tool if found.listed is not None else None
    return (tool.use_case if tool is not None else None) or found.tool


def place_of(asked: Asked, there: Seen, tool: str) -> Place:
    """Give what a tool is about: all its sites; of one that is not to be seen, nothing is said."""
    if all(each.tool != tool for each in there.found):
        return Place()
    found = next(each for each in there.whole if each.tool == tool)
    return Place(about_of(found), tuple(sorted(_sites(asked, found))) or None)


def _sites(asked: Asked, found: Found) -> set[str]:
    """Name the sites of a tool: where it runs here, and where the inventory says it is used."""
    course = asked.parts.history.courses().get(about_of(found))
    listed = found.listed.tool.sites if found.listed is not None else ()
    return {*listed, *(course.sites if course is not None else ())}


def _bounds(asked: Asked, found: Found) -> frozenset[str] | None:
    """Give the sites of a tool that somebody sees; None is all of them, none is not the tool."""
    if not asked.reach.sees_some(about_of(found)):
        return frozenset()
    only = asked.reach.sites(about_of(found))
    return None if only is None else only & _sites(asked, found)


def _within(found: Found, only: frozenset[str] | None, kept: set[str]) -> Found:
    overlaps = tuple(each for each in found.overlaps if each.other in kept)
    return replace(
        found,
        listed=_listed(found.listed, only, kept) if found.listed is not None else None,
        use=_use(found.use, only) if found.use is not None else None,
        production=_plain(found.production),
        stalled=_plain(found.stalled),
        overlaps=overlaps,
    )


def _listed(listed: Listed, only: frozenset[str] | None, kept: set[str]) -> Listed:
    """Give a row without other sites and other tools, also where a doubtful cell names them."""
    if only is None:
        doubts = tuple(d for d in listed.imported.doubts if d.why != "maybe_same_as")
        doubts += tuple(
            d for d in listed.imported.doubts if d.why == "maybe_same_as" and d.reading in kept
        )
        row = msgspec.structs.replace(listed.imported, doubts=doubts)
        return replace(listed, imported=row)
    sites = tuple(site for site in listed.tool.sites if site in only)
    row = msgspec.structs.replace(listed.imported, sites=sites, doubts=())
    settled = {name: said for name, said in listed.settled.items() if name != "sites"}
    return replace(listed, imported=row, settled=settled)


def _use(use: Use, only: frozenset[str] | None) -> Use:
    if only is None:
        return use
    spots = {place: spot for place, spot in use.standing.spots.items() if place[0] in only}
    return replace(use, standing=replace(use.standing, spots=spots))


def _review(review: Reviewed) -> Reviewed:
    answers = tuple(_plain(answer) for answer in review.answers)
    return replace(review, answers=answers, because=WHOLE)


def _plain(answer: Answer) -> Answer:
    return replace(answer, because=WHOLE, facts=())
