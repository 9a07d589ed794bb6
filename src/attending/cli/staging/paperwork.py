"""What the people of a simulated health system hand in: a sheet of tools, and proposals.

Each goes through what the verb of its name does, in the name of whoever hands it in.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attending.facts.fact import By
from attending.ledger import layout
from attending.ledger.unsealed import Unsealed
from attending.loops.books import Books
from attending.loops.system import intake, inventory, retention
from attending.loops.tiering import Speaker, all_heard, record, tier_of
from attending.spec.document import Document

if TYPE_CHECKING:
    from pathlib import Path

    from attending.wiring import Staged


def hand_in(staged: Staged, store: Path, request: dict[str, Any]) -> None:
    """Hand in a sheet or a proposal, have a tier written down, or put retention rules in force.

    Raises
    ------
    Refused
        As the verb of its name refuses it.

    """
    parts, by = staged.parts, str(request["by"])
    books = Books(parts.reader, parts.pen, staged.clock)
    if request["do"] == "inventory":
        inventory.import_(books, request["text"].encode(), by)
    elif request["do"] == "tier":
        found = tier_of(parts.folder, all_heard(parts.reader), books.at[:10]).computed
        record(books, parts.use_case, found, Speaker(by))
    elif request["do"] == "retention":
        retention.adopt(books, retention.rules_in(None), By(person=by, via="cli"))
    else:
        opened = Unsealed(parts.reader, layout.payload_key(store)).raw
        desk = intake.Desk(books, opened, by, drawn=staged.drawn)
        intake.submit(desk, Document(request["proposal"]))
