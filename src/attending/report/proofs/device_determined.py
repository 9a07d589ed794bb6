"""Has somebody determined, criterion by criterion, whether it is a medical device?

Reads: the declared criteria, who answered them, and by which guidance. It does not tell whether
they were right.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attending.report.proof import UNDECLARED, Proof, met, missing
from attending.spec.device import DeviceCriteria

if TYPE_CHECKING:
    from attending.report.proof import Proved, Wanted


def prove(wanted: Wanted) -> Proved:
    """Look for the four criteria, all answered."""
    if wanted.specs is None:
        return UNDECLARED
    found = wanted.specs.documents.use_case.risk.device_criteria
    if not isinstance(found, DeviceCriteria):
        return missing("the four criteria are not answered", wanted.specs.index)
    open_ = [name for name in ("c1", "c2", "c3", "c4") if getattr(found, name) == "unclear"]
    if open_:
        return missing(f"unclear: {', '.join(open_)}", wanted.specs.index)
    said = f"answered by {found.by}, by the guidance of {found.guidance_version}"
    return met(said, wanted.specs.index)


device_determined = Proof(asks="Is it known whether it is a medical device?", prove=prove)
