"""What comes first in life comes first in the record (plausibility over time).

Reads: two columns of times, where both hold one that begins as 2026-01-31 or 20260131. Needs
`not_after`: the column that may not be earlier. Times are compared as they are written, as far
as the shorter one goes: a date and a time on it are not in the wrong order. Where no
more rows than strays hold such times, it cannot be asked.

It does not tell which of the two is wrong. Times in several zones compare only if written in one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attending.ingest.check import DATED, Check, as_day, as_text, by_what_is_read, surely, there

if TYPE_CHECKING:
    from collections.abc import Mapping

    from attending.ingest.check import Asked
    from attending.lake.aggregates import Expression


def among(asked: Asked) -> Expression:
    """Ask where both times are there."""
    other = asked.rows[asked.line.not_after or ""]
    return _are_there(asked) & as_day(asked.column).notnull() & as_day(other).notnull()


def more(asked: Asked) -> Mapping[str, Expression]:
    """Count the rows in which something stands that is no time."""
    return {"others": surely(_are_there(asked) & ~surely(among(asked))).sum()}


def violated(asked: Asked) -> Expression:
    """Give the rows whose first time is the later one."""
    first, second = _spelled(asked.column), _spelled(asked.rows[asked.line.not_after or ""])
    return first.substr(0, second.length()) > second.substr(0, first.length())


def _are_there(asked: Asked) -> Expression:
    other = asked.rows[asked.line.not_after or ""]
    return asked.is_there & there(other, asked.missing)


def _spelled(column: Expression) -> Expression:
    """Give a time in one spelling: the day in ten characters, and a blank before the hour."""
    text = as_text(column).strip()
    rest = text.re_search(DATED).ifelse(text.substr(10), text.substr(8))
    return as_day(column) + rest.replace("T", " ")


in_order = Check(
    kind="plausibility",
    sentence="it is later than what it should come before",
    among=among,
    violated=violated,
    needs=("not_after",),
    judge=by_what_is_read,
    more=more,
)
