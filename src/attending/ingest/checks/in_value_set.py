"""What stands in a column is one of the declared values (conformance of values).

Reads: the column as text, where it holds something. Needs `values`. A value such as ``None``
that means "not measured" is a value like any other: it is missing only where the document
lists it as a spelling of nothing.

It does not tell whether a value is right for its patient.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attending.ingest.check import Check, filled, is_one_of

if TYPE_CHECKING:
    from attending.ingest.check import Asked
    from attending.lake.aggregates import Expression


def violated(asked: Asked) -> Expression:
    """Give the rows whose value is not declared."""
    return ~is_one_of(asked.column, asked.line.values or ())


in_value_set = Check(
    kind="conformance",
    sentence="what stands there is none of the declared values",
    among=filled,
    violated=violated,
    needs=("values",),
)
