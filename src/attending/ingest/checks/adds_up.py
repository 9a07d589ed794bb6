"""A total is the sum of its parts (conformance of what is computed).

Reads: the column and those in `parts`, where every one of them holds a number. A cent or a
thousandth of the total, whichever is more, may be lost to rounding.

It does not tell which of the numbers is wrong.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attending.ingest.check import Check, as_number

if TYPE_CHECKING:
    from attending.ingest.check import Asked
    from attending.lake.aggregates import Expression

ROUNDED = 0.01
ROUNDED_SHARE = 0.001


def among(asked: Asked) -> Expression:
    """Ask where the total and every part are numbers."""
    known = as_number(asked.column).notnull()
    for name in asked.line.parts or ():
        known = known & as_number(asked.rows[name]).notnull()
    return known


def violated(asked: Asked) -> Expression:
    """Give the rows whose total is another number than the sum."""
    total = as_number(asked.column)
    left = total
    for name in asked.line.parts or ():
        left = left - as_number(asked.rows[name])
    off = left.abs()
    return (off > ROUNDED) & (off > total.abs() * ROUNDED_SHARE)


adds_up = Check(
    kind="conformance",
    sentence="the total is not the sum of its parts",
    among=among,
    violated=violated,
    needs=("parts",),
)
