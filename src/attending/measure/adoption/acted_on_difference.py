"""Difference between arms in how often the wanted act was done.

Reads: prediction/1 (arm), outcome/1 (the act). Better: higher. Usual care does the act
too, so what the tool adds is the difference between arms, never the share alone.

The value is the difference of the two shares, exposed minus comparison. The interval is
the normal-mixture confidence sequence on that difference (Howard and others 2021; the
asymptotic sequence of Waudby-Smith and others 2024), begun once each arm has 20 acts and
20 cases without. Arms drawn by chance with a constant probability need no strata.

Says nothing of whether the act was right for the patient.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from attending.facts.cells import Cells, Side, Sums
from attending.facts.estimate import Estimate
from attending.measure.metric import LEVEL, PLANNED, Metric, refuse
from attending.measure.sums import yes_or_no
from attending.stats.normal_mixture import normal_mixture
from attending.stats.normal_sequence import normal_sequence
from attending.stats.tau_squared import tau_squared

if TYPE_CHECKING:
    from attending.facts.tables import Tables

START = 20  # of each kind in each arm, before the normal approximation holds


def gather(tables: Tables, outcome: str) -> Any:
    """Sum acts and cases by arm."""
    return yes_or_no(tables.cases(outcome))


def _difference(cells: Cells) -> tuple[float, float, Sums, Sums] | None:
    if cells.design is None:
        return None
    a = cells.by_arm.get(cells.design.exposed, Sums())
    b = cells.by_arm.get(cells.design.comparison, Sums())
    if min(a.sn, b.sn, a.n - a.sn, b.n - b.sn) < START:
        return None
    p, q = a.sn / a.n, b.sn / b.n
    return p - q, p * (1 - p) / (a.n - 1) + q * (1 - q) / (b.n - 1), a, b


def _tau2(share: float, sided: int) -> float:
    # At the planned size a difference of two shares has at most this information:
    # the variance of a share is largest at one half.
    return tau_squared(share, float(PLANNED), sided=sided)


def estimate(cells: Cells) -> Estimate:
    """Give the difference and its confidence sequence."""
    found = _difference(cells)
    if found is None:
        return refuse(cells, f"fewer than {START} acts, or cases without, in one of the arms")
    value, variance, a, b = found
    tau2 = _tau2(1 - LEVEL, 2)
    low, high = (
        float(end)
        for end in normal_sequence(value, 1 / variance, share=1 - LEVEL, tau_squared=tau2)
    )
    total = cells.total()
    return Estimate(
        value=value,
        low=max(low, -1.0),
        high=min(high, 1.0),
        n_cases=a.n + b.n,
        n_events=int(a.sn + b.sn),
        information=1 / variance,
        from_on=cells.from_on,
        to_on=cells.to_on,
        matured=total.n + total.n_missing,
        unused=total.n_missing,
        level=LEVEL,
        parts={
            "exposed_events": int(a.sn),
            "exposed_cases": a.n,
            "comparison_events": int(b.sn),
            "comparison_cases": b.n,
        },
    )


def weigh(cells: Cells, side: Side) -> float | None:
    """Give ln e against the side's null difference; None without arms drawn by chance."""
    if cells.design is None:
        return None
    found = _difference(cells)
    if found is None:
        return -math.inf
    value, variance, _, _ = found
    return float(
        normal_mixture(
            value,
            1 / variance,
            null=side.null,
            tau_squared=_tau2(side.share, 1),
            side=1 if side.toward > side.null else -1,
        ),
    )


def still_needed(cells: Cells, side: Side) -> tuple[int, int | None] | None:
    """Give acts and cases still wanted if the side's alternative is the truth."""
    total = cells.total()
    gap = side.toward - side.null
    if cells.design is None or gap == 0 or total.n == 0:
        return None
    p = total.sn / total.n
    wanted = 2 * math.log(2 / side.share) * 4 * max(p * (1 - p), 1e-6) / gap**2
    cases = max(0, math.ceil(wanted - total.n))
    return math.ceil(cases * p), cases


acted_on_difference = Metric(
    title="difference between arms in the wanted act",
    reads=("prediction/1", "outcome/1"),
    better="higher",
    scale="difference",
    neutral=0.0,
    gather=gather,
    estimate=estimate,
    weigh=weigh,
    still_needed=still_needed,
)
