"""A code that came has one meaning here, and an amount a unit (conformance of values).

Reads: the column that says what became of it, such as `code_map`, where a code or an amount
came at all. Short are rows whose map has no target for it, more than one, or one no longer.

It does not tell whether the map is right.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attending.fhir.mapped import NO_ANSWER, NO_CODE, NO_VALUE
from attending.ingest.check import Check, filled

if TYPE_CHECKING:
    from attending.ingest.check import Asked
    from attending.lake.aggregates import Expression


def among(asked: Asked) -> Expression:
    """Give the rows in which a code or an amount came."""
    return filled(asked) & ~asked.text.isin([NO_CODE, NO_VALUE])


def violated(asked: Asked) -> Expression:
    """Give the rows for which no map had one answer."""
    return asked.text.isin(list(NO_ANSWER))


is_mapped = Check(
    kind="conformance",
    sentence="codes or units came that no map has one answer for",
    among=among,
    violated=violated,
)
