"""Today: the day it is for one use case, by the clock and by when something was first done."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attending.loops.widen import catch_up

if TYPE_CHECKING:
    from attending.loops.parts import Folded, Hands


def today(hands: Hands, folded: Folded) -> int:
    """Give the day it is; every fact there is by now has been taken in."""
    catch_up(hands, folded)
    return folded.standing.days.of(hands.clock.now())


def last_over(hands: Hands, folded: Folded) -> int:
    """Give the last day that is over, which is what plans and gates are judged as of.

    Outcomes of a day come in until it ends, so that judged before, it would always look as
    if some were missing. A replay closes a day at its own midnight: there it is that day.
    """
    return max(today(hands, folded) - 1, folded.decided_on, 0)
