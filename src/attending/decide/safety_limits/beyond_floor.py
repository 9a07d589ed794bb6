"""The metric is beyond the floor: harm that was declared unacceptable is shown.

Reads: any metric that weighs evidence. Limits: floor, stop_line. Crossed when "at or
better than the floor" is rejected with half of the bets on the stop line. Then output is
suspended at once, and stays so until a named person lifts it.

It does not wait for complete outcomes: harm shown on the outcomes that are known is harm.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attending.decide.one_sided import Watched, watch
from attending.decide.rule import Asked, Rule
from attending.decide.words import number

if TYPE_CHECKING:
    from attending.facts.verdict import Reading, Verdict


def judge(asked: Asked, reading: Reading) -> Verdict:
    """Try to reject that it is at or better than the floor."""
    floor, stop = asked.limits.floor or 0.0, asked.limits.stop_line or 0.0
    line = number(floor, reading.scale)
    return watch(asked, reading, Watched("safety_limit", "beyond_floor", floor, stop, line))


beyond_floor = Rule(
    listed="safety_limit",
    sentence="is not beyond {floor}",
    needs=("floor", "stop_line"),
    judge=judge,
)
