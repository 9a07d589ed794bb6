"""What pages write about people, in the name of who is signed in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from attending import shapes
from attending.facts.people import AccessReviewed, Found, ViewReviewed
from attending.ledger import layout
from attending.ledger.open_reader import open_reader
from attending.ledger.unsealed import opener
from attending.loops.system import people
from attending.wiring import open_books

if TYPE_CHECKING:
    from pathlib import Path

    from attending.decide.people import Said
    from attending.facts.people import Viewed


@dataclass(frozen=True)
class PeopleActions:
    """Over one store, opened for each act alone.

    Attributes
    ----------
    store
        The ledger's folder.

    """

    store: Path

    def view(self, viewed: Viewed, *, why: str) -> None:
        """Write down that somebody looks; on disk when this returns."""
        with open_books(self.store) as books:
            people.look(books, viewed, people.Voice(viewed.person, "console"), why=why)

    def say(self, said: Said, *, person: str) -> None:
        """Say something of a person; see `loops.people.say` for what is refused."""
        with open_books(self.store) as books:
            people.say(books, said, people.Voice(person, "console"))

    def opened(self, digest: str) -> str | None:
        """Open what somebody wrote; None where it was erased, or there is no key here."""
        key = layout.payload_key(self.store)
        if not key.exists():
            return None
        reader = open_reader(self.store)
        try:
            return opener(reader, key)(digest)
        finally:
            reader.close()

    def review(self, view: int, found: str, *, person: str) -> None:
        """Write down that a break-glass view was looked into."""
        told = ViewReviewed(view=view, found=cast("Found", found), person=person)
        with open_books(self.store) as books:
            people.review(books, told, people.Voice(person, "console"))

    def settle(self, whose: str, who: str, on: str, *, found: str, person: str) -> None:
        """Write down that a day of unusual looks was looked into."""
        told = {"whose": whose, "who": who, "on": on, "found": found, "person": person}
        reviewed = shapes.convert(told, AccessReviewed)
        with open_books(self.store) as books:
            people.settle(books, reviewed, people.Voice(person, "console"))
