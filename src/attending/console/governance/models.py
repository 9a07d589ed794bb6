"""What answers in a use case, and who read its file: each reading is a fact."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attending.console.listing import Cell, Line, Listing
from attending.console.words import many

if TYPE_CHECKING:
    from collections.abc import Sequence

    from attending.admit import Folder
    from attending.facts.entry import Entry

COLUMNS = ("model", "version", "answers by", "file", "read", "last read (UTC)", "by")
SHORT = 12  # characters of a digest that are read


def models(folder: Folder | None, fetched: Sequence[Entry]) -> Listing:
    """Give the models of a use case, as declared, with the readings of each one's file."""
    declared = folder.models.values() if folder is not None else ()
    lines = []
    for model in declared:
        digest = (model.sha256 or "").lower()
        own = [e for e in fetched if digest and e.fact.body["sha256"] == digest]
        last = own[-1] if own else None
        if not digest:
            read = "no file to read"
        else:
            read = many(len(own), "time") if own else "not on record"
        lines.append(
            Line(
                [
                    Cell(model.title),
                    Cell(model.version),
                    Cell(model.engine),
                    Cell(digest[:SHORT] or "none: coefficients or rules"),
                    Cell(read),
                    Cell(last.fact.at[:16].replace("T", " ") if last else ""),
                    Cell(last.fact.by.person, fact=last.index) if last else Cell(""),
                ]
            )
        )
    return Listing("What answers, and who read it", COLUMNS, lines, "It has no model.")
