"""Are the fields that a model may read written down, so that it gets no others?

Reads: the declared inputs. The gateway drops whatever is not among them, and counts it. It does
not tell whether each field is needed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attending.report.proof import UNDECLARED, Proof, Proved, met, missing

if TYPE_CHECKING:
    from attending.report.proof import Wanted


def prove(wanted: Wanted) -> Proved:
    """Count the declared inputs."""
    if wanted.specs is None:
        return UNDECLARED
    use_case = wanted.specs.documents.use_case
    if use_case.model is None:
        return Proved("not_applicable", "no model answers here", (wanted.specs.index,))
    if not use_case.inputs:
        return missing("no input is declared", wanted.specs.index)
    return met(f"{len(use_case.inputs)} fields, and no others", wanted.specs.index)


inputs_declared = Proof(asks="Is it written down what the model may read?", prove=prove)
