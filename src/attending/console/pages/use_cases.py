"""What do we have here? Every use case in the ledger, with its owner and where it stands.

It reads the specs that are open here and the facts of each use case.

It does not tell which are worth having: that is on each one's own page.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attending.console.access import reads
from attending.console.page import Page
from attending.console.standing_words import mode_of
from attending.console.words import EXPANSIONS, MODES, listed

if TYPE_CHECKING:
    from attending.console.course import Course
    from attending.console.page import Asked, Shown


def show(asked: Asked) -> Shown:
    """Give one line for each use case."""
    lines = []
    for course in asked.courses().values():
        standing, folder = course.standing(), asked.folder(course)
        modes: dict[str, list[str]] = {}
        for site, title in course.sites.items():
            modes.setdefault(mode_of(standing, site), []).append(title)
        lines.append(
            {
                "course": course,
                "owner": folder.use_case.after_launch.owner if folder else None,
                "expansion": EXPANSIONS[standing.expansion],
                "modes": [(MODES[m], listed(sites)) for m, sites in modes.items()],
                "predictions": _predictions(course),
            }
        )
    return {"lines": lines}


def _predictions(course: Course) -> int | None:
    """Count predictions; None where the count is one of those that are not shown."""
    n = course.count()
    return None if 0 < n < course.floor else n


use_cases = Page(
    path="/use-cases",
    question="What do we have here?",
    show=show,
    menu=(2, "Use cases"),
    needs=reads("portfolio"),
    narrows=True,
)
