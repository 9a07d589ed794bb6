"""A number is within what can be (plausibility at one time).

Reads: the column where it holds a number. Needs `low` or `high`, or both, which are still
within. Text that is no number, such as 1,5, is for `has_type`; where nearly all rows hold
such, it cannot be asked.

It does not tell whether the number is right; an age of 52 that was 25 is in range.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attending.errors import Refused
from attending.ingest.check import Check, as_number, by_what_is_read, surely

if TYPE_CHECKING:
    from collections.abc import Mapping

    from attending.ingest.check import Asked
    from attending.lake.aggregates import Expression


def among(asked: Asked) -> Expression:
    """Ask where it is a number."""
    return as_number(asked.column).notnull()


def more(asked: Asked) -> Mapping[str, Expression]:
    """Count the rows in which something stands that is no number."""
    return {"others": surely(asked.is_there & as_number(asked.column).isnull()).sum()}


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
    judge=by_what_is_read,
    more=more,
)
