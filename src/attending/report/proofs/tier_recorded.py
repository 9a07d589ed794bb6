"""Is the tier on record, computed from the answers that are declared now?

Reads: the last tier on record and the declared answers. `attending tier` writes it. It does not
tell whether the answers are true.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attending.report.proof import UNDECLARED, Proof, met, missing
from attending.spec.risk import inputs_digest

if TYPE_CHECKING:
    from attending.report.proof import Proved, Wanted


def prove(wanted: Wanted) -> Proved:
    """Hold the tier on record against the answers."""
    if wanted.specs is None:
        return UNDECLARED
    last = wanted.last("tier/1")
    if last is None:
        return missing("no tier is on record; attending tier writes it", wanted.specs.index)
    named = last.fact.body.get("inputs_digest")
    if named != inputs_digest(wanted.specs.documents.use_case.risk):
        return missing("the answers have changed since", last.index, wanted.specs.index)
    return met(f"{last.fact.body.get('tier')} tier", last.index, wanted.specs.index)


tier_recorded = Proof(asks="Is its tier on record?", prove=prove)
