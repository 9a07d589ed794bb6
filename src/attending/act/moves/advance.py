"""Open the next wave: go live where the plan says, for the share it says.

Only on proof: every gate met, every sign-off bound to the plan's digest, no interlock. It
never overrides a suspension or a hold.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attending.act.move import Move

if TYPE_CHECKING:
    from attending.facts.plan import Plan


def fits(plan: Plan) -> bool:
    """Tell whether the plan only goes live, and from nowhere that is suspended."""
    return (
        bool(plan.changes)
        and plan.expansion[1] == "moving"
        and all(
            change.mode[1] == "live" and change.mode[0] != "suspended" for change in plan.changes
        )
    )


advance = Move(sentence="open the next wave", fits=fits)
