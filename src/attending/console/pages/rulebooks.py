"""What do the rules ask of us, and are they met? Every use case, and every rulebook in force.

It reads the rulebooks that are shipped, by their version in force today, what compliance
officers confirmed here, and the facts that prove a rule. Of each use case stand its tier, how a
committee takes it, and how many rules that warn or bind are missing.

It does not give legal advice, and of what nobody read in its own text it says just that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attending.console.access import reads
from attending.console.governance.rules import books, heard_by, held, overview, today
from attending.console.page import Page
from attending.loops.obligations import Governance

if TYPE_CHECKING:
    from attending.console.page import Asked, Shown


def show(asked: Asked) -> Shown:
    """Give one line for each use case, and one for each rulebook."""
    known, facts = heard_by(asked), Governance(asked.parts.reader)
    found = [
        (course, *held(asked, course, known, facts))
        for course in asked.courses().values()
        if asked.folder(course) is not None
    ]
    return {"overview": overview(found), "books": books(today(asked), known.confirmed)}


rulebooks = Page(
    path="/rulebooks",
    question="What do the rules ask of us, and are they met?",
    show=show,
    menu=(7, "Rulebooks"),
    has_past=False,
    needs=reads("rule"),
    narrows=True,
)
