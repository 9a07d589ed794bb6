"""Take what is suspended to silent, after a named person has said so with a reason.

Never to live: only a new plan, with its own proof and sign-offs, shows output again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attending.act.move import Move
from attending.facts.plan import ordered

if TYPE_CHECKING:
    from attending.facts.plan import Plan


def fits(plan: Plan) -> bool:
    """Tell whether the plan answers an order to lift, and every change ends in silent."""
    return (
        ordered(plan) == "lift"
        and bool(plan.changes)
        and all(c.mode == ("suspended", "silent") for c in plan.changes)
    )


lift = Move(sentence="lift a suspension", fits=fits)
