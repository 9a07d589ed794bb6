"""Are groups of patients named for comparison before the first case?

Reads: the declared subgroups. Args: `attributes`, none is any. It does not tell what the
comparison found.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attending.report.proof import UNDECLARED, Proof, met, missing

if TYPE_CHECKING:
    from attending.report.proof import Proved, Wanted


def prove(wanted: Wanted) -> Proved:
    """Hold the declared attributes against those wanted."""
    if wanted.specs is None:
        return UNDECLARED
    there = wanted.specs.documents.use_case.subgroups.attributes
    without = [name for name in wanted.texts("attributes") if name not in there]
    if without or not there:
        said = f"not by {', '.join(without)}" if without else "no subgroup is declared"
        return missing(said, wanted.specs.index)
    return met(f"by {', '.join(there)}", wanted.specs.index)


subgroups_compared = Proof(asks="Are groups of patients compared?", prove=prove)
