"""A column holds something in as many rows as it should (completeness).

Reads: every row. Until it is shown that more than strays are there (the evidence against
"at most 5 % of rows hold something" reaches 20), the column is *not connected*: nobody calls
that an outage, and what strays there are is counted. From then on it is a breach while more
rows are empty than `allowed` (one in five, where nothing is said).

It does not tell whether what is there is true, nor that it has become less: `stays_present` does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attending.ingest.check import Asked, Check, Days, Judged, every
from attending.ingest.columns.level import Stands, connected, level

if TYPE_CHECKING:
    from attending.lake.aggregates import Expression


def violated(asked: Asked) -> Expression:
    """Give the rows in which nothing stands."""
    return ~asked.is_there


def judge(asked: Asked, days: Days, allowed: float) -> Judged:
    """Tell first whether it is connected, then how many rows are empty since."""
    began = connected(days.among - days.violated, days.among, wanted=1 - allowed)
    if began is None:
        return Judged(Stands("not_connected", 0))
    rest = days.after(began - 1)  # with the day that showed it
    stands = level(rest.violated, rest.among, allowed=allowed)
    return Judged(Stands(stands.state, max(began, began - 1 + stands.since)), began - 1)


present = Check(
    kind="completeness",
    sentence="more rows are empty than is allowed",
    among=every,
    violated=violated,
    allowed=0.2,
    judge=judge,
)
