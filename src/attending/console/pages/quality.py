"""Can we trust what comes in? Every data check, at each site, what is breached first.

It reads the last results of each document of checks: how many rows fall short, of how many, and
since which row the state stands. A field that was never shown to hold more than strays is *not
connected*, which is no outage. A breach that holds a tool names it.

It does not tell which rows fall short: a row may lead to a patient, and their keys are not here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attending.console.access import reads
from attending.console.governance.quality import checks, headline, results_of
from attending.console.page import Page

if TYPE_CHECKING:
    from attending.console.page import Asked, Shown


BREACHED = "Breached, or cannot be asked"


def show(asked: Asked) -> Shown:
    """Give the checks: the breached ones, the fields that wait, and all that hold."""
    found = results_of(asked)
    return {
        "any": bool(found),
        "headline": headline(found),
        "breached": checks(
            asked, BREACHED, found, "No check is breached.", only=("breach", "error")
        ),
        "waiting": checks(
            asked,
            "Not connected, or too few rows",
            found,
            "Every field is connected, and has rows enough.",
            only=("not_connected", "too_few"),
        ),
        "held": checks(
            asked, "As they should be", found, "None is, yet.", only=("ok",), heading=False
        ),
        "partly": not asked.reach.is_everything,
    }


quality = Page(
    path="/quality",
    question="Can we trust what comes in?",
    show=show,
    menu=(7, "Quality"),
    has_past=False,
    needs=reads("evidence"),
    narrows=True,
)
