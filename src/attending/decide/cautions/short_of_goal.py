"""The metric falls short of the goal that was promised.

Reads: any metric that weighs evidence. Limits: floor, goal. Crossed when "at or better
than the goal" is rejected with half of the bets on the floor. Then expansion is held;
output goes on.

It does not tell that anybody is harmed: only that the promise is not what is seen.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attending.decide.one_sided import Watched, watch
from attending.decide.rule import Asked, Rule
from attending.decide.words import number

if TYPE_CHECKING:
    from attending.facts.verdict import Reading, Verdict


def judge(asked: Asked, reading: Reading) -> Verdict:
    """Try to reject that it is as good as promised."""
    floor, goal = asked.limits.floor or 0.0, asked.limits.goal or 0.0
    promised = f"the {number(goal, reading.scale)} promised"
    return watch(asked, reading, Watched("caution", "short_of_goal", goal, floor, promised))


short_of_goal = Rule(
    listed="caution",
    sentence="is as good as the {goal} promised",
    needs=("floor", "goal"),
    judge=judge,
)
