"""How fast decisions come, as a list for the committee's own page."""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING

from attending.console.listing import Cell, Line, Listing
from attending.report.meetings.pace import pace

if TYPE_CHECKING:
    from collections.abc import Iterable

    from attending.console.course import Course


def quarters(courses: Iterable[Course]) -> Listing:
    """List the quarters in which anything was decided, the last first."""
    entries = sorted(
        (entry for course in courses for entry in (*course.said, *course.governed)),
        key=attrgetter("index"),
    )
    lines = [
        Line(
            [
                Cell(each.name),
                Cell(each.decisions),
                Cell(f"{each.median_days:g}" if each.median_days is not None else "not known"),
            ]
        )
        for each in reversed(pace(entries))
    ]
    columns = ("quarter", "decisions", "days from intake to first decision, median")
    return Listing("How fast we decide", columns, lines, "Nothing was decided yet.")
