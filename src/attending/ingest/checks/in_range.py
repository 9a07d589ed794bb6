"""A number is within what can be (plausibility at one time).

Reads: the column where it holds a number. Needs `low` or `high`, or both, which are still
within. Text that is no number is for `has_type`.

It does not tell whether the number is right; an age of 52 that was 25 is in range.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attending.errors import Refused
from attending.ingest.check import Check, as_number

if TYPE_CHECKING:
    from attending.ingest.check import Asked
    from attending.lake.aggregates import Expression


def among(asked: Asked) -> Expression:
    """Ask where it is a number."""
    return as_number(asked.column).notnull()


def violated(asked: Asked) -> Expression:
    """Give the rows outside."""
    low, high = asked.line.low, asked.line.high
    if low is None and high is None:
        raise Refused("this check needs a limit", where=asked.checks.name, accepted=("low", "high"))
    number = as_number(asked.column)
    too_low = number < low if low is not None else number.isnull()
    return too_low | (number > high) if high is not None else too_low


in_range = Check(
    kind="plausibility",
    sentence="the number is outside of what can be",
    among=among,
    violated=violated,
)
