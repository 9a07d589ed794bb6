"""Stop output at once, at every place the plan names.

Exempt from every lock, freeze and approval. Done only when each gateway has read it back.
It does not lift itself: a named person lifts it with a reason.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attending.act.move import Move

if TYPE_CHECKING:
    from attending.facts.plan import Plan


def fits(plan: Plan) -> bool:
    """Tell whether every change of the plan ends in `suspended`."""
    return (
        plan.cause in ("safety", "person", "condition")
        and plan.expansion[1] == "held"
        and bool(plan.changes)
        and all(change.mode[1] == "suspended" for change in plan.changes)
    )


suspend = Move(sentence="stop output", fits=fits)
