"""What exactly will happen if I do this? One order, said in full before it is given.

It reads where things stand, and folds the order into it as if it had been given: what
differs afterwards is what the page says. The order itself is the command's own, with its
refusals.

It does not tell whether giving the order is right: whoever gives it says why.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attending.console.access import reads
from attending.console.effects import VERBS, foresee, near, told
from attending.console.page import NotNow, Page, at_scope
from attending.decide.permissions import Need
from attending.decide.standing import EVERYWHERE
from attending.errors import NoSuchName

if TYPE_CHECKING:
    from collections.abc import Mapping

    from attending.console.course import Course
    from attending.console.page import Asked, Shown

SHORTEST_REASON = 3
SAYS = {
    "hold": "Hold {}",
    "suspend": "Suspend it at {}",
    "resume": "End the hold on {}",
    "lift": "Lift the suspension of {}",
}


def show(asked: Asked) -> Shown:
    """Say what the order would do, and ask for the reason."""
    course, verb = asked.course(asked.path["use_case"]), _verb(asked)
    scope = _scope(course, asked.query.get("scope", ""))
    effect = foresee(course.standing(), verb, scope)
    return {
        "course": course,
        "verb": verb,
        "scope": scope,
        "says": SAYS[verb].format(course.title_of(scope)),
        "effects": told(effect, course, near(course, asked.parts.clock.now())),
        "is_any": effect.is_any,
        "can": asked.parts.actions is not None,
        "shortest": SHORTEST_REASON,
    }


def do(asked: Asked, form: Mapping[str, str]) -> str:
    """Give the order, with a reason, in the name of who is signed in."""
    course, verb = asked.course(asked.path["use_case"]), _verb(asked)
    if asked.parts.actions is None:
        words = f"this copy only reads; {verb} where the loops run, or with `attending {verb}`"
        raise NotNow(words)
    scope, reason = _scope(course, form.get("scope", "")), form.get("reason", "").strip()
    if len(reason) < SHORTEST_REASON:
        raise NotNow(f"to {verb} takes a reason that others will understand later")
    asked.parts.actions.order(course.name, verb, scope, reason=reason, person=asked.session.person)
    return f"/rollouts/{course.name}#moves"


def _verb(asked: Asked) -> str:
    verb = asked.path["verb"]
    if verb not in VERBS:
        raise NoSuchName(verb, "what can be ordered here", VERBS)
    return verb


def _scope(course: Course, name: str) -> str:
    there = {EVERYWHERE, *course.sites}
    if name not in there:
        raise NoSuchName(name, f"the sites of {course.name}", there)
    return name


order = Page(
    path="/orders/{use_case}/{verb}",
    question="What exactly will happen?",
    show=show,
    under="/use-cases",
    do=do,
    has_past=False,
    needs=reads("evidence"),
    acts={verb: Need(verb, "rollout") for verb in VERBS},
    place=at_scope,
    narrows=True,
)
