"""Risk ratio of an outcome, patients shown the answer against usual care.

Reads: prediction/1 (arm), outcome/1. Better: lower. Needs: arms drawn by chance with a
constant recorded probability.

The value is the ratio of the two observed risks. The doubt, and every decision, come
from the arm of each event: with a chance pi of being in the exposed arm, and a true
ratio r, an event is in that arm with probability r pi / (r pi + 1 - pi), whatever the
risk itself, so time, case mix and season cancel, and no case is discarded. The test is
the constant-bet Bernoulli mixture; where rules decide on the metric the interval is that
same test inverted, elsewhere the beta-binomial confidence sequence (Howard, Ramdas,
McAuliffe and Sekhon, Annals of Statistics 2021). It is widened to hold the value where
arms happen to differ in size.

Says nothing of why, nor of any one patient; the estimand is the average over the cases
handled so far.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from attending.facts.estimate import Estimate
from attending.measure.inversion import ends, level
from attending.measure.metric import LEVEL, PLANNED, Metric, refuse
from attending.measure.sums import yes_or_no
from attending.stats.bernoulli_divergence import bernoulli_divergence
from attending.stats.bernoulli_mixture import bernoulli_mixture
from attending.stats.bernoulli_sequence import bernoulli_sequence
from attending.stats.horizon import horizon

if TYPE_CHECKING:
    from attending.facts.cells import Cells, Design, Side
    from attending.facts.tables import Tables


def gather(tables: Tables, outcome: str) -> Any:
    """Sum events and cases by arm."""
    return yes_or_no(tables.cases(outcome))


def arm_probability(ratio: float, pi: float) -> float:
    """Give the chance that an event lies in the exposed arm under a risk ratio."""
    return ratio * pi / (ratio * pi + 1 - pi)


def ratio_of(p: float, pi: float) -> float:
    """Give the risk ratio under which an event lies in the exposed arm with chance p."""
    return math.inf if p >= 1 else p / (1 - p) * (1 - pi) / pi


def estimate(cells: Cells) -> Estimate:
    """Give the ratio of risks and its confidence sequence."""
    design = cells.design
    if design is None:
        return refuse(cells, "no arm was drawn by chance")
    a, b = (cells.by_arm.get(arm) for arm in (design.exposed, design.comparison))
    if a is None or b is None or a.n == 0 or b.n == 0:
        return refuse(cells, "no case has matured in both arms")
    if a.sn + b.sn == 0:
        return refuse(cells, "no event has happened in either arm")
    if b.sn == 0:
        return refuse(cells, "no event has happened under usual care")
    value = (a.sn / a.n) / (b.sn / b.n)
    low, high = _interval(cells, design.probability, a.sn, a.sn + b.sn)
    total = cells.total()
    return Estimate(
        value=value,
        low=min(low, value),
        high=None if high is None else max(high, value),
        n_cases=a.n + b.n,
        n_events=int(a.sn + b.sn),
        information=(a.sn + b.sn) / 4,
        from_on=cells.from_on,
        to_on=cells.to_on,
        matured=total.n + total.n_missing,
        unused=total.n_missing,
        level=level(cells.bounds) if cells.bounds else LEVEL,
        parts={
            "exposed_events": int(a.sn),
            "exposed_cases": a.n,
            "comparison_events": int(b.sn),
            "comparison_cases": b.n,
            "partly_recorded": total.n_partly,
        },
    )


def _interval(cells: Cells, pi: float, k: float, n: float) -> tuple[float, float | None]:
    if cells.bounds is not None:
        low, high = ends(cells, cells.bounds, weigh, "ratio")
        return low or 0.0, high
    first, last = bernoulli_sequence(float(k), float(n), share=1 - LEVEL, t_opt=PLANNED / 2)
    return ratio_of(float(first), pi), None if last >= 1 else ratio_of(float(last), pi)


@lru_cache(maxsize=4096)  # the interval asks the same few hundred questions every day
def _asked(null: float, toward: float, share: float, pi: float) -> tuple[float, float, float]:
    p, q = arm_probability(null, pi), arm_probability(toward, pi)
    return p, q, horizon(p, q, share=share)


def weigh(cells: Cells, side: Side) -> float | None:
    """Give ln e against the side's null ratio; None without arms drawn by chance."""
    if cells.design is None or side.null <= 0 or side.toward < 0:
        return None
    design = cells.design
    k, n = _events(cells, design)
    null, toward, planned = _asked(side.null, side.toward, side.share, design.probability)
    return float(
        bernoulli_mixture(k, n, null=null, toward=toward, share=side.share, horizon=planned),
    )


def still_needed(cells: Cells, side: Side) -> tuple[int, int | None] | None:
    """Give events and cases still wanted, on average, if the side's alternative is true.

    Half of the stake is on the alternative; that bet gains KL(alternative, null) per
    event when the alternative is true, from wherever it stands today.
    """
    if cells.design is None:
        return None
    null, toward = (arm_probability(r, cells.design.probability) for r in (side.null, side.toward))
    k, n = _events(cells, cells.design)
    stands = k * math.log(toward / null) + (n - k) * math.log((1 - toward) / (1 - null))
    gain = float(bernoulli_divergence(toward, null))
    events = max(0, math.ceil((math.log(2 / side.share) - stands) / gain))
    total = cells.total()
    rate = total.sn / total.n if total.n else 0.0
    return events, math.ceil(events / rate) if rate > 0 else None


def _events(cells: Cells, design: Design) -> tuple[float, float]:
    k = cells.by_arm[design.exposed].sn if design.exposed in cells.by_arm else 0.0
    other = cells.by_arm[design.comparison].sn if design.comparison in cells.by_arm else 0.0
    return k, k + other


risk_ratio = Metric(
    title="risk ratio, shown against usual care",
    reads=("prediction/1", "outcome/1"),
    better="lower",
    scale="ratio",
    neutral=1.0,
    gather=gather,
    estimate=estimate,
    weigh=weigh,
    still_needed=still_needed,
)
