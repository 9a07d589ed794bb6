"""Is a committee's approval of this release in force on the day?

Reads: decisions, the last on the rollout's release. It does not count the votes again; the
interlock `not_approved` and the auditor's question 3 do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attending import shapes
from attending.facts.committee import Decision
from attending.report.proof import UNDECLARED, Proof, met, missing

if TYPE_CHECKING:
    from attending.report.proof import Proved, Wanted


def prove(wanted: Wanted) -> Proved:
    """Find the last decision on the release, and ask whether it approves on the day."""
    if wanted.specs is None or wanted.specs.documents.rollout is None:
        return UNDECLARED
    release, last = wanted.specs.documents.rollout.release, None
    for entry in wanted.entries("decision/1"):
        if entry.fact.body.get("release") == release:
            last = entry
    if last is None:
        return missing(f"no committee has decided on {release}", wanted.specs.index)
    decision = shapes.convert(last.fact.body, Decision)
    said = decision.word.replace("_", " ")
    because = f"{decision.committee}, meeting {decision.meeting}: {said}"
    if not decision.in_force(wanted.date):
        return missing(f"{because}, until {decision.expires_on}", last.index)
    return met(f"{because}, until {decision.expires_on}", last.index, wanted.specs.index)


approved = Proof(asks="Is a committee's approval in force?", prove=prove)
