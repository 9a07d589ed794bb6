"""The numbers of a column lie where they did (plausibility over time: drift within the range).

Reads: the column where it holds a number, day by day and site by site. The first 28 days, and at
least two thousand rows, are the baseline and stay it: nothing has to be declared. By ranks, so
that no single value counts for much, it watches the chance that a number is above one of the
baseline, one half while nothing changes, and how far numbers lie from the baseline's middle. It
is breached when it is shown that one of the two has moved by more than `allowed` (one in twenty,
where nothing is said: among normal numbers 0.18 of a standard deviation, or a spread one sixth
wider), and ends when it is shown to be back. However many rows a day, 0.5 of a standard deviation
takes about a week once it is there in full; a day never counts for more than fifty rows. While
numbers stay within what is allowed, a breach is called once in ten years at most, at each site
and for each line; where a few patients make all rows for weeks, two or three times as often.
What counts as falling short is the share that moved in the last seven days.

It does not tell whether patients, the season, or an instrument changed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from attending.ingest.check import (
    Asked,
    Check,
    Days,
    Judged,
    as_number,
    by_shift,
    counts,
    no_row,
    surely,
)
from attending.ingest.columns.level import CONNECTED, Stands
from attending.ingest.columns.place import moved
from attending.lake.aggregates import rows_by

if TYPE_CHECKING:
    from collections.abc import Mapping

    from attending.lake.aggregates import Expression

PLACES = 19  # nine deciles, and what lies between


def places(asked: Asked) -> Expression:
    """Give the numbers that are placed among a site's first ones."""
    number = as_number(asked.column)
    return (asked.is_there & ~surely(number.isnan())).ifelse(number, None)


def among(asked: Asked) -> Expression:
    """Ask where it is a number."""
    return asked.place.notnull()


def more(asked: Asked) -> Mapping[str, Expression]:
    """Count the rows of each place, and those that hold something and no number."""
    others = surely(asked.is_there & asked.place.isnull()).sum()
    return {"others": others, "places": rows_by(asked.place)}


def judge(asked: Asked, days: Days, allowed: float) -> Judged:
    """Tell whether the numbers have moved."""
    read, others = days.among.sum(), counts(days.more["others"]).sum()
    if others and read <= CONNECTED * (read + others):
        return Judged(Stands("error", 0))
    found = [each or {} for each in days.more["places"]]
    bins = np.array([counts([each.get(str(n)) for each in found]) for n in range(PLACES)])
    return by_shift(moved(bins, tolerated=allowed), days)


same_numbers = Check(
    kind="plausibility",
    sentence="its numbers do not lie where they did",
    among=among,
    violated=no_row,
    allowed=0.05,
    judge=judge,
    more=more,
    places=places,
)
