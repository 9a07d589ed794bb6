"""Do we know what codes mean here? What maps cover by rows, and what is left over.

It reads the last counts of each column that goes through a map or into a unit: how many of the
rows that came have one meaning, at each site, by which version. What was left over is opened from
where it is sealed; what it might be is for a person to look at, and nothing applies it.

It does not tell whether a map is right.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attending.console.access import reads
from attending.console.governance.terms import (
    changed_units,
    coverage,
    covered,
    headline,
    left_over,
)
from attending.console.page import Page

if TYPE_CHECKING:
    from attending.console.page import Asked, Shown


def show(asked: Asked) -> Shown:
    """Give what maps cover, what is left over, and the units that changed."""
    found = covered(asked)
    left, is_open = left_over(asked, found)
    return {
        "any": bool(found),
        "headline": headline(found) if found else "",
        "coverage": coverage(asked, found),
        "left": left,
        "is_open": is_open,
        "units": changed_units(asked),
        "partly": not asked.reach.is_everything,
    }


terms = Page(
    path="/terms",
    question="Do we know what codes mean here?",
    show=show,
    under="/quality",
    has_past=False,
    needs=reads("evidence"),
    narrows=True,
)
