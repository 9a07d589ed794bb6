"""The least and the greatest that a value can have meant, by the digits it was said with.

1.0 was measured to a tenth: it can have been 0.95 to 1.05. 1970-06 can have been any day of
June. A moment without a zone can have been anywhere, from +14:00 to -12:00.
"""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import datetime, timedelta
from decimal import Decimal

from attending.fhir.compared import is_number

EARLIEST, LATEST = "+14:00", "-12:00"  # the zones where a day begins first and ends last
_DATE = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?")
_CLOCK = re.compile(r"(\d{2}):(\d{2})(?::(\d{2})(?:\.(\d+))?)?")
_ZONE = re.compile(r"(?:Z|[+-]\d{2}:\d{2})$")
_LEAP = re.compile(r"(T\d{2}:\d{2}):60(?=[.Z+-]|$)")
_MONTHS = 12


def time_of(text: str) -> datetime:
    """Read a date or a moment as FHIR spells it; a leap second is the moment in which it ends.

    FHIR R4 (2.24.0.1) lets a minute have a second 60. Python knows none, nor does POSIX, where
    that second bears the number of the next.

    Raises
    ------
    ValueError
        It is neither.

    """
    plain, leaps = _LEAP.subn(r"\1:59", text)
    try:
        return datetime.fromisoformat(plain) + timedelta(seconds=leaps)
    except OverflowError:
        raise ValueError(text) from None


def boundary(value: object, kind: str, *, high: bool) -> str | Decimal | None:
    """Give the least (or, if `high`, the greatest) value meant; None if it has no such thing.

    Parameters
    ----------
    value
        A number, or a date, moment or time as text.
    kind
        Its FHIR type, where known: it tells a date from the day of a moment.

    """
    if is_number(value):
        exact = Decimal(str(value))
        exponent = exact.as_tuple().exponent
        half = Decimal((0, (5,), (exponent if isinstance(exponent, int) else 0) - 1))
        return exact + half if high else exact - half
    if not isinstance(value, str):
        return None
    zone = _ZONE.search(value) if "T" in value else None
    day, _, clock = (value[: zone.start()] if zone else value).partition("T")
    if not clock and _CLOCK.fullmatch(day):
        return _clock(day, high=high)
    date = _date(day, high=high)
    if date is None or (not clock and kind not in ("dateTime", "instant")):
        return date
    time = _clock(clock, high=high) if clock else ("23:59:59.999" if high else "00:00:00.000")
    where = zone[0] if zone else (LATEST if high else EARLIEST)
    return None if time is None else f"{date}T{time}{where}"


def _date(text: str, *, high: bool) -> str | None:
    found = _DATE.fullmatch(text)
    if found is None:
        return None
    year = int(found[1])
    month = int(found[2] or (_MONTHS if high else 1))
    if not 1 <= month <= _MONTHS or year < 1:
        return None
    last = monthrange(year, month)[1]
    day = int(found[3] or (last if high else 1))
    return f"{year:04}-{month:02}-{day:02}" if 1 <= day <= last else None


def _clock(text: str, *, high: bool) -> str | None:
    found = _CLOCK.fullmatch(text)
    if found is None:
        return None
    hour, minute, second, part = found.groups()
    filled = (part or "")[:3].ljust(3, "9" if high else "0")
    return f"{hour}:{minute}:{second or ('59' if high else '00')}.{filled}"
