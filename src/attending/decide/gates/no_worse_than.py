"""The metric is no worse than the floor.

Reads: any metric that weighs evidence. Limits: floor, goal. Met when "worse than or at
the floor" is rejected with half of the bets on the goal; not met when "at or better than
the floor" is rejected with half of the bets as far beyond the floor as the goal is short
of it. Never met while fewer than 95 in 100 matured outcomes are known (then: error).

It does not tell that the tool helps: only that harm beyond the floor is ruled out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attending.decide.mirror import mirror
from attending.decide.rule import (
    Answer,
    Asked,
    Rule,
    complete,
    evidence,
    needed,
    threshold,
    verdict,
    why_incomplete,
)
from attending.decide.words import interval, number
from attending.facts.cells import Side

if TYPE_CHECKING:
    from attending.facts.verdict import Reading, Verdict, Word


def judge(asked: Asked, reading: Reading) -> Verdict:
    """Judge both sides; `not_met` wins."""
    floor, goal = asked.limits.floor or 0.0, asked.limits.goal or 0.0
    good = Side(null=floor, toward=goal, share=asked.share)
    bad = Side(null=floor, toward=mirror(floor, goal, reading.scale), share=asked.share)
    ln_for, ln_against = evidence(asked, reading, good), evidence(asked, reading, bad)
    word, because = _word(asked, reading, ln_for, ln_against)
    estimate = reading.estimate(asked.cells)
    answer = Answer(
        word=word,
        because=f"{because}: {interval(estimate, reading)}",
        estimate=estimate,
        ln_e_for=ln_for,
        ln_e_against=ln_against,
        needed=needed(asked, reading, good, f"as good as {number(goal, reading.scale)}")
        + needed(asked, reading, bad, f"as bad as {number(bad.toward, reading.scale)}"),
    )
    return verdict(asked, "gate", "no_worse_than", answer)


def _word(
    asked: Asked,
    reading: Reading,
    ln_for: float | None,
    ln_against: float | None,
) -> tuple[Word, str]:
    line = number(asked.limits.floor, reading.scale)
    if ln_for is None or ln_against is None:
        return "error", "cannot be judged on these cases"
    if ln_against >= threshold(asked.share):
        return "not_met", f"shown to be worse than {line}"
    if not complete(asked):
        return "error", why_incomplete(asked)
    if ln_for >= threshold(asked.share):
        return "met", f"shown to be no worse than {line}"
    return "unsettled", f"cannot tell yet whether it is worse than {line}"


no_worse_than = Rule(
    listed="gate",
    sentence="is no worse than {floor}",
    needs=("floor", "goal"),
    judge=judge,
)
