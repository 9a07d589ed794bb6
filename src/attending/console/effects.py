"""What an order would do, said before it is given: the fold itself is asked.

The order is folded into where things stand as if it had been said just now. What differs
afterwards is what would change, so that a page cannot promise one thing and the platform
do another.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from attending.console.noticing import because
from attending.console.words import listed, many, opened
from attending.decide.standing import EVERYWHERE, WHOLE_SITE, fold
from attending.facts.fact import By, Fact
from attending.facts.snapshot import LEASE_SECONDS
from attending.loops.gateways import SPEAKS_EVERY

if TYPE_CHECKING:
    from collections.abc import Iterable

    from attending.console.course import Course
    from attending.decide.standing import Hold, Place, Standing

VERBS = ("hold", "suspend", "resume", "lift")


@dataclass(frozen=True)
class Effect:
    """What would come of an order.

    Attributes
    ----------
    verb, scope
        Which order, and where.
    stopped, unasked
        Live and silent places that would be suspended.
    lifted
        Suspended places that would go to silent.
    freed, kept
        Holds that would end, and holds about the same places that would stay.

    """

    verb: str
    scope: str
    stopped: tuple[Place, ...] = ()
    unasked: tuple[Place, ...] = ()
    lifted: tuple[Place, ...] = ()
    freed: tuple[Hold, ...] = ()
    kept: tuple[Hold, ...] = ()

    @property
    def is_any(self) -> bool:
        """Tell whether the order would be taken; one that changes nothing is refused."""
        return self.verb in ("hold", "suspend") or bool(self.lifted or self.freed)


def foresee(standing: Standing, verb: str, scope: str) -> Effect:
    """Fold an order that nobody has given into where things stand, and compare."""
    body = {"type": f"{verb}/1", "scope": scope, "person": "", "reason": "", "day": 0}
    by = By(person="")
    imagined = Fact(kind="said", key=f"imagined/{verb}", at="", by=by, body=body)
    after = fold(standing, [imagined])
    order = after.orders[-1] if len(after.orders) > len(standing.orders) else None
    went = [p for p, spot in standing.spots.items() if after.at(*p).mode != spot.mode]
    about = {k: h for k, h in standing.holds.items() if scope in (EVERYWHERE, h.scope)}
    freed = order.holds if order is not None and verb == "resume" else ()
    return Effect(
        verb,
        scope,
        stopped=tuple(p for p in went if standing.at(*p).mode == "live"),
        unasked=tuple(p for p in went if standing.at(*p).mode == "silent"),
        lifted=tuple(p for p, _ in order.was) if order is not None and verb == "lift" else (),
        freed=tuple(h for k, h in about.items() if k in freed),
        kept=tuple(h for k, h in about.items() if k not in freed) if verb == "resume" else (),
    )


def told(effect: Effect, course: Course, near: Iterable[str]) -> list[str]:
    """Say exactly what will happen, a sentence for each thing.

    Parameters
    ----------
    effect
        What was foreseen.
    course
        For the names people know.
    near
        The gateways heard of lately, which must read a change back.

    """
    say = {"hold": _held, "suspend": _suspended, "resume": _resumed, "lift": _lifted}
    said = say[effect.verb](effect, course)
    return [*said, _read_back(list(near))] if effect.stopped or effect.unasked else said


def _held(effect: Effect, course: Course) -> list[str]:
    return [
        (
            f"The rollout stops expanding, everywhere, until the hold on"
            f" {course.title_of(effect.scope)} is ended by somebody who resumes it."
        ),
        "Output that is live stays live: nothing changes at any bedside.",
    ]


def _suspended(effect: Effect, course: Course) -> list[str]:
    said = []
    if effect.stopped:
        places, one = _places(effect.stopped, course)
        said.append(f"{opened(places)} {'stops' if one else 'stop'} showing it within a second.")
    if effect.unasked:
        places, one = _places(effect.unasked, course)
        was = "answers" if one else "answer"
        said.append(f"{opened(places)}, which {was} silently now, will not be asked any more.")
    if not said:
        said.append(
            f"Nothing is live or silent at {course.title_of(effect.scope)}, so nothing changes at"
            " any bedside; the rollout is held all the same."
        )
    return [
        *said,
        "Nothing expands meanwhile. Nothing is deleted: every answer so far stays on record.",
        "It stays suspended until a named person lifts it, with a reason.",
    ]


def _lifted(effect: Effect, course: Course) -> list[str]:
    if not effect.lifted:
        return [f"Nothing is suspended at {course.title_of(effect.scope)}."]
    places, one = _places(effect.lifted, course)
    return [
        (
            f"{opened(places)} {'goes' if one else 'go'} from suspended to silent: answers are"
            " recorded again, and nobody sees them."
        ),
        "Nothing is shown by this. Only a new plan, proven and signed, makes it live again.",
        "What is held stays held until somebody resumes it.",
    ]


def _resumed(effect: Effect, course: Course) -> list[str]:
    kept = dict.fromkeys(hold.scope for hold in effect.kept)
    freed = dict.fromkeys(hold.scope for hold in effect.freed if hold.scope not in kept)
    said = []
    for scope in freed:
        why = because(course, [hold for hold in effect.freed if hold.scope == scope])
        said.append(f"The hold on {course.title_of(scope)} ends; it stood{why}.")
    said += [
        f"The hold on {course.title_of(scope)} stays: it came with a suspension that still"
        " stands, and must be lifted first."
        for scope in kept
    ]
    if not said:
        return [f"Nothing is held at {course.title_of(effect.scope)}."]
    return [
        *said,
        "Nothing changes at any bedside now.",
        "The next wave still wants its proof and its sign-offs.",
    ]


def _places(places: Iterable[Place], course: Course) -> tuple[str, bool]:
    """Write places as people know them; tell whether they are one thing in a sentence."""
    units: dict[str, list[str]] = {}
    for site, unit in places:
        units.setdefault(site, []).append(unit)
    said = [
        course.title_of(site)
        if WHOLE_SITE in there
        else f"{many(len(there), 'unit')} at {course.title_of(site)} ({listed(there)})"
        for site, there in units.items()
    ]
    only = next(iter(units.values()), [])
    return listed(said), len(units) == 1 and (WHOLE_SITE in only or len(only) == 1)


def _read_back(near: list[str]) -> str:
    if not near:
        return (
            "No gateway has been heard of lately. One that is silent shows nothing once its"
            f" lease of {LEASE_SECONDS} seconds is over."
        )
    one = len(near) == 1
    return (
        f"{opened(listed(near))} must read it back; until then {'it' if one else 'each'} stands"
        " here as not confirmed."
    )


def near(course: Course, now: datetime) -> list[str]:
    """Name the gateways heard of lately, as `loops.gateways` waits for them."""
    heard = {str(e.fact.body["gateway"]): e.fact.at for e in course.read_backs}
    since = now - timedelta(seconds=LEASE_SECONDS + SPEAKS_EVERY)
    lately = (name for name, at in heard.items() if datetime.fromisoformat(at) >= since)
    return course.named(sorted(lately))
