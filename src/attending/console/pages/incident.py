"""What happened here, is it stopped, and what is still owed? One incident, to its end.

It reads what was reported, who has read the suspension back, the clocks with what is left of
each, what led to it, the corrective actions and the condition that shows whether they worked.
Until every gateway has read the suspension back it says where that is not confirmed. Each step
is refused, with what would be accepted, until the one before it is done.

It does not show what people wrote: that is sealed. The clocks are no legal advice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attending.console.access import reads
from attending.console.governance.incidents import (
    STATES,
    about,
    actions,
    clocks,
    kind_words,
    waits,
    where,
)
from attending.console.governance.incidents_within import place_of, register_of
from attending.console.page import NotNow, Page
from attending.console.words import opened
from attending.decide.incident import NEXT, STEPS_TAKEN
from attending.decide.permissions import ANYWHERE, Need, Place
from attending.errors import NoSuchName
from attending.facts.incident import SEVERITIES
from attending.loops.incident import CAUSES, LONGEST
from attending.loops.sealing import LEAST

if TYPE_CHECKING:
    from collections.abc import Mapping

    from attending.console.course import Course
    from attending.console.page import Asked, Shown
    from attending.decide.incident import Held


CONTAINS, CLOSES = Need("contain", "incident"), Need("close", "incident")


def show(asked: Asked) -> Shown:
    """Give all that is known of an incident, and the steps that can be taken."""
    register, held = register_of(asked), _held(asked)
    course = asked.courses().get(held.opened.use_case)
    step = NEXT.get(held.state)
    name = held.opened.incident
    return {
        "held": held,
        "title": opened(kind_words(held.opened.kind)),
        "use_case_title": held.opened.use_case if course is None else course.title,
        "where": where(held, course),
        "state": STATES[held.state],
        "about": about(held, course),
        "clocks": clocks(held, asked.parts.clock.now()),
        "running": [c for c in held.clocks if c.met_at is None],
        "actions": actions(held),
        "undone": [n for n, a in sorted(held.actions.items()) if a.done is None],
        "waits": waits(register, held),
        "step": step if step and register.refusal(name, step) is None else None,
        "shows": sorted(
            k
            for (use_case, k), c in register.conditions.items()
            if use_case == held.opened.use_case and c.form == "show" and _sees(course, k)
        ),
        "causes": {cause: kind_words(cause) for cause in CAUSES},
        "acts": asked.parts.incidents is not None
        and held.is_open
        and asked.may("contain", "incident", place_of(asked, name)),
        "longest": LONGEST,
        "shortest": LEAST,
        "severities": SEVERITIES,
    }


def do(asked: Asked, form: Mapping[str, str]) -> str:
    """Take a step, in the name of who is signed in."""
    held = _held(asked)
    if asked.parts.incidents is None:
        raise NotNow("this copy only reads; go on with `attending incident`")
    if len(form.get("words", "")) > LONGEST:
        raise NotNow(f"write at most {LONGEST:,} characters")
    asked.parts.incidents.take(
        held.opened.use_case,
        held.opened.incident,
        form.get("what", ""),
        form,
        person=asked.session.person,
    )
    return f"/incidents/{held.opened.incident}"


def _held(asked: Asked) -> Held:
    there = register_of(asked).incidents
    if asked.path["incident"] not in there:
        raise NoSuchName(asked.path["incident"], "the incidents of this ledger", there)
    return there[asked.path["incident"]]


def _sees(course: Course | None, condition: str) -> bool:
    """Tell whether a condition is about nothing beyond what somebody sees."""
    if course is None or course.only is None:
        return True
    return condition in course.standing().governed.conditions


def _place(asked: Asked, form: Mapping[str, str]) -> Place:
    """Give where the incident is; to look, it is left out where it may not be seen."""
    return place_of(asked, asked.path["incident"]) if form else ANYWHERE


incident = Page(
    path="/incidents/{incident}",
    question="What happened here, is it stopped, and what is still owed?",
    show=show,
    do=do,
    has_past=False,
    needs=reads("incident"),
    acts={step: CLOSES if step in ("check", "close") else CONTAINS for step in STEPS_TAKEN},
    place=_place,
    narrows=True,
)
