"""Is it written down who made what was bought, and whom to call when it changes?

Reads: the declared model and its vendor. What was built here has none. It does not tell whether
the vendor keeps its promises.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attending.report.proof import UNDECLARED, Proof, Proved, met, missing

if TYPE_CHECKING:
    from attending.report.proof import Wanted


def prove(wanted: Wanted) -> Proved:
    """Find the vendor of the model that answers."""
    if wanted.specs is None:
        return UNDECLARED
    documents = wanted.specs.documents
    model = documents.use_case.model
    if model is None:
        return missing("no model is declared, and so not who made it", wanted.specs.index)
    name = documents.models[model.model].vendor if model.model in documents.models else ""
    if not name:
        return Proved("not_applicable", "no vendor is named: built here", (wanted.specs.index,))
    if name not in documents.vendors:
        return missing(f"vendor {name} is not declared", wanted.specs.index)
    return met(documents.vendors[name].title, wanted.specs.index)


vendor_declared = Proof(asks="Is its vendor known, and how to reach them?", prove=prove)
