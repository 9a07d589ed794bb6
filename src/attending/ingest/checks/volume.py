"""As many rows come each day as should (plausibility of counts).

Reads: the rows of each date; the document names the column that tells it (`day`). Needs
`at_least`: the fewest rows of a normal day. A date between the first and the last on which
nothing came falls short too. It counts days, not rows; the last date may not be over and is
not counted.

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
    try:
        dates = [date.fromisoformat(name) for name in days.names if name]
    except ValueError:
        return Judged(Stands("error", 0))
    if not dates:
        return Judged(Stands("too_few", 0), among=0)
    came = dict(zip(days.names, days.rows, strict=True))
    told = [date.fromordinal(n) for n in range(dates[0].toordinal(), dates[-1].toordinal())]
    least = asked.line.at_least or 1
    short = np.array([float(came.get(day.isoformat(), 0) < least) for day in told])
    stands = level(short, np.ones(len(short)), allowed=allowed)
    seen = told[: stands.since]
    since = sum(name <= seen[-1].isoformat() for name in days.names) if seen else 0
    return Judged(Stands(stands.state, since), violated=int(short.sum()), among=len(short))


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
