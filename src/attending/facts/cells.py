"""Cells: the small additive sums every metric is made of (contract C2).

A case enters once, on its evidence day: the day it happened plus the metric's
maturity window, whatever its outcome. Sums over cases of a numerator N and a
denominator D are kept with their squares, so that any ratio of sums, and its
variance, follows from six numbers, and a new day costs only the new day.
"""

from __future__ import annotations

import msgspec


class Sums(msgspec.Struct, frozen=True, omit_defaults=True):
    """Additive sums over cases.

    Attributes
    ----------
    n
        Cases whose outcome is known.
    sn, sd, snn, snd, sdd
        Sums over cases of N, D, N squared, N times D, D squared.
    n_capped
        Cases whose D was cut to the declared cap.
    n_missing
        Cases matured that cannot be counted; in no other sum but `n_unscored`.
    n_partly
        Cases counted though part of a composite outcome was not recorded.
    pos, neg
        Cases with and without the event in each bin of the score, lowest first; empty where
        no score is weighed.
    n_unscored
        Of the missing, those whose outcome is known: the answer gave no score to hold against it.

    """

    n: int = 0
    sn: float = 0.0
    sd: float = 0.0
    snn: float = 0.0
    snd: float = 0.0
    sdd: float = 0.0
    n_capped: int = 0
    n_missing: int = 0
    n_partly: int = 0
    pos: tuple[int, ...] = ()
    neg: tuple[int, ...] = ()
    n_unscored: int = 0

    def __add__(self, other: Sums) -> Sums:
        """Add, field by field: merging is adding."""
        return self._with(other, 1)

    def __sub__(self, other: Sums) -> Sums:
        """Take away, field by field: how a restated day is replaced."""
        return self._with(other, -1)

    def _with(self, other: Sums, sign: int) -> Sums:
        return Sums(
            n=self.n + sign * other.n,
            sn=self.sn + sign * other.sn,
            sd=self.sd + sign * other.sd,
            snn=self.snn + sign * other.snn,
            snd=self.snd + sign * other.snd,
            sdd=self.sdd + sign * other.sdd,
            n_capped=self.n_capped + sign * other.n_capped,
            n_missing=self.n_missing + sign * other.n_missing,
            n_partly=self.n_partly + sign * other.n_partly,
            pos=_bins(self.pos, other.pos, sign),
            neg=_bins(self.neg, other.neg, sign),
            n_unscored=self.n_unscored + sign * other.n_unscored,
        )


def _bins(a: tuple[int, ...], b: tuple[int, ...], sign: int) -> tuple[int, ...]:
    """Add two histograms; an empty one holds nothing, whatever the other's bins."""
    if not b:
        return a
    if not a:
        return b if sign > 0 else tuple(-n for n in b)
    return tuple(x + sign * y for x, y in zip(a, b, strict=True))


class Cell(msgspec.Struct, frozen=True):
    """The sums of one metric over one group's cases on one evidence day."""

    site: str
    subgroup: str  # "all", or "attribute=value"
    arm: str  # empty where nothing was randomized
    metric: str
    day: int
    sums: Sums


class Design(msgspec.Struct, frozen=True):
    """How cases came to be in an arm: drawn by chance with a constant probability.

    Attributes
    ----------
    exposed, comparison
        The arm that was shown the answer, and the arm that was not.
    probability
        The chance of being drawn into the exposed arm.

    """

    exposed: str
    comparison: str
    probability: float


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


class Bounds(msgspec.Struct, frozen=True):
    """The two questions whose answers end an interval.

    ``low`` rejects values that are too low to be true, ``high`` those that are too high.
    They are the very questions that gates and cautions ask, so that an interval can never
    say one thing and a verdict another.
    """

    low: Side
    high: Side


class Cells(msgspec.Struct, frozen=True):
    """All the sums a question may look at: one metric, one scope, up to one day.

    Attributes
    ----------
    metric
        The metric's dotted name.
    scope
        A site's name, a declared pool's name, or ``all``.
    by_arm
        Sums by arm; the empty arm where nothing was randomized.
    from_on, to_on
        First and last evidence day that hold a case; None before the first case.
    digest
        SHA-256 of the sums, named by every verdict that rests on them.
    immature
        Cases that have happened but are not yet at their evidence day.
    design
        How arms were drawn; None where nothing was randomized.
    bounds
        The questions whose answers end the interval shown; None for a metric that
        decides nothing here.

    """

    metric: str
    scope: str
    by_arm: dict[str, Sums]
    from_on: int | None
    to_on: int | None
    digest: str
    immature: int = 0
    design: Design | None = None
    bounds: Bounds | None = None

    def total(self) -> Sums:
        """Give the sums of all arms together."""
        out = Sums()
        for sums in self.by_arm.values():
            out = out + sums
        return out
