"""Was anything measured on patients of this health system?

Reads: the last daily decision that holds an estimate on one case or more. It does not tell
whether the estimate is good; the gates do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attending.report.measured_row import told
from attending.report.proof import Proof, met, missing

if TYPE_CHECKING:
    from attending.report.proof import Proved, Wanted


def prove(wanted: Wanted) -> Proved:
    """Find the last day that was judged on cases."""
    last, said = None, ""
    for entry in wanted.entries("decided/1"):
        found = told(entry)
        if found and wanted.is_fresh(entry):
            last, said = entry, found
    if last is None:
        there = () if wanted.specs is None else (wanted.specs.index,)
        return missing("nothing has been measured here", *there)
    return met(said, last.index, shown=said)


measured_here = Proof(asks="Was it measured on patients here?", prove=prove)
