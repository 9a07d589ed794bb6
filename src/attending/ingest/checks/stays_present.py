"""A column has not become emptier than it was (completeness over time).

Reads: every row, from when the column is connected. There is nothing to fall from before it
was shown to be at the level wanted, 1 less `allowed`. From then on the best stretch of
two thousand rows and seven days is the reference. A fall of 5 percentage points is what the
watch is planned to find in ten days; while the share stays above the level that is tolerated,
it is called fallen once in ten years at most.

It does not tell why: a new release of the EHR, a ward that was added, a form that was changed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attending.ingest.check import Asked, Check, Days, Judged, every
from attending.ingest.columns.level import Stands, connected, fallen

if TYPE_CHECKING:
    from attending.lake.aggregates import Expression


def violated(asked: Asked) -> Expression:
    """Give the rows in which nothing stands."""
    return ~asked.is_there


def judge(asked: Asked, days: Days, allowed: float) -> Judged:
    """Tell first whether it is connected, then whether it has fallen since."""
    present = days.among - days.violated
    began = connected(present, days.among, wanted=1 - allowed)
    if began is None:
        return Judged(Stands("not_connected", 0))
    stands = fallen(present[began - 1 :], days.among[began - 1 :], wanted=1 - allowed)
    return Judged(Stands(stands.state, max(began, began - 1 + stands.since)), began - 1)


stays_present = Check(
    kind="completeness",
    sentence="it is filled less often than it was",
    among=every,
    violated=violated,
    allowed=0.2,
    judge=judge,
)
