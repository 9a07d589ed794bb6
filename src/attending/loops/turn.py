"""One turn: widen, measure, judge, act. Level-triggered: a missed turn loses nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attending.loops.carry_out import act
from attending.loops.conditions import put_on_docket
from attending.loops.drops import take_in_drops
from attending.loops.incident import open_incidents
from attending.loops.judge import judge
from attending.loops.measure import measure
from attending.loops.today import today
from attending.loops.widen import widen

if TYPE_CHECKING:
    from attending.facts.plan import Plan
    from attending.loops.drops import Inbox
    from attending.loops.parts import Folded, Parts


def take_turn(parts: Parts, folded: Folded, inbox: Inbox | None) -> list[Plan]:
    """Take in what was dropped, then close yesterday: a day is looked at once it is over.

    All of a day's facts are there by then. This is a live turn, whole; it needs no server.
    Without an inbox nothing is dropped.
    """
    if inbox is not None:
        take_in_drops(parts, folded, inbox)
    return turn(parts, folded, today(parts.hands, folded) - 1)


def turn(parts: Parts, folded: Folded, day: int) -> list[Plan]:
    """Close one day; give the plans that were carried out, or that wait for people.

    Before the end of day 0 there is no day to close, and what people said is done all the same.
    """
    widen(parts, folded)
    measure(parts, folded, day)
    widen(parts, folded)
    verdicts = judge(parts, folded, day)
    widen(parts, folded)
    done = act(parts, folded, verdicts, max(day, 0))
    put_on_docket(parts, folded, max(day, 0))
    open_incidents(parts.hands, folded)
    return done
