"""A verdict: what a gate, a caution or a safety limit says on one day (contract C3)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Protocol

import msgspec

from attending.facts.estimate import Estimate

if TYPE_CHECKING:
    from attending.facts.cells import Cells, Side

Word = Literal["met", "not_met", "unsettled", "error"]

Listed = Literal["gate", "caution", "safety_limit"]


class Reading(Protocol):
    """What a metric tells a rule: its name, its number, and how it weighs a question."""

    @property
    def title(self) -> str:
        """What a clinician would call it."""
        ...

    @property
    def low_means(self) -> str:
        """What it means that the value lies below what was wanted."""
        ...

    @property
    def high_means(self) -> str:
        """What it means that the value lies above what was wanted."""
        ...

    @property
    def better(self) -> Literal["lower", "higher", "middle"]:
        """Which way is better for patients."""
        ...

    @property
    def neutral(self) -> float | None:
        """The value that means no difference, where there is one."""
        ...

    @property
    def scale(self) -> Literal["ratio", "difference", "share", "area"]:
        """What kind of number it is, for how it is written."""
        ...

    def weigh(self, cells: Cells, side: Side) -> float | None:
        """Give ln e for rejecting the side's null; None if the cells cannot be weighed."""
        ...

    def estimate(self, cells: Cells) -> Estimate:
        """Give the number and its doubt."""
        ...

    def still_needed(self, cells: Cells, side: Side) -> tuple[int, int | None] | None:
        """Give events, and cases where a rate is known, still wanted if the side is true."""
        ...


class Limits(msgspec.Struct, frozen=True):
    """What the committee wrote down before the first case.

    Attributes
    ----------
    floor, goal, stop_line
        Worst acceptable, promised, and clearly harmful, on the metric's own scale.
    inside
        The lowest and the highest acceptable value, where both ways are worse.
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
    inside: tuple[float, float] | None = None


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
    settled, settled_on
        Which threshold was reached, and the first day it was. It stays reached (Ville's
        inequality), but a gate counts as ``met`` only on days when `word` says so.

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
    settled: Literal["met", "not_met"] | None = None
    settled_on: int | None = None
