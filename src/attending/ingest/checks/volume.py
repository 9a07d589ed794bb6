"""As many rows come each day as should (plausibility of counts).

Reads: the rows of each date; the document names the column that tells it (`day`). Needs
`at_least`: the fewest rows of a normal day. It counts days, not rows: from the first normal one
on, or, where none was, from the first; up to the last on which rows came from any site, which may
not be over and is not counted. A date on which nothing came falls short too. What is dated after
tomorrow, or by no date, is for `not_in_future` and `has_type`.

It does not tell which rows are wanting.
"""

from __future__ import annotations

from datetime import date

import numpy as np

from attending.errors import Refused
from attending.ingest.check import Asked, Check, Days, Judged, every, no_row
from attending.ingest.columns.level import Stands, level


def judge(asked: Asked, days: Days, allowed: float) -> Judged:
    """Count the dates on which too few rows came."""
    if asked.checks.day is None:
        raise Refused("this check needs the document to name a 'day'", where=asked.checks.name)
    came = {name: n for name, n in zip(days.names, days.rows, strict=True) if name <= days.until}
    least = asked.line.at_least or 1
    dates = [each for each in map(_date, came) if each is not None]
    normal = [day for day in dates if came[day.isoformat()] >= least]
    if not dates:
        return Judged(Stands("too_few", 0), among=0)
    end = _date(days.until) or dates[-1]
    told = [date.fromordinal(n) for n in range((normal or dates)[0].toordinal(), end.toordinal())]
    short = np.array([float(came.get(day.isoformat(), 0) < least) for day in told])
    stands = level(short, np.ones(len(short)), allowed=allowed)
    seen = told[: stands.since]
    since = sum(name <= seen[-1].isoformat() for name in days.names) if seen else 0
    return Judged(Stands(stands.state, since), violated=int(short.sum()), among=len(short))


def _date(name: str) -> date | None:
    try:
        return date.fromisoformat(name)
    except ValueError:
        return None


volume = Check(
    kind="plausibility",
    sentence="fewer rows come than on a normal day",
    among=every,
    violated=no_row,
    needs=("at_least",),
    allowed=0.05,
    judge=judge,
    of_rows=True,
)
