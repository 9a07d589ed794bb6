"""The one finding of a scope where no arms are compared: is the tool good enough here?

Where nobody was shown anything, or everybody was, it cannot be told who was helped or harmed.
What can be found is whether every gate is met, whether one is shown not to be or a safety
limit is crossed, whether a caution is, or that it cannot be told yet. A gate that counts,
such as one on freshness, is not asked.
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
class RuleToday:
    """One rule of the rollout as it was judged today."""

    reading: Reading
    limits: Limits
    verdict: Verdict


def find_uncompared(scope: str, judged: Sequence[RuleToday]) -> Finding | None:
    """Give today's finding; None where no gate decides."""
    deciding = [one for one in judged if one.verdict.rule in DECIDING]
    if not deciding:
        return None
    limits, cautions = _crossed(judged, "safety_limit"), _crossed(judged, "caution")
    unmet = [one for one in deciding if one.verdict.word == "not_met"]
    told = _gravest([*limits, *unmet, *cautions, *deciding])
    because = " ".join(_sentence(one) for one in told)
    failed = _days([*limits, *unmet])
    if failed:
        return Finding(scope, "not good enough", min(failed), because)
    if cautions:
        return Finding(scope, "worse than promised", min(_days(cautions)), because)
    met = _days([one for one in deciding if one.verdict.word == "met"])
    if len(met) == len(deciding):
        return Finding(scope, "good enough", max(met), because)
    return Finding(scope, "cannot tell yet", None, because)


def _crossed(judged: Sequence[RuleToday], listed: str) -> list[RuleToday]:
    return [
        one for one in judged if one.verdict.listed == listed and one.verdict.settled == "not_met"
    ]


def _gravest(judged: Sequence[RuleToday]) -> list[RuleToday]:
    """Keep one rule for each metric, the first: its number is said once."""
    return list({one.verdict.metric: one for one in reversed(judged)}.values())[::-1]


def _days(judged: Sequence[RuleToday]) -> list[int]:
    days = (one.verdict.settled_on for one in judged)
    return [day for day in days if day is not None]


def _sentence(one: RuleToday) -> str:
    verdict, estimate = one.verdict, one.verdict.estimate
    title = one.reading.title[:1].upper() + one.reading.title[1:]
    said = f"{title}: {verdict.because}"
    if estimate.refused is None:
        said += f"; {counts(estimate)}"
    if verdict.word in ("met", "not_met"):
        said += f", settled on day {verdict.settled_on}"
    meaning = _meaning(one) if verdict.word == "not_met" else ""
    return f"{said}.{' ' + meaning if meaning else ''}"


def _meaning(one: RuleToday) -> str:
    value, limits = one.verdict.estimate.value, one.limits
    wanted = limits.goal if limits.goal is not None else limits.floor
    if value is None or wanted is None:
        return ""
    return one.reading.low_means if value < wanted else one.reading.high_means
