"""Share of matured cases whose outcome is known.

Reads: prediction/1, outcome/1. Better: higher. A case is matured on its evidence day,
whatever its outcome; one with nothing recorded by then counts against. It is a count of
the cases there were, not an inference about others, so it has no interval: both ends are
the share itself.

Says nothing of why outcomes are missing, nor whether the missing ones are like the rest:
that is why a gate that rests on fewer than 95 in 100 of them may not be met.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attending.facts.estimate import Estimate
from attending.measure.metric import Metric, refuse
from attending.measure.sums import yes_or_no

if TYPE_CHECKING:
    from attending.facts.cells import Cells, Side
    from attending.facts.tables import Tables


def gather(tables: Tables, outcome: str) -> Any:
    """Count matured cases, known and not."""
    return yes_or_no(tables.cases(outcome))


def estimate(cells: Cells) -> Estimate:
    """Give the share that is known."""
    total = cells.total()
    matured = total.n + total.n_missing
    if matured == 0:
        return refuse(cells, "no case has matured yet")
    share = total.n / matured
    return Estimate(
        value=share,
        low=share,
        high=share,
        n_cases=matured,
        n_events=total.n,
        information=float(matured),
        from_on=cells.from_on,
        to_on=cells.to_on,
        matured=matured,
        unused=0,
        level=1.0,
        parts={"known": total.n, "missing": total.n_missing},
    )


def weigh(cells: Cells, side: Side) -> float | None:
    """Weigh nothing: completeness is counted, never inferred."""
    return None


def still_needed(cells: Cells, side: Side) -> tuple[int, int | None] | None:
    """Need nothing more: see `weigh`."""
    return None


completeness = Metric(
    title="outcomes known at maturity",
    reads=("prediction/1", "outcome/1"),
    better="higher",
    scale="share",
    neutral=None,
    gather=gather,
    estimate=estimate,
    weigh=weigh,
    still_needed=still_needed,
)
