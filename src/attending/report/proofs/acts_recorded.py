"""Is what was done to patients' care on record, with who declared and who planned it?

Reads: declared specs, receipts, and the plans they carry out. Each fact is a leaf of the log,
and what a later one corrects stays readable. Whether the log was altered is asked of
`attending verify`, and is not told here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attending.report.proof import UNDECLARED, Proof, met, missing

if TYPE_CHECKING:
    from attending.report.proof import Proved, Wanted


def prove(wanted: Wanted) -> Proved:
    """Find the plan behind each receipt."""
    if wanted.specs is None:
        return UNDECLARED
    plans = {str(e.fact.body["digest"]): e.index for e in wanted.entries("plan/1")}
    done = list(wanted.entries("receipt/1"))
    without = [e.index for e in done if str(e.fact.body["plan"]) not in plans]
    if without:
        return missing("a receipt carries out a plan that is not on record", *without)
    behind = {plans[str(e.fact.body["plan"])] for e in done}
    said = f"{len(done)} receipts, each with its plan" if done else "specs; nothing was done yet"
    return met(said, wanted.specs.index, *behind)


acts_recorded = Proof(asks="Is what was done on record, and by whom?", prove=prove)
