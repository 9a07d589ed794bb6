"""Notices that nobody has answered, as somebody may see them; and where each is about."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from attending.console.governance.incidents import kind_words
from attending.console.words import listed, opened
from attending.decide.notice import Tried
from attending.decide.permissions import Need, Place

if TYPE_CHECKING:
    from collections.abc import Iterator

    from attending.console.page import Asked
    from attending.decide.notice import Event

ACKNOWLEDGE = Need("acknowledge", "notice")
OF = {"suspension": "Suspended", "hold": "Held", "condition": "A condition is broken"}


class Unanswered(NamedTuple):
    """Something that people were told of, and that nobody has acknowledged.

    Attributes
    ----------
    notice
        The id of the last notice of it.
    words
        What it is, and who was told so far.
    path
        The page that says more.
    may
        Whether who looks may acknowledge it.

    """

    notice: str
    words: str
    path: tuple[str, ...]
    may: bool


def unanswered(asked: Asked) -> list[Unanswered]:
    """Give what waits for an answer, the oldest first."""
    found = []
    for event, notice, told in _chains(asked):
        course = asked.courses().get(event.use_case)
        only = None if course is None else course.only
        if course is None or (only is not None and not {*event.sites} & only):
            continue
        sites = listed([course.title_of(s) for s in event.sites if only is None or s in only])
        said = OF.get(event.of) or f"{opened(kind_words(event.kind))}, severity {event.severity}"
        where = f"{course.title} at {sites}" if sites else course.title
        words = f"{said}: {where}. Told so far: {listed(told[0]) or 'nobody'}"
        words += f"; not reached: {listed(told[1])}." if told[1] else "."
        path = ("incidents", event.name) if event.name else ("rollouts", event.use_case)
        may = asked.may(ACKNOWLEDGE.verb, ACKNOWLEDGE.kind, _place(event))
        found.append(Unanswered(notice, words, path, may))
    return found


def place_of(asked: Asked, notice: str) -> Place:
    """Give where a notice is about; one that waits for nobody is nowhere known."""
    return next((_place(event) for event, last, _ in _chains(asked) if last == notice), Place())


def _chains(asked: Asked) -> Iterator[tuple[Event, str, tuple[list[str], list[str]]]]:
    """Give each open chain, with its last notice, the posts told, and those not reached."""
    desk = asked.parts.notices
    if desk is None:
        return
    known = desk.known()
    for event, tell, ids in known.open_chains():
        tried = [known.tried.get((each, "trigger"), Tried()) for each in ids]
        chain = list(zip(tell.chain, ids, tried, strict=True))
        told = [reached.to for reached, _, each in chain if each.sent]
        missed = [reached.to for reached, _, each in chain if each.n and not each.sent]
        if told or missed:
            last = [name for _, name, each in chain if each.n][-1]
            yield event, last, (list(dict.fromkeys(told)), list(dict.fromkeys(missed)))


def _place(event: Event) -> Place:
    return Place(event.use_case, event.sites or None)
