"""Proposals as somebody may see them: about what they may see, or with their own name in them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, cast

from attending.console.governance.intake import known, today
from attending.console.governance.portfolio import portfolio_of
from attending.decide.permissions import Need, Place

if TYPE_CHECKING:
    from collections.abc import Mapping

    from attending.console.page import Asked
    from attending.decide.proposals.intake import Intake, Kept

PROPOSE = Need("propose", "proposal")
AT_LARGE = Place(sites=(), narrowed=True)  # of what is about no use case yet


def intake_of(asked: Asked) -> Intake:
    """Give what was proposed, within the reach of who asks."""
    intake = known(asked).as_of(today(asked).isoformat())
    if asked.reach.is_everything:
        return intake
    courses = asked.courses()
    kept = {
        name: kept
        for name, kept in intake.proposals.items()
        if kept.last.use_case in courses or is_named(kept, asked.session.person)
    }
    about = {*courses, *(each.last.tool for each in kept.values())}
    tools = {name: claim for name, claim in intake.tools.items() if name in about}
    return replace(intake, proposals=kept, tools=tools)


def is_named(kept: Kept, person: str) -> bool:
    """Tell whether somebody submitted a proposal, or answers for anything in it."""
    plain = kept.last.plain
    owners = cast("Mapping[str, object]", plain.get("after_launch") or {})
    named = {plain.get("sponsor"), plain.get("champion"), *owners.values()}
    return person in named or any(each.person == person for each in kept.history)


def at_a_unit(asked: Asked, tool: str, use_case: str = "") -> Place | None:
    """Give the one unit where a tool of the inventory is used; None where that is not all of it.

    What is used at several places, or at one that is not known, is about no one unit; nor is a
    use case that is another tool's, or that reaches other sites.
    """
    listed = portfolio_of(asked.parts.history).inventory.tools.get(tool)
    if listed is None or len(listed.tool.sites) != 1 or len(listed.tool.units) != 1:
        return None
    sites, course = tuple(listed.tool.sites), asked.parts.history.courses().get(use_case)
    reaches = {*course.sites} if course is not None else set()
    if use_case and (use_case != listed.tool.use_case or not reaches <= {*sites}):
        return None
    return Place(use_case or None, sites, unit=listed.tool.units[0], narrowed=True)


def may_propose(asked: Asked) -> bool:
    """Tell whether somebody may propose anything: at large, or for a tool of their own unit."""
    tools = portfolio_of(asked.parts.history).inventory.tools
    places = (AT_LARGE, *(at_a_unit(asked, tool) for tool in tools))
    return any(p is not None and asked.may(PROPOSE.verb, PROPOSE.kind, p) for p in places)


def place_of(asked: Asked, proposal: str, use_case: str = "", tool: str = "") -> Place:
    """Give what a proposal is about: all the sites of its use case.

    Somebody bound to one unit proposes for a tool that is used there and nowhere else.
    """
    kept = known(asked).proposals.get(proposal)
    whole = _place(asked, proposal, use_case)
    if asked.may(PROPOSE.verb, PROPOSE.kind, whole) or (
        kept is not None and kept.last.tool != tool
    ):
        return whole
    named = use_case or (kept.last.use_case if kept is not None else None) or ""
    own = at_a_unit(asked, tool, named)
    return own if own is not None and asked.may(PROPOSE.verb, PROPOSE.kind, own) else whole


def _place(asked: Asked, proposal: str, use_case: str) -> Place:
    """Give what a proposal is about, wherever in it somebody works.

    Who is named in it acts on it wherever they work, as does who proposes what is about no
    use case yet.
    """
    kept = known(asked).proposals.get(proposal)
    was = kept.last.use_case if kept is not None else None
    mine = kept is None or is_named(kept, asked.session.person)
    if mine and ((kept is not None and was) or not use_case):
        return AT_LARGE
    about = was or use_case
    course = asked.parts.history.courses().get(about)
    return Place(about or None, tuple(course.sites) if course is not None else None)
