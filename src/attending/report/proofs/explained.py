"""Does the card say what its answer rests on, what it is not good for, and whom to call?

Reads: the declared card. It does not tell whether anybody understands it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attending.report.proof import UNDECLARED, Proof, met, missing

if TYPE_CHECKING:
    from attending.report.proof import Proved, Wanted


def prove(wanted: Wanted) -> Proved:
    """Look for the card's own words."""
    if wanted.specs is None:
        return UNDECLARED
    card = wanted.specs.documents.use_case.workflow.card
    if not card.detail.strip():
        return missing("the card says nothing of what its answer rests on", wanted.specs.index)
    return met("the card says what it rests on, its limits, and whom to call", wanted.specs.index)


explained = Proof(asks="Is each answer explained where it is shown?", prove=prove)
