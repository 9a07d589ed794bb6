"""Area under the ROC curve: how well the score tells apart those with the event.

Reads: prediction/1 (score), outcome/1. Better: higher. Take one case with the event and
one without: the area is how often the first has the higher score, a tie counting half.
Half is a coin's answer, one is never wrong.

It comes from two histograms of the score, 256 bins from 0 to 1, with DeLong's variance.
The doubt is on the logit, where the area is nearest to normal (Koopmeiners and Feng 2011:
looked at in its information, it moves by independent steps), and begins once 30 cases of
each class are known; before, it is not judged. The test is the normal mixture; where
rules decide on the metric the interval is that same test inverted, elsewhere the normal
mixture's confidence sequence.

Says nothing of whether the risks it states are right (that is calibration), nor of what
anybody should do at which score. A case without a score counts as missing.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from attending.facts.cells import Side
from attending.facts.estimate import Estimate
from attending.measure.inversion import ends, level
from attending.measure.metric import LEVEL, PLANNED, Metric, refuse
from attending.measure.normal import expit, logit, still_wanted, weighed
from attending.measure.sums import by_score
from attending.stats.delong import LEAST, Auroc, delong
from attending.stats.hanley_mcneil import hanley_mcneil
from attending.stats.normal_sequence import normal_sequence
from attending.stats.tau_squared import tau_squared

if TYPE_CHECKING:
    from attending.facts.cells import Cells, Sums
    from attending.facts.tables import Tables

PER_CASE = 3 / 16  # most that one case tells of the logit: an area of one half, even classes


def gather(tables: Tables, outcome: str) -> Any:
    """Count cases with and without the event in each bin of the score."""
    return by_score(tables.cases(outcome))


def _area(total: Sums) -> Auroc[float]:
    return _of(total.pos or (0,), total.neg or (0,))


@lru_cache(maxsize=64)  # every rule, and each end of an interval, asks of the same histograms
def _of(pos: tuple[int, ...], neg: tuple[int, ...]) -> Auroc[float]:
    return delong(np.asarray(pos, dtype=np.float64), np.asarray(neg, dtype=np.float64))


def estimate(cells: Cells) -> Estimate:
    """Give the area and its confidence sequence."""
    total = cells.total()
    found = _area(total)
    with_event, without = int(total.sn), total.n - int(total.sn)
    if not found.started:
        least = f"at least {LEAST:.0f} of each are wanted before it is judged"
        return refuse(cells, f"{with_event} with the outcome and {without} without; {least}")
    low, high = _interval(cells, found)
    return Estimate(
        value=found.value,
        low=low,
        high=high,
        n_cases=total.n,
        n_events=with_event,
        information=found.information,
        from_on=cells.from_on,
        to_on=cells.to_on,
        matured=total.n + total.n_missing,
        unused=total.n_missing,
        level=level(cells.bounds) if cells.bounds else LEVEL,
        parts={"with_event": with_event, "without_event": without},
    )


def _interval(cells: Cells, found: Auroc[float]) -> tuple[float, float]:
    if cells.bounds is not None:
        low, high = ends(cells, cells.bounds, weigh, "area")
        return 0.0 if low is None else low, 1.0 if high is None else high
    width = tau_squared(1 - LEVEL, PER_CASE * PLANNED, sided=2)
    first, last = normal_sequence(
        found.theta, found.information, tau_squared=width, share=1 - LEVEL
    )
    return expit(float(first)), expit(float(last))


def weigh(cells: Cells, side: Side) -> float | None:
    """Give ln e against the side's null area; nothing before there are 30 of each class."""
    if not (0 < side.null < 1 and 0 < side.toward < 1):
        return None
    found = _area(cells.total())
    return weighed(found.theta, found.information, _on_logit(side)) if found.started else -math.inf


def still_needed(cells: Cells, side: Side) -> tuple[int, int | None] | None:
    """Give events and cases still wanted, on average, if the side's alternative is true.

    What a further case tells follows from the alternative and from how common the event
    is here; and there must be 30 of each class.
    """
    total = cells.total()
    events = total.sn / total.n if total.n else 0.0
    if not 0 < events < 1:
        return None
    found = _area(total)
    wanted = still_wanted(found.theta, found.information, _on_logit(side))
    cases = max(
        wanted / hanley_mcneil(side.toward, events=events),
        (LEAST - total.sn) / events,
        (LEAST - (total.n - total.sn)) / (1 - events),
    )
    return math.ceil(cases * events), math.ceil(cases)


def _on_logit(side: Side) -> Side:
    return Side(logit(side.null), logit(side.toward), side.share)


auroc = Metric(
    title="area under the ROC curve",
    reads=("prediction/1", "outcome/1"),
    better="higher",
    scale="area",
    neutral=None,
    gather=gather,
    estimate=estimate,
    weigh=weigh,
    still_needed=still_needed,
    low_means="It tells those with the outcome from those without less well than was asked.",
)
