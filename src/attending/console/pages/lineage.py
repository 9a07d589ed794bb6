"""What rests on this? The use cases that read a column, a code, an element, a map or a table.

It reads the specs as they were last declared, and what dbt or OpenLineage told of the tables
that sources read: how their last run and their tests went, and who waits for them.

It does not tell what one answer was made of: the page of its fact leads there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attending.console.access import reads
from attending.console.governance.lineage import (
    impact_listing,
    maps_for,
    upstream_listing,
    upstreams_of,
)
from attending.console.page import Page
from attending.errors import NoSuchName, Refused
from attending.report.data.known import rests_on

if TYPE_CHECKING:
    from attending.console.page import Asked, Shown
    from attending.report.data.impact import Rests

LONGEST = 256


def show(asked: Asked) -> Shown:
    """Give what rests on what was asked about, and the tables upstream."""
    of, known = asked.query.get("of", "").strip(), upstreams_of(asked)
    if len(of) > LONGEST:
        raise Refused(f"ask with at most {LONGEST} characters")
    told = [asked.folder(course) for course in asked.courses().values()] if of else []
    folders = [folder for folder in told if folder is not None]
    maps = maps_for(asked, folders)
    rests: tuple[Rests, ...] = ()
    unknown: NoSuchName | None = None
    try:
        rests = rests_on(of, folders, known=known, maps=maps) if of else ()
    except NoSuchName as refused:
        unknown = refused
    return {
        "of": of,
        "found": impact_listing(of, rests) if of and unknown is None else None,
        "unknown": unknown,
        "n_use_cases": len({each.use_case for each in rests}),
        "unread": maps.unread,
        "upstream": upstream_listing(asked),
        "partly": not asked.reach.is_everything,
    }


lineage = Page(
    path="/lineage",
    question="What rests on this?",
    show=show,
    under="/quality",
    has_past=False,
    needs=reads("evidence"),
    narrows=True,
)
