"""Open the next wave: live, or silent, where the plan says and for the share it says.

Only on proof: every gate met, every sign-off bound to the plan's digest, no interlock. It
never overrides a suspension or a hold.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attending.act.move import Move

if TYPE_CHECKING:
    from attending.facts.plan import Plan


def fits(plan: Plan) -> bool:
    """Tell whether the plan opens a wave, from nowhere that is suspended."""
    return (
        bool(plan.wave and plan.changes)
        and plan.expansion[1] == "moving"
        and all(c.mode[1] in ("live", "silent") and c.mode[0] != "suspended" for c in plan.changes)
    )


advance = Move(sentence="open the next wave", fits=fits)
