"""What pages may do with proposals: the very code of the verbs, in the name of who is signed in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attending.ledger import layout
from attending.ledger.unsealed import Unsealed
from attending.loops.system import intake
from attending.wiring import open_books

if TYPE_CHECKING:
    from pathlib import Path

    from attending.decide.proposals.intake import Intake
    from attending.facts.proposal import Barrier, Choice
    from attending.ledger.read import Reader
    from attending.loops.books import Books
    from attending.spec.document import Document


class IntakeDesk:
    """Proposals over one store; the books are opened for each act alone.

    Parameters
    ----------
    store, reader
        The ledger's folder, and its reader.
    acts
        Whether anything may be done; else it only reads.

    """

    def __init__(self, store: Path, reader: Reader, *, acts: bool = True) -> None:
        self.acts = acts
        self._store = store
        self._reader = reader
        self._following = intake.followed(reader)

    def known(self) -> Intake:
        """Give everything that was proposed, up to now."""
        return self._following.now()

    def opened(self, digest: str) -> bytes | None:
        """Open what somebody wrote; None where it was erased, or there is no key here."""
        return Unsealed(self._reader, layout.payload_key(self._store)).raw(digest)

    def submit(self, document: Document, *, person: str) -> bool:
        """Take a proposal in; tell whether it is new. See `loops.intake.submit`."""
        with open_books(self._store) as books:
            return intake.submit(self._desk(books, person), document)[1]

    def end(
        self,
        proposal: str,
        choice: Choice,
        *,
        barriers: tuple[Barrier, ...],
        lesson: str,
        person: str,
    ) -> bool:
        """End a pilot with a recorded choice; tell whether it is new."""
        with open_books(self._store) as books:
            desk = self._desk(books, person)
            return intake.end(desk, proposal, choice, barriers=barriers, lesson=lesson)[1]

    def _desk(self, books: Books, person: str) -> intake.Desk:
        opened = Unsealed(books.reader, layout.payload_key(self._store)).raw
        return intake.Desk(books, opened, person, via="console")
