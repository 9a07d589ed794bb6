"""Nothing has happened yet that is still to come (plausibility over time).

Reads: a column of dates or times, where it holds something, against the moment it is asked.
What is written without a zone is taken as UTC, and a day is let pass for it.

It does not tell whether a time in the past is the right one.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from attending.ingest.check import Check, as_day, filled

if TYPE_CHECKING:
    from attending.ingest.check import Asked
    from attending.lake.aggregates import Expression

ZONES = timedelta(days=1)  # no place is further ahead of UTC


def violated(asked: Asked) -> Expression:
    """Give the rows whose day is after tomorrow's beginning."""
    last = (asked.now + ZONES).date().isoformat()
    text = asked.text.strip()
    begins = text.re_search("^[0-9]{4}-").ifelse(text.substr(0, 10), None)
    return as_day(asked.column).fill_null(begins) > last


not_in_future = Check(
    kind="plausibility",
    sentence="it is said to have happened and is still to come",
    among=filled,
    violated=violated,
)
