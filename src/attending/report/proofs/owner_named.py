"""Does somebody who is still here own the tool after launch?

Reads: the declared owner, sponsor and champion, and who was reported to have left. It does not
tell whether they have the time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attending.report.proof import UNDECLARED, Proof, met, missing

if TYPE_CHECKING:
    from attending.report.proof import Proved, Wanted


def prove(wanted: Wanted) -> Proved:
    """Name the owner, unless they have left."""
    if wanted.specs is None:
        return UNDECLARED
    owner = wanted.specs.documents.use_case.after_launch.owner
    for entry in wanted.entries("departed/1"):
        if entry.fact.body.get("person") == owner:
            return missing(f"{owner} owned it and has left", entry.index, wanted.specs.index)
    return met(f"{owner} owns it", wanted.specs.index)


owner_named = Proof(asks="Does a living owner answer for it?", prove=prove)
