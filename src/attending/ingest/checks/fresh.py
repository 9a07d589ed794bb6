"""The newest row is not old (plausibility of the feed's time).

Reads: the latest time in a column, against the moment it is asked. Needs `within_hours`. It
counts one thing, the newest row; what is written without a zone is taken as UTC, and a date
as its last moment.

It does not tell whether everything of that time has come.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from attending.errors import Refused
from attending.ingest.check import Asked, Check, Days, Judged, as_text, every, no_row
from attending.ingest.columns.level import Stands

if TYPE_CHECKING:
    from collections.abc import Mapping

    from attending.lake.aggregates import Expression

DATE_LENGTH = 10


def more(asked: Asked) -> Mapping[str, Expression]:
    """Gather the latest time of each day."""
    return {"latest": as_text(asked.column).max(where=asked.is_there)}


def judge(asked: Asked, days: Days, allowed: float) -> Judged:
    """Tell whether the newest is older than it may be."""
    times = [str(each) for each in days.more["latest"] if each is not None]
    if not times:
        return Judged(Stands("too_few", 0), among=0)
    try:
        told = datetime.fromisoformat(max(times).strip())
    except ValueError:
        return Judged(Stands("error", 0), violated=0, among=1)
    if len(max(times).strip()) == DATE_LENGTH:
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
