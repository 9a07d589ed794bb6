"""Conditions as people read them: what is asked, by when, what follows otherwise, and its state."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from attending import shapes
from attending.console.words import Tag, listed
from attending.decide.words import number
from attending.loops.measure import metric_named

if TYPE_CHECKING:
    from collections.abc import Mapping

    from attending.console.course import Course
    from attending.decide.governed import Governed
    from attending.facts.committee import Form

STATES = {
    "open": Tag("open", "◇", "plain"),
    "met": Tag("met", "✓", "teal"),
    "broken": Tag("broken", "✕", "ochre strong"),
    "lapsed": Tag("ended", "○", "plain"),
}
PROPOSED = Tag("proposed", "○", "plain")

Body = dict[str, Any]


class Owed(NamedTuple):
    """A condition as people read it."""

    id: str
    tag: Tag
    words: str
    effect: str
    owner: str
    due: str
    because: str


def proposed(deciding: Mapping[str, Any], course: Course) -> list[Owed]:
    """Give the conditions that the packet proposes, as people read them."""
    made = []
    for each in rows(deciding.get("proposed", [])):
        form = {k: each[k] for k in ("show", "keep", "do") if each.get(k) is not None}
        scope = next(iter(form.values())).get("scope") or {}
        asks = {k: {**v, "sites": scope.get("sites", ())} for k, v in form.items()}
        words = asks_words(asks, course)
        due, effect = each.get("due") or "", str(each.get("effect", "hold"))
        made.append(Owed(each["id"], PROPOSED, words, effect, each["owner"], due, ""))
    return made


def owed(course: Course, governed: Governed, *states: str) -> list[Owed]:
    """Give the conditions that decisions set, as they stand."""
    return [
        Owed(
            name,
            STATES[held.state],
            asks_words(_asks(held.condition.form), course),
            held.condition.effect,
            held.condition.owner,
            held.condition.due or "",
            held.because,
        )
        for name, held in sorted(governed.conditions.items())
        if not states or held.state in states
    ]


def _asks(form: Form) -> Body:
    told = msgspec.to_builtins(form)
    return {name: value for name, value in told.items() if value is not None}


def asks_words(form: Mapping[str, Any], course: Course) -> str:
    """Write what a condition asks for: ``show that the risk ratio of bad at West is no …``."""
    ((verb, asks),) = form.items()
    if verb == "do":
        there = "".join(f", {k} {v}" for k, v in asks.get("where", {}).items())
        return f"there must be a fact {asks['fact']} on record{there}"
    scale = metric_named(asks["metric"]).scale
    sites = listed([course.title_of(s) for s in asks.get("sites") or ()]) or "all sites together"
    name = asks["metric"].rpartition(".")[2].replace("_", " ")
    of = f" of {asks['of']}" if asks.get("of") else ""
    bound = number(asks["floor"], scale)
    if verb == "show":
        return f"show that the {name}{of} at {sites} is no worse than {bound}"
    stop = asks.get("stop_line")
    more = f"; {number(stop, scale)} is clearly harmful" if stop is not None else ""
    return f"keep the {name}{of} at {sites} no worse than {bound}{more}"


def rows(value: object) -> list[Body]:
    """Give a list as facts keep it."""
    return shapes.convert(value, list[Body])
