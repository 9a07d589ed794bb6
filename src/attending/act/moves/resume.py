"""Let expansion go on, after a named person has said so with a reason.

It ends the holds that stood when the person spoke, and no later one; a hold that came
with a suspension ends only once that is lifted. It opens nothing: the next wave still
wants its proof and its sign-offs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attending.act.move import Move
from attending.facts.plan import ordered

if TYPE_CHECKING:
    from attending.facts.plan import Plan


def fits(plan: Plan) -> bool:
    """Tell whether the plan answers an order to resume and touches no place."""
    return ordered(plan) == "resume" and not plan.changes


resume = Move(sentence="let expansion go on", fits=fits)
