"""Proposals as somebody may see them: about what they may see, or with their own name in them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, cast

from attending.console.governance.intake import known
from attending.decide.permissions import Place

if TYPE_CHECKING:
    from collections.abc import Mapping

    from attending.console.page import Asked
    from attending.decide.proposals.intake import Intake, Kept


def intake_of(asked: Asked) -> Intake:
    """Give what was proposed, within the reach of who asks."""
    intake = known(asked)
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


def place_of(asked: Asked, proposal: str, use_case: str = "") -> Place:
    """Give what a proposal is about: all the sites of its use case.

    Who is named in it acts on it wherever they work, as does who proposes what is about no
    use case yet.
    """
    kept = known(asked).proposals.get(proposal)
    was = kept.last.use_case if kept is not None else None
    mine = kept is None or is_named(kept, asked.session.person)
    if mine and ((kept is not None and was) or not use_case):
        return Place(sites=(), narrowed=True)
    about = was or use_case
    course = asked.parts.history.courses().get(about)
    return Place(about or None, tuple(course.sites) if course is not None else None)
