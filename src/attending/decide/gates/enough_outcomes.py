"""Enough cases have matured, and enough of their outcomes are known.

Reads: any metric's cells. Limits: at_least (matured cases with a known outcome). Met when
that many are known and they are at least 95 in 100 of all that matured.

It does not tell what the outcomes say.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attending.decide.rule import Answer, Asked, Rule, complete, verdict, why_incomplete

if TYPE_CHECKING:
    from attending.facts.verdict import Reading, Verdict, Word


def judge(asked: Asked, reading: Reading) -> Verdict:
    """Count; nothing is inferred."""
    total = asked.cells.total()
    wanted = asked.limits.at_least or 1
    word: Word = "unsettled"
    because = f"{total.n:,} of {wanted:,} matured cases wanted"
    if total.n >= wanted and complete(asked):
        word, because = "met", f"{total.n:,} matured cases; {wanted:,} were wanted"
    elif not complete(asked):
        word, because = "error", why_incomplete(asked)
    answer = Answer(word=word, because=because, estimate=reading.estimate(asked.cells))
    return verdict(asked, "gate", "enough_outcomes", answer)


enough_outcomes = Rule(
    listed="gate",
    sentence="rests on at least {at_least} matured cases",
    needs=("at_least",),
    judge=judge,
)
