"""A rule that watches one hypothesis and is crossed when it is rejected."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from attending.decide.rule import Answer, Asked, evidence, needed, threshold, verdict
from attending.decide.words import interval, number
from attending.facts.cells import Side

if TYPE_CHECKING:
    from attending.facts.verdict import Listed, Reading, Verdict, Word


@dataclass(frozen=True)
class Watched:
    """What a one-sided rule watches, and the words for it."""

    listed: Listed
    rule: str
    null: float
    toward: float
    worse_than: str


def watch(asked: Asked, reading: Reading, watched: Watched) -> Verdict:
    """Try to reject "at or better than the null"; crossed (`not_met`) when that is done."""
    side = Side(null=watched.null, toward=watched.toward, share=asked.share)
    ln_against = evidence(asked, reading, side)
    word: Word = "unsettled"
    because = f"not shown to be worse than {watched.worse_than}"
    if ln_against is None:
        word, because = "error", "cannot be judged on these cases"
    elif ln_against >= threshold(asked.share):
        word, because = "not_met", f"shown to be worse than {watched.worse_than}"
    estimate = reading.estimate(asked.cells)
    answer = Answer(
        word=word,
        because=f"{because}: {interval(estimate, reading)}",
        estimate=estimate,
        ln_e_against=ln_against,
        needed=needed(asked, reading, side, f"as bad as {number(watched.toward, reading.scale)}"),
    )
    return verdict(asked, watched.listed, watched.rule, answer)
