"""The one finding of a scope where a model answers silently: is it good enough here?

Nobody was shown anything, so nobody was helped or harmed; what can be found is whether
every gate is met, whether one is shown not to be, or that it cannot be told yet. A gate
that counts, such as one on freshness, is not asked.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from attending.decide.words import counts
from attending.facts.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Sequence

    from attending.facts.verdict import Limits, Reading, Verdict

DECIDING = frozenset({"no_worse_than", "inside"})


@dataclass(frozen=True)
class GateToday:
    """One gate as it was judged today."""

    reading: Reading
    limits: Limits
    verdict: Verdict


def find_silent(scope: str, judged: Sequence[GateToday]) -> Finding | None:
    """Give today's finding; None where no gate decides."""
    deciding = [one for one in judged if one.verdict.rule in DECIDING]
    if not deciding:
        return None
    because = " ".join(_sentence(one) for one in deciding)
    failed = _days([one for one in deciding if one.verdict.word == "not_met"])
    if failed:
        return Finding(scope, "not good enough", min(failed), because)
    met = _days([one for one in deciding if one.verdict.word == "met"])
    if len(met) == len(deciding):
        return Finding(scope, "good enough", max(met), because)
    return Finding(scope, "cannot tell yet", None, because)


def _days(judged: Sequence[GateToday]) -> list[int]:
    days = (one.verdict.settled_on for one in judged)
    return [day for day in days if day is not None]


def _sentence(one: GateToday) -> str:
    verdict, estimate = one.verdict, one.verdict.estimate
    title = one.reading.title[:1].upper() + one.reading.title[1:]
    said = f"{title}: {verdict.because}"
    if estimate.refused is None:
        said += f"; {counts(estimate)}"
    if verdict.word in ("met", "not_met"):
        said += f", settled on day {verdict.settled_on}"
    meaning = _meaning(one) if verdict.word == "not_met" else ""
    return f"{said}.{' ' + meaning if meaning else ''}"


def _meaning(one: GateToday) -> str:
    value, limits = one.verdict.estimate.value, one.limits
    wanted = limits.goal if limits.goal is not None else limits.floor
    if value is None or wanted is None:
        return ""
    return one.reading.low_means if value < wanted else one.reading.high_means
