"""A tool's own row in the inventory (contract G1), as far as rules ask about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from attending.facts.entry import Entry
    from attending.report.proof import Wanted

TRAITS = (
    "protected_race",
    "protected_color",
    "protected_national_origin",
    "protected_sex",
    "protected_age",
    "protected_disability",
)


def tool_row(wanted: Wanted) -> Entry | None:
    """Give the last row that names the use case; None where the inventory holds none."""
    found = None
    for entry in wanted.entries("tool/1"):
        if entry.fact.body.get("use_case") == wanted.use_case:
            found = entry
    return found
