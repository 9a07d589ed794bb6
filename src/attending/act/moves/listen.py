"""Answer silently at places that were off: answers are recorded, and nothing is shown.

It lets monitoring report from a site before anybody there sees an answer. It does not
open a wave, and no gate is asked; a person applies it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attending.act.move import Move

if TYPE_CHECKING:
    from attending.facts.plan import Plan


def fits(plan: Plan) -> bool:
    """Tell whether every change of the plan is from off to silent, and no wave is opened."""
    return (
        bool(plan.changes)
        and not plan.wave
        and all(c.mode == ("off", "silent") for c in plan.changes)
    )


listen = Move(sentence="answer silently", fits=fits)
