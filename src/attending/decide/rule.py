"""What a rule is: a sentence about cells, judged on the limits a committee wrote down.

Gates, cautions and safety limits differ in which hypothesis they try to reject and in
what happens then; they are judged in the same way, by the same evidence.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import log
from typing import TYPE_CHECKING, Literal

import msgspec

from attending.facts.estimate import Estimate
from attending.facts.verdict import Limits, Listed, Needed, Reading, Verdict, Word

if TYPE_CHECKING:
    from attending.facts.cells import Cells, Side

COMPLETE = 0.95  # contract C3: below it the missing outcomes could carry the answer
LEAST_LN_E = -700.0  # e^-700 is as close to no evidence as a double can say

Judge = Callable[["Asked", Reading], Verdict]


@dataclass(frozen=True)
class Asked:
    """One question on one day: which cells, which limits, which chance of being wrong."""

    cells: Cells
    limits: Limits
    share: float
    as_of: int


@dataclass(frozen=True)
class Rule:
    """One rule of a room.

    Attributes
    ----------
    listed
        Gate, caution or safety limit.
    sentence
        What is true when it is met, with ``{floor}`` and the other limits as fields.
    needs
        Names of the limits that must be declared.
    judge
        Gives today's verdict, from today's cells alone.

    """

    listed: Listed
    sentence: str
    needs: tuple[str, ...]
    judge: Judge


def evidence(asked: Asked, reading: Reading, side: Side) -> float | None:
    """Give ln e for rejecting one side, bounded below so that it can be written down."""
    ln_e = reading.weigh(asked.cells, side)
    return None if ln_e is None else max(ln_e, LEAST_LN_E)


def needed(asked: Asked, reading: Reading, side: Side, supposing: str) -> tuple[Needed, ...]:
    """Give what it would still take, supposing a declared alternative is the truth."""
    found = reading.still_needed(asked.cells, side)
    if found is None:
        return ()
    events, cases = found
    return (Needed(supposing=supposing, events=events, cases=cases),)


def complete(asked: Asked) -> bool:
    """Tell whether enough of the matured outcomes are known to rest a gate on."""
    total = asked.cells.total()
    matured = total.n + total.n_missing
    return matured == 0 or total.n >= COMPLETE * matured


def why_incomplete(asked: Asked) -> str:
    """Say which matured cases cannot be counted: no outcome is known, or no score was given."""
    total = asked.cells.total()
    matured, unknown = total.n + total.n_missing, total.n_missing - total.n_unscored
    said = [f"{unknown:,} of {matured:,} outcomes are not known"] if unknown else []
    if total.n_unscored:
        said.append(f"{total.n_unscored:,} of {matured:,} cases have a known outcome and no score")
    return " and ".join(said)


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What a rule found out, before it is put in the verdict's form."""

    word: Word
    because: str
    estimate: Estimate
    ln_e_for: float | None = None
    ln_e_against: float | None = None
    needed: tuple[Needed, ...] = ()


def verdict(asked: Asked, listed: Listed, rule: str, answer: Answer) -> Verdict:
    """Put a verdict together; a threshold reached today settles it as of today."""
    settled: Literal["met", "not_met"] | None = None
    if answer.word in ("met", "not_met"):
        settled = "met" if answer.word == "met" else "not_met"
    return Verdict(
        listed=listed,
        rule=rule,
        metric=asked.cells.metric,
        scope=asked.cells.scope,
        as_of=asked.as_of,
        word=answer.word,
        ln_e_for=answer.ln_e_for,
        ln_e_against=answer.ln_e_against,
        ln_threshold=threshold(asked.share),
        estimate=answer.estimate,
        needed=answer.needed,
        because=answer.because,
        cells_digest=asked.cells.digest,
        settled=settled,
        settled_on=asked.as_of if settled else None,
    )


def threshold(share: float) -> float:
    """Give what ln e must reach: ln(1/share), by Ville's inequality."""
    return log(1 / share)


def latch(today: Verdict, earlier: Verdict | None) -> Verdict:
    """Carry a threshold that was reached: what is settled stays, and `not_met` wins.

    An `error` today is still an error today: a gate that settled as met does not count
    as met on a day when its outcomes are incomplete.
    """
    if earlier is None or earlier.settled is None:
        return today
    if earlier.settled == "met" and today.settled == "not_met":
        return today
    word: Word = today.word
    if earlier.settled == "not_met" or word == "unsettled":
        word = earlier.settled
    return msgspec.structs.replace(
        today,
        word=word,
        settled=earlier.settled,
        settled_on=earlier.settled_on,
    )
