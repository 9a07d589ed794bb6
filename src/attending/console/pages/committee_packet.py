"""What is asked, what was found, and who has said what? One item, as two computed pages.

It reads the packet as it was computed, what has changed since, the votes so far, and who may
vote and why somebody may not. A vote is one press and is bound to the packet's digest; what is
written with it is sealed, and its digest alone goes on record.

It does not tell anybody how to vote.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attending.console.access import reads
from attending.console.governance.again import shows_again
from attending.console.governance.committee import (
    CHOICES,
    WORDS_OF,
    changed,
    decision_of,
    found_there,
    items,
    quorum_words,
)
from attending.console.governance.conditions import STATES, owed, proposed
from attending.console.page import NotNow, Page
from attending.decide.permissions import Need, Place
from attending.errors import NoSuchName

if TYPE_CHECKING:
    from collections.abc import Mapping

    from attending.console.governance.committee import Told
    from attending.console.page import Asked, Shown
    from attending.facts.entry import Entry

FORMS = ("vote", "recuse", "close")
SHORTEST_REASON = 3
LONGEST = 2000


def show(asked: Asked) -> Shown:
    """Give the packet, what changed, the votes, and what this person may do."""
    told = _told(asked)
    folder = asked.folder(told.course)
    came = decision_of(told)
    choices = [c for c in CHOICES if c != "approve_with_conditions" or told.item.proposes]
    return {
        "told": told,
        "course": told.course,
        "spec": folder.use_case if folder is not None else None,
        "found": found_there(told, folder),
        "waves": folder.rollout.waves if folder is not None and folder.rollout else (),
        "proposed": proposed(told.deciding, told.course),
        "owed": owed(told.course, told.course.standing().governed, "open", "broken"),
        "changed": [] if told.item.closed else changed(told),
        "quorum": quorum_words(told.there) if told.there is not None else "",
        "came": came,
        "word": WORDS_OF.get(str(came[1].get("word", ""))) if came is not None else None,
        "states": {
            name: STATES[held.state]
            for name, held in told.course.standing().governed.conditions.items()
        },
        "choices": {choice: CHOICES[choice] for choice in choices},
        "again": shows_again(asked, told.course),
        "acts": asked.parts.actions is not None and asked.as_of is None,
        "shortest": SHORTEST_REASON,
        "longest": LONGEST,
    }


def do(asked: Asked, form: Mapping[str, str]) -> str:
    """Vote, recuse oneself, or close the item, in the name of who is signed in."""
    told, what, by = _told(asked), form.get("what", ""), asked.vouched
    actions, name, packet = asked.parts.actions, told.course.name, told.item.packet.digest
    if actions is None:
        raise NotNow(f"this copy only reads; {what} where the loops run, or by `attending meeting`")
    text = form.get("text", "").strip()
    if len(text) > LONGEST:
        raise NotNow(f"write at most {LONGEST:,} characters")
    if what == "vote":
        actions.vote(name, packet, _choice(form), dissent=text, by=by)
    elif what == "recuse":
        if len(text) < SHORTEST_REASON:
            raise NotNow("to take no part takes a reason; it is sealed")
        actions.recuse(name, packet, why=text, by=by)
    elif what == "close":
        actions.close_item(name, packet, by=by)
    else:
        raise NoSuchName(what, "what an item can be asked for", FORMS)
    return f"/committee/{packet}#votes"


def _choice(form: Mapping[str, str]) -> str:
    choice = form.get("choice", "")
    if choice not in CHOICES:
        raise NoSuchName(choice, "what can be voted", CHOICES)
    return choice


def _told(asked: Asked) -> Told:
    named, courses = asked.path["packet"], asked.courses()
    found = {t.item.packet.digest: t for c in courses.values() for t in _items(asked, c.name)}
    if named not in found:
        if any(_was_there(course.governed, named) for course in courses.values()):
            raise NotNow("this packet was followed by another one; go by the agenda")
        raise NoSuchName(named, "the packets of this ledger", found)
    return found[named]


def _items(asked: Asked, use_case: str) -> list[Told]:
    return items(asked.course(use_case), asked.session.person)


def _was_there(governed: list[Entry], digest: str) -> bool:
    return any(e.fact.type == "packet/1" and e.fact.body["digest"] == digest for e in governed)


def _place(asked: Asked, _form: Mapping[str, str]) -> Place:
    """Give the use case a packet is about; one nobody knows is about none."""
    named = asked.path["packet"]
    found = (c for c in asked.courses().values() if _was_there(c.governed, named))
    return Place(next((course.name for course in found), None))


committee_packet = Page(
    path="/committee/{packet}",
    question="What is asked, what was found, and who has said what?",
    show=show,
    do=do,
    needs=reads("evidence"),
    acts={
        "vote": Need("vote", "item"),
        "recuse": Need("recuse", "item"),
        "close": Need("close", "item"),
    },
    place=_place,
)
