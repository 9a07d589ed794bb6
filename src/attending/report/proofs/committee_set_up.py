"""Is there a committee with a quorum, and does somebody sit on it in each wanted role?

Reads: the declared committees. Args: `roles`, none is any. It does not tell whether they meet.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attending.report.proof import UNDECLARED, Proof, met, missing

if TYPE_CHECKING:
    from attending.report.proof import Proved, Wanted


def prove(wanted: Wanted) -> Proved:
    """Look for the wanted roles among the members of all committees."""
    if wanted.specs is None:
        return UNDECLARED
    committees = wanted.specs.documents.committees
    if not committees:
        return missing("no committee is declared", wanted.specs.index)
    there = {r for c in committees.values() for m in c.members for r in m.roles}
    without = [role for role in wanted.texts("roles") if role not in there]
    if without:
        return missing(f"nobody sits on it as {', '.join(without)}", wanted.specs.index)
    return met(f"{', '.join(sorted(committees))} decides", wanted.specs.index)


committee_set_up = Proof(asks="Is there a committee, with these roles on it?", prove=prove)
