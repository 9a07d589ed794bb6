"""Values that have types already, spelled as text: the same value, the same text."""

from __future__ import annotations

from datetime import date, datetime, time
from decimal import Decimal
from uuid import UUID

from attending.errors import Refused


def cell_of(value: object) -> str:
    """Spell one value; nothing recorded is empty.

    Raises
    ------
    Refused
        It is no single value: a list, a structure, bytes.

    >>> [cell_of(each) for each in (None, True, 2.50, "a ", date(2026, 1, 31))]
    ['', 'true', '2.5', 'a', '2026-01-31']
    """
    if value is None or _is_nan(value):
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, float):
        return repr(value)
    if isinstance(value, int | Decimal | UUID):
        return str(value)
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    raise Refused(f"a column of {type(value).__name__} is no column of single values")


def _is_nan(value: object) -> bool:
    """Tell whether it is NaN, a database's or a float's, which is nothing recorded."""
    return isinstance(value, float | Decimal) and value != value  # noqa: PLR0124
