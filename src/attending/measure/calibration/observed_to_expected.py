"""Observed over expected: events that happened, against the sum of the stated risks.

Reads: prediction/1 (score, as a risk from 0 to 1), outcome/1. Better: near one. At 1.5
half as many again had the event as the model said; at 0.8 a fifth fewer.

A ratio of sums over cases, N the event and D the stated risk, with its linearised variance
on the log scale (cases are the units, so whatever a case adds is counted
once). It is not judged before 60 cases and 20 events: with fewer, daily looks were wrong
more often than promised. The test is the normal mixture; where rules decide on the
metric the interval is that same test inverted, elsewhere the normal mixture's confidence
sequence.

Says nothing of whether low and high risks are each right: errors that cancel are not
seen. Nor whether the score tells patients apart. A case without a score counts as missing.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING, Any, cast

from attending.facts.cells import Side
from attending.facts.estimate import Estimate
from attending.measure.inversion import ends, level
from attending.measure.metric import LEVEL, PLANNED, Metric, refuse
from attending.measure.normal import still_wanted, weighed
from attending.measure.sums import observed_and_expected
from attending.stats.normal_sequence import normal_sequence
from attending.stats.ratio_of_sums import LEAST, LEAST_UNITS, Ratio, ratio_of_sums
from attending.stats.tau_squared import tau_squared

if TYPE_CHECKING:
    from attending.facts.cells import Cells, Sums
    from attending.facts.tables import Tables
    from attending.stats._shapes import SixSums

UNITS = LEAST_UNITS["log"]


def gather(tables: Tables, outcome: str) -> Any:
    """Sum events and stated risks."""
    return observed_and_expected(tables.cases(outcome))


def _ratio(cells: Cells) -> Ratio[float]:
    return _known(cells.total())


@lru_cache(maxsize=64)  # an interval asks the same sums about many values
def _known(total: Sums) -> Ratio[float]:
    return ratio_of_sums(cast("SixSums[float]", total), scale="log")


def estimate(cells: Cells) -> Estimate:
    """Give the ratio and its confidence sequence."""
    total = cells.total()
    found = _ratio(cells)
    if not found.started:
        seen = f"{total.n} cases and {int(total.sn)} events"
        wanted = f"at least {UNITS:.0f} and {LEAST:.0f} are wanted before it is judged"
        return refuse(cells, f"{seen}; {wanted}")
    low, high = _interval(cells, found)
    return Estimate(
        value=found.value,
        low=low,
        high=high,
        n_cases=total.n,
        n_events=int(total.sn),
        information=found.information,
        from_on=cells.from_on,
        to_on=cells.to_on,
        matured=total.n + total.n_missing,
        unused=total.n_missing,
        level=level(cells.bounds) if cells.bounds else LEVEL,
        parts={"observed": int(total.sn), "expected": total.sd},
    )


def _interval(cells: Cells, found: Ratio[float]) -> tuple[float, float | None]:
    if cells.bounds is not None:
        low, high = ends(cells, cells.bounds, weigh, "ratio")
        return low or 0.0, high
    # An event tells at most as much of the log of a rate as one count does.
    width = tau_squared(1 - LEVEL, float(PLANNED), sided=2)
    first, last = normal_sequence(
        found.theta, found.information, tau_squared=width, share=1 - LEVEL
    )
    return math.exp(float(first)), math.exp(float(last))


def weigh(cells: Cells, side: Side) -> float | None:
    """Give ln e against the side's null ratio; nothing before the start rule is met."""
    if side.null <= 0 or side.toward <= 0:
        return None
    found = _ratio(cells)
    return weighed(found.theta, found.information, _on_log(side)) if found.started else -math.inf


def still_needed(cells: Cells, side: Side) -> tuple[int, int | None] | None:
    """Give events and cases still wanted, on average, if the side's alternative is true.

    A further case tells as much as those so far did on average.
    """
    total = cells.total()
    found = _ratio(cells)
    if total.sn == 0 or found.information == 0:
        return None
    wanted = still_wanted(found.theta, found.information, _on_log(side))
    events = total.sn / total.n
    cases = max(wanted * total.n / found.information, UNITS - total.n, (LEAST - total.sn) / events)
    return math.ceil(cases * events), math.ceil(cases)


def _on_log(side: Side) -> Side:
    return Side(math.log(side.null), math.log(side.toward), side.share)


observed_to_expected = Metric(
    title="observed over expected events",
    reads=("prediction/1", "outcome/1"),
    better="middle",
    scale="ratio",
    neutral=None,
    gather=gather,
    estimate=estimate,
    weigh=weigh,
    still_needed=still_needed,
    low_means="The risks it states are too high here.",
    high_means="The risks it states are too low here.",
)
