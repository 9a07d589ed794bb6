"""The one finding of a scope: what a committee may say about it today (contract C8).

Harm comes first, then a crossed caution, then help, then "no worse"; otherwise it cannot
be told yet. Help and harm mean that the interval lies wholly on one side of no difference;
"may harm" is never said.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from attending.decide.words import counts, interval, number
from attending.facts.finding import Finding, Found

if TYPE_CHECKING:
    from collections.abc import Sequence

    from attending.facts.cells import Cells
    from attending.facts.estimate import Estimate
    from attending.facts.verdict import Limits, Reading, Verdict


DECIDING = frozenset({"no_worse_than", "short_of_goal", "beyond_floor"})  # not those that count


@dataclass(frozen=True)
class Scope:
    """What a finding is about: the deciding metric's cells, number, limits, verdicts."""

    cells: Cells
    estimate: Estimate
    limits: Limits
    verdicts: Sequence[Verdict]
    as_of: int


def find(scope: Scope, reading: Reading, earlier: Finding | None) -> Finding:
    """Give today's finding; a difference once shown stays shown."""
    helped, harmed = _differences(scope, reading)
    helped_on = _first(earlier.helped_on if earlier else None, scope.as_of, shown=helped)
    harmed_on = _first(earlier.harmed_on if earlier else None, scope.as_of, shown=harmed)
    ranked: tuple[tuple[Found, int | None], ...] = (
        ("shown to harm", _settled(scope, "safety_limit", "not_met")),
        ("shown to harm", _settled(scope, "gate", "not_met")),
        ("shown to harm", harmed_on),
        ("worse than promised", _settled(scope, "caution", "not_met")),
        ("shown to help", helped_on),
        ("no worse than", _settled(scope, "gate", "met")),
        ("cannot tell yet", scope.as_of),
    )
    found, day = next((word, day) for word, day in ranked if day is not None)
    settled_on = None if found == "cannot tell yet" else day
    return Finding(
        scope=scope.cells.scope,
        found=found,
        settled_on=settled_on,
        because=_because(scope, reading, found, settled_on),
        helped_on=helped_on,
        harmed_on=harmed_on,
    )


def _settled(scope: Scope, listed: str, word: str) -> int | None:
    days = [
        v.settled_on
        for v in scope.verdicts
        if v.listed == listed
        and v.metric == scope.cells.metric
        and v.settled == word
        and v.rule in DECIDING
        and v.settled_on is not None
    ]
    return min(days, default=None)


def _differences(scope: Scope, reading: Reading) -> tuple[bool, bool]:
    estimate, neutral = scope.estimate, reading.neutral
    if neutral is None or estimate.refused is not None:
        return False, False
    above = estimate.low is not None and estimate.low > neutral
    below = estimate.high is not None and estimate.high < neutral
    return (below, above) if reading.better == "lower" else (above, below)


def _first(earlier: int | None, today: int, *, shown: bool) -> int | None:
    return earlier if earlier is not None else (today if shown else None)


def _because(scope: Scope, reading: Reading, found: Found, day: int | None) -> str:
    estimate = scope.estimate
    if estimate.refused is not None:
        return f"No figure yet: {estimate.refused}."
    seen = f"{counts(estimate)}: {interval(estimate, reading)}."
    floor = number(scope.limits.floor, reading.scale)
    goal = number(scope.limits.goal, reading.scale)
    if found == "shown to harm":
        return f"{seen} Shown on day {day} to be worse than usual care or than {floor}."
    if found == "worse than promised":
        return f"{seen} Shown on day {day} to be worse than the {goal} promised."
    if found == "shown to help":
        return f"{seen} Shown on day {day} to be better than usual care."
    if found == "no worse than":
        return f"{seen} Shown on day {day} to be no worse than {floor} times usual care."
    return f"{seen} {_more(scope)}"


def _more(scope: Scope) -> str:
    gate = next((v for v in scope.verdicts if v.listed == "gate" and v.needed), None)
    if gate is None:
        return "Cannot tell yet."
    parts = [
        f"if it is {n.supposing}, about {n.cases:,} more cases ({n.events:,} events) would tell"
        for n in gate.needed
        if n.cases is not None
    ]
    return f"Cannot tell yet: {'; '.join(parts)}." if parts else "Cannot tell yet."
