"""How many of our tools are really in production? Every tool, what is claimed and what is found.

It reads the inventory that was imported, what people said of it, and the facts of each use case.
The headline counts tools in production: live at two or more sites, on current evidence, with an
owner who is still there. The stage is this project's own reading of the field's four stages.

It does not tell what a tool is worth. Where nothing is on record here, it says so: not known is
never taken for no.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attending.console.access import reads
from attending.console.governance.portfolio import FILTERS, rows_of, stage_listing
from attending.console.governance.portfolio_within import seen
from attending.console.page import Page
from attending.decide.tools.maturity import READING, headline, maturity
from attending.decide.tools.tool_findings import spend

if TYPE_CHECKING:
    from attending.console.page import Asked, Shown


def show(asked: Asked) -> Shown:
    """Give the headline, the stage, and the list that a filter leaves."""
    there = seen(asked)
    found, only = there.found, asked.query.get("only", "all")
    stage = None if there.partly else maturity(there.known, found, there.now)
    return {
        "headline": headline(found),
        "stage": stage,
        "reading": READING,
        "rows": rows_of(found, there.reviews, only=only),
        "only": only,
        "filters": [
            (name, words, sum(map(keep, found))) for name, (words, keep) in FILTERS.items()
        ],
        "tests": stage_listing(stage) if stage is not None else None,
        "spend": () if there.partly else spend(found),
        "partly": there.partly,
        "n_doubts": sum(len(f.listed.doubts) for f in found if f.listed is not None),
    }


portfolio = Page(
    path="/portfolio",
    question="How many of our tools are in production?",
    show=show,
    menu=(3, "Portfolio"),
    has_past=False,
    needs=reads("portfolio"),
    narrows=True,
)
