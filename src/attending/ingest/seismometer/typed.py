"""Whether a value is of the type that a dictionary declares; a type nobody knows is no promise."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

NUMBERS = ("float", "double", "number")
TRUTHS = ("bool",)
TIMES = ("datetime", "date", "timestamp")
SPELLED = frozenset({"0", "1", "0.0", "1.0", "true", "false"})


def is_of_type(cell: str, dtype: str) -> bool:
    """Tell whether a cell is of a type as pandas names it; what is empty is of every type.

    >>> [is_of_type("2.0", "int64"), is_of_type("2.5", "int64"), is_of_type("2.5", "str")]
    [True, False, True]
    """
    wanted = dtype.lower()
    if not cell or not wanted:
        return True
    if any(word in wanted for word in TRUTHS):
        return cell.lower() in SPELLED
    if any(word in wanted for word in TIMES):
        return _is(datetime.fromisoformat, cell)
    if "int" in wanted:
        return _is(float, cell) and float(cell).is_integer()
    if any(word in wanted for word in NUMBERS):
        return _is(float, cell)
    return True


def _is(read: Callable[[str], object], cell: str) -> bool:
    try:
        read(cell)
    except ValueError:
        return False
    return True
