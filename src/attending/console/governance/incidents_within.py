"""Incidents as somebody may see them: those elsewhere, and other sites' names, are left out."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import msgspec

from attending.console.access import reads
from attending.decide.permissions import Place

if TYPE_CHECKING:
    from attending.console.course import Course
    from attending.console.page import Asked
    from attending.decide.incident import Held, Register
    from attending.decide.permissions import Reach


def register_of(asked: Asked) -> Register:
    """Give the incidents within the reach of who asks."""
    register = asked.parts.history.incidents()
    if asked.reach.is_everything:
        return register
    courses = asked.courses()
    seen = {
        name: _within(held, asked.reach, courses.get(held.opened.use_case))
        for name, held in register.incidents.items()
    }
    return replace(register, incidents={k: held for k, held in seen.items() if held is not None})


def over_incidents(asked: Asked) -> Asked:
    """Give the request with the reach that who asks has over incidents, whatever page it is of."""
    if asked.access is None:
        return asked
    return replace(asked, reach=asked.access.reach(asked.session.person, reads("incident")))


def place_of(asked: Asked, incident: str) -> Place:
    """Give where an incident is, all of it; one that is not to be seen is nowhere known."""
    if incident not in register_of(asked).incidents:
        return Place()
    opened = asked.parts.history.incidents().incidents[incident].opened
    return Place(opened.use_case, opened.sites or None)


def _within(held: Held, reach: Reach, course: Course | None) -> Held | None:
    opened = held.opened
    if not reach.sees_some(opened.use_case):
        return None
    only = reach.sites(opened.use_case)
    if only is None:
        return held
    sites = tuple(site for site in opened.sites if site in only)
    if not sites:
        return None
    found_by = opened.found_by
    if found_by.site not in only:
        found_by = msgspec.structs.replace(found_by, site="")
    late = list(held.waits)
    names = late if course is None else course.named(late)
    waits = {name: held.waits[was] for name, was in zip(names, late, strict=True)}
    held = replace(held, waits=waits)
    return replace(held, opened=msgspec.structs.replace(opened, sites=sites, found_by=found_by))
