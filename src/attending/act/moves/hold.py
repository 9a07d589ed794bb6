"""Stop expanding; output goes on where it is.

Exempt from every lock, freeze and approval. It takes effect with its fact: no later plan
may expand while it stands. It changes nothing at the bedside.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attending.act.move import Move
from attending.facts.plan import ordered

if TYPE_CHECKING:
    from attending.facts.plan import Plan


def fits(plan: Plan) -> bool:
    """Tell whether the plan ends held and touches no place."""
    return plan.expansion[1] == "held" and not plan.changes and ordered(plan) != "resume"


hold = Move(sentence="stop expanding", fits=fits)
