"""The newest row is not old (plausibility of the feed's time).

Reads: the latest time in a column, against the moment it is asked. Needs `within_hours`. It
counts one thing, the newest row; what is written without a zone is taken as UTC, and a date
as its last moment. A time after tomorrow, or text that is none, says nothing of the feed; where
there are as many of these as of times, it cannot be told.

It does not tell whether everything of that time has come.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from attending.errors import Refused
from attending.ingest.check import (
    Asked,
    Check,
    Days,
    Judged,
    as_day,
    counts,
    every,
    no_row,
    surely,
)
from attending.ingest.columns.level import Stands

if TYPE_CHECKING:
    from collections.abc import Mapping

    from attending.lake.aggregates import Expression

DATE_LENGTH = 10
ZONES = timedelta(days=1)  # no place is further ahead of UTC


def more(asked: Asked) -> Mapping[str, Expression]:
    """Gather the latest time of each day, and how many can be read and how many not."""
    last = (asked.now + ZONES).date().isoformat()
    day = as_day(asked.column)
    is_time = asked.is_there & surely(day <= last)
    return {
        "latest": asked.text.strip().max(where=is_time),
        "times": surely(is_time).sum(),
        "others": surely(asked.is_there & ~surely(is_time)).sum(),
    }


def judge(asked: Asked, days: Days, allowed: float) -> Judged:
    """Tell whether the newest is older than it may be."""
    times = [str(each) for each in days.more["latest"] if each is not None]
    read, others = counts(days.more["times"]).sum(), counts(days.more["others"]).sum()
    if others and others >= read:
        return Judged(Stands("error", 0), violated=0, among=1)
    if not times:
        return Judged(Stands("too_few", 0), among=0)
    try:
        told = datetime.fromisoformat(max(times))
    except ValueError:
        return Judged(Stands("error", 0), violated=0, among=1)
    if len(max(times)) <= DATE_LENGTH:
        told += timedelta(days=1)
    when = told if told.tzinfo is not None else told.replace(tzinfo=UTC)
    if asked.line.within_hours is None:
        raise Refused("this check needs 'within_hours'", where=asked.checks.name)
    is_old = asked.now - when > timedelta(hours=asked.line.within_hours)
    end = len(days.rows)
    return Judged(Stands("breach" if is_old else "ok", end), violated=int(is_old), among=1)


fresh = Check(
    kind="plausibility",
    sentence="nothing new has come for longer than it may take",
    among=every,
    violated=no_row,
    needs=("within_hours",),
    judge=judge,
    more=more,
)
