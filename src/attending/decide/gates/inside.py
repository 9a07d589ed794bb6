"""The metric lies inside two limits, where both ways away from the goal are worse.

Reads: any metric that weighs evidence. Limits: inside (lowest and highest acceptable),
goal. Met when both "at or below the lowest" and "at or above the highest" are rejected
with half of the bets on the goal. Not met when it is shown to lie outside, by the same two
questions moved to the other limit. Never met while fewer than 95 in 100 matured outcomes
are known (then: error).

Each question spends the gate's whole share. To be met wrongly, the one question that
bounds the truth must be wrong: the two one-sided tests of Schuirmann (J Pharmacokinet
Biopharm 15(6), 1987), asked at every look. So the interval that agrees with the gate
leaves out one share at each end.

It does not tell that the metric is at the goal.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attending.decide.mirror import as_far
from attending.decide.rule import (
    Answer,
    Asked,
    Rule,
    complete,
    evidence,
    threshold,
    verdict,
    why_incomplete,
)
from attending.decide.words import interval, number
from attending.facts.cells import Side
from attending.facts.verdict import Needed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from attending.facts.verdict import Reading, Verdict, Word


def judge(asked: Asked, reading: Reading) -> Verdict:
    """Judge both limits from both sides; `not_met` wins."""
    low, high = asked.limits.inside or (0.0, 0.0)
    goal, scale = asked.limits.goal or 0.0, reading.scale
    above_low = Side(low, goal, asked.share)
    below_high = Side(high, goal, asked.share)
    too_high = Side(high, as_far(high, origin=low, end=goal, scale=scale), asked.share)
    too_low = Side(low, as_far(low, origin=high, end=goal, scale=scale), asked.share)
    ln_for = _of(asked, reading, above_low, below_high, pick=min)
    ln_against = _of(asked, reading, too_high, too_low, pick=max)
    word, because = _word(asked, reading, ln_for, ln_against)
    estimate = reading.estimate(asked.cells)
    answer = Answer(
        word=word,
        because=f"{because}: {interval(estimate, reading)}",
        estimate=estimate,
        ln_e_for=ln_for,
        ln_e_against=ln_against,
        needed=_needed(asked, reading, (above_low, below_high), f"at {number(goal, scale)}")
        + _needed(asked, reading, (too_high,), f"at {number(too_high.toward, scale)}")
        + _needed(asked, reading, (too_low,), f"at {number(too_low.toward, scale)}"),
    )
    return verdict(asked, "gate", "inside", answer)


def _of(
    asked: Asked, reading: Reading, *sides: Side, pick: Callable[[Iterable[float]], float]
) -> float | None:
    found = [ln_e for side in sides if (ln_e := evidence(asked, reading, side)) is not None]
    return pick(found) if len(found) == len(sides) else None


def _needed(
    asked: Asked, reading: Reading, sides: tuple[Side, ...], supposing: str
) -> tuple[Needed, ...]:
    found = [reading.still_needed(asked.cells, side) for side in sides]
    most = max((n for n in found if n is not None), default=None)
    return (Needed(supposing, *most),) if most is not None and None not in found else ()


def _word(
    asked: Asked, reading: Reading, ln_for: float | None, ln_against: float | None
) -> tuple[Word, str]:
    low, high = (number(end, reading.scale) for end in asked.limits.inside or (None, None))
    if ln_for is None or ln_against is None:
        return "error", "cannot be judged on these cases"
    if ln_against >= threshold(asked.share):
        return "not_met", f"shown to lie outside {low} to {high}"
    if not complete(asked):
        return "error", why_incomplete(asked)
    if ln_for >= threshold(asked.share):
        return "met", f"shown to lie inside {low} to {high}"
    return "unsettled", f"cannot tell yet whether it lies inside {low} to {high}"


inside = Rule(
    listed="gate",
    sentence="lies inside {inside}",
    needs=("inside", "goal"),
    judge=judge,
)
