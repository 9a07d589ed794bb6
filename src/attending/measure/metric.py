"""What a metric is: what it reads, which way is better, and how cells become a number.

`gather` is an Ibis expression that runs where the data lies and reduces cases to small
additive sums. The rest is plain Python over those sums, and can be checked by hand.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from attending.facts.estimate import Estimate

if TYPE_CHECKING:
    from collections.abc import Callable

    from attending.facts.cells import Cells, Side
    from attending.facts.tables import Tables

Scale = Literal["ratio", "difference", "share", "area"]

LEVEL = 0.95  # of an interval that decides nothing; those that decide spend declared shares
PLANNED = 20_000  # trials an interval is tuned for where no plan says otherwise


@dataclass(frozen=True)
class Metric:
    """One metric. It fits the `Reading` protocol that rules judge by.

    Attributes
    ----------
    title
        What a clinician would call it.
    reads
        Types of fact it rests on.
    better
        Which way is better for patients; ``middle`` where both ways away from it are worse.
    scale
        What kind of number it is, for how it is written.
    neutral
        The value that means no difference; None where there is none.
    gather
        Tables and an outcome's name to an Ibis table of sums by use case, site,
        subgroup, arm and evidence day.
    estimate
        Cells to a number and its doubt.
    weigh
        Cells and a side to ln e; None where these cells cannot be weighed.
    still_needed
        Events, and cases, that a true alternative would still take.
    low_means, high_means
        What it means for a committee that the value lies below, or above, what was wanted.

    """

    title: str
    reads: tuple[str, ...]
    better: Literal["lower", "higher", "middle"]
    scale: Scale
    neutral: float | None
    gather: Callable[[Tables, str], Any]
    estimate: Callable[[Cells], Estimate]
    weigh: Callable[[Cells, Side], float | None]
    still_needed: Callable[[Cells, Side], tuple[int, int | None] | None]
    low_means: str = ""
    high_means: str = ""


def refuse(cells: Cells, reason: str) -> Estimate:
    """Give the estimate that is not a number, with the reason."""
    total = cells.total()
    return Estimate(
        value=None,
        low=None,
        high=None,
        n_cases=total.n,
        n_events=int(total.sn),
        information=0.0,
        from_on=cells.from_on,
        to_on=cells.to_on,
        matured=total.n + total.n_missing,
        unused=total.n_missing,
        refused=reason,
        level=LEVEL,
    )
