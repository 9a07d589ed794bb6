"""Incidents that somebody must hear of today: those that stop output, and those that are late."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attending.console.governance.incidents import kind_words, where
from attending.console.governance.incidents_within import over_incidents, register_of
from attending.console.sentence import Sentence
from attending.console.words import Tag, listed, opened
from attending.decide.docket import docket, late, presses

if TYPE_CHECKING:
    from attending.console.course import Course
    from attending.console.page import Asked
    from attending.decide.docket import Waiting

LATE = Tag("late", "✕", "ochre strong")
OPEN = Tag("incident", "■", "ochre strong")


def pressing(asked: Asked) -> list[Sentence]:
    """Give a sentence for each, what is late and worst first; nothing of it for a past day."""
    if asked.as_of is not None:
        return []
    now, asked = asked.parts.clock.now(), over_incidents(asked)
    courses, found = asked.courses(), list[Sentence]()
    for held in register_of(asked).of("", is_open=True):
        if not presses(held, now):
            continue
        incident, course = held.opened, courses.get(held.opened.use_case)
        overdue = late(held, now)
        words = f"{opened(kind_words(incident.kind))} at {where(held, course)}"
        words += f", severity {incident.severity}, is {held.state} and not closed"
        said = f"; past its end: {listed([clock.title for clock in overdue])}" if overdue else ""
        title = incident.use_case if course is None else course.title
        path = ("incidents", incident.incident)
        found.append(Sentence(LATE if overdue else OPEN, f"{words}{said}.", path, title))
    return sorted(found, key=lambda sentence: sentence.tag is not LATE)


def dockets(asked: Asked) -> list[tuple[Course, Waiting]]:
    """Give what waits for the next meeting, as far as somebody sees it."""
    now = asked.parts.clock.now()
    wrong = (
        [] if asked.as_of is not None else register_of(over_incidents(asked)).of("", is_open=True)
    )
    return [
        (course, waiting)
        for name, course in asked.courses().items()
        for waiting in docket(name, course.standing().governed, wrong, now)
    ]
