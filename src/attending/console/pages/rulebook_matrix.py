"""Which rules apply to this tool, which are met, and by which facts? One matrix to print.

It reads the declared specs, the rulebooks in force today for its sites, and the facts that each
rule's proof finds. Where a law lists what users must be able to read about a tool, every row
stands there, "not available" among them.

It does not give legal advice, and where a site's jurisdiction is not known it asks only what
holds everywhere, and says so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attending.console.access import reads
from attending.console.governance.rules import attributes, heard_by, held, matrix, told
from attending.console.page import Page
from attending.loops.obligations import Governance

if TYPE_CHECKING:
    from attending.console.page import Asked, Shown


def show(asked: Asked) -> Shown:
    """Give what one use case owes, rule by rule."""
    course = asked.course(asked.path["use_case"])
    its, rows = held(asked, course, heard_by(asked), Governance(asked.parts.reader))
    return {
        "course": course,
        "told": told(its),
        "listings": matrix(rows, (each.book for each in its.rules)),
        "attributes": attributes(rows),
        "unplaced": its.unplaced,
    }


rulebook_matrix = Page(
    path="/rulebooks/{use_case}",
    question="Which rules apply to this tool, and which are met?",
    show=show,
    has_past=False,
    needs=reads("rule"),
    narrows=True,
)
