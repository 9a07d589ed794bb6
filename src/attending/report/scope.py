"""One scope of a report: its counts, its finding, what it would still take."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Sequence

    from attending.facts.estimate import Estimate
    from attending.facts.finding import Finding
    from attending.facts.verdict import Verdict


def told(
    finding: Finding,
    verdicts: Sequence[Verdict],
    receipts: Sequence[dict[str, Any]],
    *,
    title: str,
    withheld: int,
    floor: float | None,
) -> dict[str, Any]:
    """Give one scope of `report/1`."""
    gate = next((v for v in verdicts if v.listed == "gate" and v.ln_e_for is not None), None)
    first = gate or verdicts[0]
    estimate = first.estimate
    return {
        "scope": finding.scope,
        "title": title,
        "cases": estimate.n_cases,
        "events": estimate.n_events,
        "estimate": msgspec.to_builtins(estimate),
        "verdicts": [_line(v) for v in verdicts],
        "finding": label(finding, floor),
        "found": finding.found,
        "because": finding.because,
        "settled_on": finding.settled_on,
        "moves": [{"day": r["day"], "move": r["move"], "because": r["because"]} for r in receipts],
        "needed": _needed(gate, estimate) if finding.found == "cannot tell yet" else [],
        "would_not_have_been_shown": withheld,
    }


def needed_by_gates(verdicts: Sequence[Verdict]) -> list[dict[str, Any]]:
    """Give what each unsettled gate still wants: each is a question of its own."""
    unsettled = [v for v in verdicts if v.listed == "gate" and v.word == "unsettled"]
    return [need for verdict in unsettled for need in _needed(verdict, verdict.estimate)]


def label(finding: Finding, floor: float | None) -> str:
    """Give the finding as contract C8 words it."""
    if finding.found == "no worse than":
        return f"no worse than {floor:g}" if floor is not None else "no worse than the floor"
    if finding.found == "worse than promised":
        return "worse than promised (caution)"
    return finding.found


def _line(verdict: Verdict) -> dict[str, Any]:
    return {
        "listed": verdict.listed,
        "rule": verdict.rule,
        "metric": verdict.metric,
        "word": verdict.word,
        "settled_on": verdict.settled_on,
        "ln_e_for": verdict.ln_e_for,
        "ln_e_against": verdict.ln_e_against,
        "ln_threshold": verdict.ln_threshold,
        "because": verdict.because,
    }


def _needed(gate: Verdict | None, estimate: Estimate) -> list[dict[str, Any]]:
    if gate is None:
        return []
    days = None
    if estimate.from_on is not None and estimate.to_on is not None:
        days = estimate.to_on - estimate.from_on + 1
    return [
        {
            "metric": gate.metric,
            "if": need.supposing,
            "events": need.events,
            "cases": need.cases,
            "days_at_current_volume": (
                math.ceil(need.cases * days / estimate.matured)
                if need.cases is not None and days and estimate.matured
                else None
            ),
        }
        for need in gate.needed
    ]
