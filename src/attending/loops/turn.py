"""One turn: widen, measure, judge, act. Level-triggered: a missed turn loses nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attending.loops.carry_out import act
from attending.loops.judge import judge
from attending.loops.measure import measure
from attending.loops.widen import widen

if TYPE_CHECKING:
    from attending.facts.plan import Plan
    from attending.loops.parts import Folded, Parts


def turn(parts: Parts, folded: Folded, day: int) -> list[Plan]:
    """Close one day; give the plans that were carried out, or that wait for people."""
    widen(parts, folded)
    measure(parts, folded, day)
    widen(parts, folded)
    verdicts = judge(parts, folded, day)
    widen(parts, folded)
    return act(parts, folded, verdicts, day)
