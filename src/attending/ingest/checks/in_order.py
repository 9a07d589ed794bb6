"""What comes first in life comes first in the record (plausibility over time).

Reads: two columns of times, where both hold something. Needs `not_after`: the column that may
not be earlier. Times are compared as they are written, as far as the shorter one goes: a date
and a time on it are not in the wrong order.

It does not tell which of the two is wrong. Times in several zones compare only if written in one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attending.ingest.check import Check, as_text, there

if TYPE_CHECKING:
    from attending.ingest.check import Asked
    from attending.lake.aggregates import Expression


def among(asked: Asked) -> Expression:
    """Ask where both times are there."""
    return asked.is_there & there(asked.rows[asked.line.not_after or ""], asked.missing)


def violated(asked: Asked) -> Expression:
    """Give the rows whose first time is the later one."""
    first, second = asked.text, as_text(asked.rows[asked.line.not_after or ""])
    return first.substr(0, second.length()) > second.substr(0, first.length())


in_order = Check(
    kind="plausibility",
    sentence="it is later than what it should come before",
    among=among,
    violated=violated,
    needs=("not_after",),
)
