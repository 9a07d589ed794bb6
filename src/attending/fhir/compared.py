"""Whether two values are equal and which comes first, as FHIRPath asks it.

Numbers compare by their size, so 1.0 equals 1.00. Dates and times compare as far as both are
said: 2020-03 is neither before nor after 2020-03-14, which is answered with None. So is a time
with a zone beside one without.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple, TypeGuard

from attending.errors import Refused

Number = int | Decimal | float
CLOCK, MINUTE = 3, 5  # where the hour stands among the parts, and what follows the minute
_SAID = re.compile(
    r"(?:(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?)?"
    r"(?:(?:^|T)(\d{2}):(\d{2})(?::(\d{2}(?:\.\d+)?))?(Z|[+-]\d{2}:\d{2})?)?"
)


class NotComparable(Refused):
    """Two values of kinds that have no order between them."""


def is_number(value: object) -> TypeGuard[Number]:
    """Tell whether a value is a number; true and false are none."""
    return isinstance(value, int | Decimal | float) and not isinstance(value, bool)


def alike(left: Number, right: Number) -> tuple[Number, Number]:
    """Give two numbers that can be compared and computed with: a float makes both floats."""
    if isinstance(left, float) and isinstance(right, Decimal):
        return left, float(right)
    if isinstance(right, float) and isinstance(left, Decimal):
        return float(left), right
    return left, right


def equal(left: object, right: object, *, moments: bool = False) -> bool | None:
    """Tell whether two values are equal; None where dates do not say enough.

    `moments` says that one of the two is known to be a date or a time.
    """
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if is_number(left) and is_number(right):
        one, other = alike(left, right)
        return bool(one == other)
    if moments and isinstance(left, str) and isinstance(right, str) and left != right:
        order = compared_moments(left, right)
        return None if order is None else order == 0
    return left == right


def before(left: object, right: object) -> int | None:
    """Give -1, 0 or 1: whether the left one comes first; None where dates do not say enough.

    Raises
    ------
    NotComparable
        For values that have no order, such as a text and a number.

    """
    if is_number(left) and is_number(right):
        one, other = alike(left, right)
        return int(one > other) - int(one < other)
    if isinstance(left, str) and isinstance(right, str):
        if _is_moment(left) and _is_moment(right):
            return compared_moments(left, right)
        return int(left > right) - int(left < right)
    raise NotComparable("only two numbers, two texts or two dates have an order")


def _is_moment(text: str) -> bool:
    found = _SAID.fullmatch(text)
    return found is not None and (found[2] or found[4]) is not None


def compared_moments(left: str, right: str) -> int | None:
    """Compare two dates or times as far as both are said."""
    first, second = _said(left), _said(right)
    if first is None or second is None or first.is_clock != second.is_clock:
        return None
    if (first.zone is None) != (second.zone is None):
        return _by_day(first, second)
    one, other = _at_zero(first), _at_zero(second)
    for a, b in zip(one, other, strict=False):
        if a != b:
            return -1 if a < b else 1
    return 0 if len(one) == len(other) else None


class Said(NamedTuple):
    """What a text says of a moment: its parts from the largest on, and its zone."""

    parts: tuple[Any, ...]
    zone: str | None
    is_clock: bool  # a time of any day


def _said(text: str) -> Said | None:
    found = _SAID.fullmatch(text)
    if found is None:
        return None
    *whole, second, zone = found.groups()
    said: list[Any] = [None if part is None else int(part) for part in whole]
    said.append(None if second is None else Decimal(second))
    while said and said[-1] is None:
        said.pop()
    is_clock = said[:1] == [None]
    parts = tuple(said[CLOCK:] if is_clock else said)
    return Said(parts, zone, is_clock) if parts and None not in parts else None


def _by_day(first: Said, second: Said) -> int | None:
    """Compare what no zone can turn: days that lie two or more apart."""
    try:
        one, other = (_day(each) for each in (first, second))
    except (TypeError, ValueError):
        return None
    apart = (one - other).days
    return None if abs(apart) <= 1 else (-1 if apart < 0 else 1)


def _at_zero(said: Said) -> tuple[Any, ...]:
    """Turn a moment that has a zone to zone zero; give any other as it is."""
    if said.zone in (None, "Z", "+00:00", "-00:00") or said.is_clock or len(said.parts) <= CLOCK:
        return said.parts
    sign = -1 if said.zone[0] == "+" else 1
    hours, minutes = said.zone[1:].split(":")
    try:
        hour, minute = said.parts[CLOCK:MINUTE]
        turned = _day(said) + timedelta(
            hours=hour + sign * int(hours), minutes=minute + sign * int(minutes)
        )
    except (TypeError, ValueError, OverflowError):
        return said.parts
    whole = (turned.year, turned.month, turned.day, turned.hour, turned.minute)
    return (*whole, *said.parts[MINUTE:])


def _day(said: Said) -> datetime:
    year, month, day = said.parts[:CLOCK]
    return datetime(year, month, day, tzinfo=UTC)
