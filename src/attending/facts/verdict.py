"""A verdict: what a gate, a caution or a safety limit says on one day (contract C3)."""

from __future__ import annotations

from typing import Literal, Protocol

import msgspec

from attending.facts.cells import Cells
from attending.facts.estimate import Estimate

Word = Literal["met", "not_met", "unsettled", "error"]

Listed = Literal["gate", "caution", "safety_limit"]


class Side(msgspec.Struct, frozen=True):
    """One hypothesis to be rejected, and where the bets are placed.

    Attributes
    ----------
    null
        The value the hypothesis ends at, on the metric's own scale.
    toward
        The declared alternative: half of the bets are on it.
    share
        The chance of rejecting wrongly that this question may spend, over all looks.

    """

    null: float
    toward: float
    share: float


class Weigh(Protocol):
    """How a metric weighs its cells against one side: a natural log e-value, or None.

    None means that the metric cannot weigh them at all (which is an ``error``); a
    finite number, however negative, means that it can.
    """

    def __call__(self, cells: Cells, side: Side) -> float | None:
        """Give ln e for rejecting the side's null toward the side's alternative."""
        ...


class Limits(msgspec.Struct, frozen=True):
    """What the committee wrote down before the first case.

    Attributes
    ----------
    floor, goal, stop_line
        Worst acceptable, promised, and clearly harmful, on the metric's own scale.
    at_least
        Matured cases or events wanted, for gates that count.
    fresh_days
        How old the last matured case may be, for gates on freshness.

    """

    floor: float | None = None
    goal: float | None = None
    stop_line: float | None = None
    at_least: int | None = None
    fresh_days: int | None = None


class Needed(msgspec.Struct, frozen=True):
    """How many more cases would settle it, if what was declared is the truth."""

    supposing: str  # "as good as the goal", "as bad as the floor", ...
    events: int
    cases: int | None  # None where no event rate is known yet


class Verdict(msgspec.Struct, frozen=True):
    """One answer, on one day, in one scope.

    Attributes
    ----------
    listed
        Whether it is a gate, a caution or a safety limit.
    rule
        The rule's name in its room.
    metric
        The metric's dotted name.
    scope
        A site, a declared pool, or ``all``.
    as_of
        The day whose facts were the last it saw.
    word
        ``met``, ``not_met``, ``unsettled`` or ``error``. For a caution and a safety
        limit, ``not_met`` means crossed, and ``unsettled`` means not crossed.
    ln_e_for, ln_e_against
        The natural logs of the evidence; None where that side is not asked.
    ln_threshold
        ln(1/share): what the evidence must reach.
    estimate
        What was measured, with its doubt.
    needed
        Cases wanted under each declared alternative.
    because
        One sentence, made from the numbers.
    cells_digest
        Of the sums this rests on.

    """

    listed: Listed
    rule: str
    metric: str
    scope: str
    as_of: int
    word: Word
    ln_e_for: float | None
    ln_e_against: float | None
    ln_threshold: float
    estimate: Estimate
    needed: tuple[Needed, ...]
    because: str
    cells_digest: str
