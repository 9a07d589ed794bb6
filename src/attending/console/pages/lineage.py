"""What rests on this? The use cases that read a column, a code, an element or a table.

It reads the specs as they were last declared, and what dbt or OpenLineage told of the tables
that sources read: how their last run and their tests went, and who waits for them.

It does not tell what one answer was made of: the page of its fact leads there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attending.console.access import reads
from attending.console.governance.lineage import impact_listing, upstream_listing, upstreams_of
from attending.console.page import Page
from attending.errors import Refused
from attending.report.data.impact import impact

if TYPE_CHECKING:
    from attending.console.page import Asked, Shown

LONGEST = 256


def show(asked: Asked) -> Shown:
    """Give what rests on what was asked about, and the tables upstream."""
    of, known = asked.query.get("of", "").strip(), upstreams_of(asked)
    if len(of) > LONGEST:
        raise Refused(f"ask with at most {LONGEST} characters")
    folders = [asked.folder(course) for course in asked.courses().values()] if of else []
    rests = [
        each
        for folder in folders
        if folder is not None
        for each in impact(of, folder.use_case, folder.views, folder.sources, known=known)
    ]
    return {
        "of": of,
        "found": impact_listing(of, rests) if of else None,
        "n_use_cases": len({each.use_case for each in rests}),
        "upstream": upstream_listing(asked),
        "partly": not asked.reach.is_everything,
    }


lineage = Page(
    path="/lineage",
    question="What rests on this?",
    show=show,
    has_past=False,
    needs=reads("evidence"),
    narrows=True,
)
