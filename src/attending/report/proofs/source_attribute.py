"""Can users read this fact about the tool?

Reads: the declared source attributes; of validity in local data also what was measured here,
which stands beside whatever is written. Args: `attribute`. Where the rule lets one be "not
available", that is shown, and never hidden. It does not tell whether what is written is true.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from attending.errors import NoSuchName
from attending.report.measured_row import told
from attending.report.proof import UNDECLARED, Proof, Proved, met, missing
from attending.spec.source_attributes import (
    ATTRIBUTES,
    MAY_BE_UNAVAILABLE,
    NOT_AVAILABLE,
    SourceAttributes,
)

if TYPE_CHECKING:
    from attending.report.proof import Wanted


def prove(wanted: Wanted) -> Proved:
    """Give what is written of one attribute."""
    if wanted.specs is None:
        return UNDECLARED
    name, index = wanted.text("attribute"), wanted.specs.index
    if name not in ATTRIBUTES:
        raise NoSuchName(name, "the source attributes", ATTRIBUTES)
    written = wanted.specs.documents.use_case.source_attributes
    text = getattr(written, name) if isinstance(written, SourceAttributes) else msgspec.UNSET
    measured = _measured(wanted) if name == "validity_local" else None
    if measured is not None and text in (msgspec.UNSET, NOT_AVAILABLE):
        return met("measured here", *measured[1], shown=measured[0])
    if text is msgspec.UNSET:
        return missing("nothing is written", index)
    if text == NOT_AVAILABLE:
        if name not in MAY_BE_UNAVAILABLE:
            return missing("it may not be left unavailable", index)
        return Proved("not_applicable", NOT_AVAILABLE, (index,), NOT_AVAILABLE)
    shown = f"{text} Measured here: {measured[0]}" if measured else text
    return met("written in the specs", index, *(measured[1] if measured else ()), shown=shown)


def _measured(wanted: Wanted) -> tuple[str, tuple[int, ...]] | None:
    """Give what was measured on patients here, in words, and the fact that says so."""
    found = [(told(entry), (entry.index,)) for entry in wanted.entries("decided/1")]
    return next((each for each in reversed(found) if each[0]), None)


source_attribute = Proof(asks="Can users read this about the tool?", prove=prove)
