"""Is every question about risk answered, so that the tier rests on answers?

Reads: the declared answers. What is not known is missing here; in the tier it counts as the
answer that asks for more. It does not tell whether an answer is true.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from attending.report.proof import UNDECLARED, Proof, met, missing
from attending.spec.rulebook import RISK

if TYPE_CHECKING:
    from attending.report.proof import Proved, Wanted


def prove(wanted: Wanted) -> Proved:
    """Name the answers that are wanting."""
    if wanted.specs is None:
        return UNDECLARED
    risk = wanted.specs.documents.use_case.risk
    open_ = [name for name in RISK if getattr(risk, name) in (msgspec.UNSET, "not_known")]
    if open_:
        return missing(f"not known: {', '.join(open_).replace('_', ' ')}", wanted.specs.index)
    return met(f"all {len(RISK)} are answered", wanted.specs.index)


risk_answered = Proof(asks="Is every question about risk answered?", prove=prove)
