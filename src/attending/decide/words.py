"""How numbers are written in sentences: one way for each kind, everywhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from attending.facts.estimate import Estimate
    from attending.facts.verdict import Reading


def number(value: float | None, scale: str) -> str:
    """Write a ratio as 0.91, a difference as +5.2 points, a share as 97.1 %."""
    if value is None:
        return "no upper end"
    if scale == "difference":
        return f"{100 * value:+.1f} points"
    if scale == "share":
        return f"{100 * value:.1f} %"
    return f"{value:.2f}"


def interval(estimate: Estimate, reading: Reading) -> str:
    """Write the value and its confidence sequence, or why there is none."""
    if estimate.refused is not None:
        return estimate.refused
    low = number(estimate.low, reading.scale)
    high = number(estimate.high, reading.scale)
    return f"{number(estimate.value, reading.scale)} ({low} to {high})"


def counts(estimate: Estimate) -> str:
    """Write the counts a reader can check by hand."""
    p = estimate.parts
    if "exposed_events" in p:
        return (
            f"{p['exposed_events']:,} of {p['exposed_cases']:,} shown the answer against "
            f"{p['comparison_events']:,} of {p['comparison_cases']:,} in usual care"
        )
    if "observed" in p:
        return f"{p['observed']:,} observed where {p['expected']:,.1f} were expected"
    if "with_event" in p:
        return f"{p['with_event']:,} with the outcome and {p['without_event']:,} without"
    return f"{estimate.n_events:,} of {estimate.n_cases:,} cases"
