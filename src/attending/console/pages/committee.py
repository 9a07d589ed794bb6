"""What do we decide next? The items open for votes, in order; then what stands and what is owed.

It reads packets, votes and decisions, each in the fold that the gateways' plans are checked
against. Below the agenda stand the decision in force on each use case, its last day, and the
conditions set with it, each with its state and its owner.

It does not tell what was said in the room; what people wrote down is sealed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attending.clock import stamp
from attending.console.access import reads
from attending.console.governance.committee import decided, for_votes, items, quorum_words
from attending.console.governance.pace import quarters
from attending.console.governance.pressing import dockets
from attending.console.page import Page

if TYPE_CHECKING:
    from attending.console.page import Asked, Shown


def show(asked: Asked) -> Shown:
    """Give the agenda, what was decided, and what is owed."""
    courses, person = asked.courses(), asked.session.person
    date = stamp(asked.parts.clock.now())[:10]
    agenda = for_votes(courses.values(), person)
    return {
        "pace": quarters(courses.values()),
        "agenda": agenda,
        "quorum": {
            told.item.packet.digest: quorum_words(told.there) for told in agenda if told.there
        },
        "dockets": dockets(asked),
        "decided": [decided(course, date) for course in courses.values()],
        "closed": [
            told
            for course in courses.values()
            for told in reversed(items(course, person))
            if told.item.closed
        ],
    }


committee = Page(
    path="/committee",
    question="What do we decide next?",
    show=show,
    menu=(5, "Committee"),
    needs=reads("minutes"),
    narrows=True,
)
