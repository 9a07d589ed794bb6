"""What stands in a column is of the type that was declared (conformance of values).

Reads: the column as text, where it holds something. Needs `type`: integer, number, date, time
or boolean. Text that a machine would have to guess at, such as ``1,5`` or ``3/4/2026``, is of
no type.

It does not tell whether the value is true, nor whether a day is in the calendar.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attending.ingest.check import NUMBER, Check, filled

if TYPE_CHECKING:
    from attending.ingest.check import Asked
    from attending.lake.aggregates import Expression

TYPES = {
    "integer": r"^\s*[-+]?[0-9]+\s*$",
    "number": NUMBER,
    "date": r"^\s*[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])\s*$",
    "time": r"^\s*[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])[T ][0-2][0-9]:[0-5][0-9]",
    "boolean": r"^\s*(true|false|True|False|0|1)\s*$",
}


def violated(asked: Asked) -> Expression:
    """Give the rows whose text does not read as the type."""
    return ~asked.text.re_search(TYPES[asked.line.type or "number"])


has_type = Check(
    kind="conformance",
    sentence="what stands there is not of the declared type",
    among=filled,
    violated=violated,
    needs=("type",),
)
