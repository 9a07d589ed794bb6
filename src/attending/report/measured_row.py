"""What a day's decision says was measured, in one sentence for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from attending import shapes
from attending.facts.estimate import Estimate

if TYPE_CHECKING:
    from attending.facts.entry import Entry


class _Judged(msgspec.Struct):
    metric: str
    scope: str
    estimate: Estimate


def told(entry: Entry) -> str:
    """Give each metric's value at each site, with its doubt; empty where there are no cases."""
    found: dict[tuple[str, str], Estimate] = {}
    for each in shapes.convert(entry.fact.body.get("verdicts", []), list[_Judged]):
        if each.estimate.value is not None and each.estimate.n_cases:
            found[each.metric, each.scope] = each.estimate
    day = entry.fact.body.get("day")
    parts = [
        f"{metric} at {scope} {_number(e.value)} ({_number(e.low)} to {_number(e.high)}), "
        f"{e.n_cases} cases"
        for (metric, scope), e in sorted(found.items())
    ]
    return f"to day {day}: {'; '.join(parts)}" if parts else ""


def _number(value: float | None) -> str:
    return "not known" if value is None else f"{value:.3g}"
