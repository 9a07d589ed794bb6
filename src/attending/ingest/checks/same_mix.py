"""The values of a column are as frequent as they were (plausibility over time: drift).

Reads: the rows of each declared value and of all others, where the column holds something,
day by day. Needs `values`. The first seven days, and at least two thousand rows, are the
reference and stay it; the
check is breached when it is shown that more than `allowed` of a day's rows (one in twenty,
where nothing is said) have moved from one value to another. What counts as falling short is
the share moved, over all days after the reference.

It does not tell whether patients changed or the way they are written down.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from attending.ingest.check import Asked, Check, Days, Judged, by_shift, counts, filled, no_row
from attending.ingest.columns.mix import shifted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from attending.lake.aggregates import Expression


def more(asked: Asked) -> Mapping[str, Expression]:
    """Count the rows of each declared value."""
    return {
        f"value_{n}": ((asked.text.strip() == value) & asked.is_there).sum()
        for n, value in enumerate(asked.line.values or ())
    }


def judge(asked: Asked, days: Days, allowed: float) -> Judged:
    """Tell whether the shares have shifted."""
    named = [counts(each) for each in days.more.values()]
    others = days.among - np.sum(named, axis=0)
    return by_shift(shifted(np.array([*named, others]), tolerated=allowed), days)


same_mix = Check(
    kind="plausibility",
    sentence="its values are not as frequent as they were",
    among=filled,
    violated=no_row,
    needs=("values",),
    allowed=0.05,
    judge=judge,
    more=more,
)
