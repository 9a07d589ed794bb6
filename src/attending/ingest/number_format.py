"""How a sheet tells a date and money from a number: by its format alone (ECMA-376 18.8.30)."""

from __future__ import annotations

import re
from datetime import date, timedelta

# Formats that have numbers and no text of their own; those with a day in them.
BUILT_IN_DATES = frozenset((14, 15, 16, 17, 22, *range(27, 37), *range(50, 59)))
BUILT_IN_MONEY = frozenset((5, 6, 7, 8, 37, 38, 39, 40, 41, 42, 43, 44))
WITH_SIGN = frozenset((5, 6, 7, 8, 42, 44))  # 37 to 41 and 43 have the columns and no sign

FIRST_1900, FIRST_1904 = date(1899, 12, 30), date(1904, 1, 1)
NO_SUCH_DAY = 60  # 29 February 1900, which the format holds and the calendar does not
LAST_SERIAL = 2_958_465  # 9999-12-31

LITERAL = re.compile(r'"[^"]*"|\\.|_.|\*.|\[(?!\$)[^\]]*\]')
LOCALE = re.compile(r"\[\$([^\]-]*)(?:-[^\]]*)?\]")
SIGN = re.compile(r"[$€£¥₹₩₪]|(?<![A-Za-z])(?:Fr\.?|kr|zł|[A-Z]{3})(?![A-Za-z])")


def is_date(number: int, code: str | None) -> bool:
    """Tell whether a format shows a day.

    >>> is_date(14, None), is_date(164, 'd" de "mmmm yyyy'), is_date(164, "[h]:mm:ss")
    (True, True, False)
    """
    if code is None:
        return number in BUILT_IN_DATES
    plain = LITERAL.sub("", LOCALE.sub("", code)).lower()
    return re.search(r"[dy]", plain) is not None and "general" not in plain


def money(number: int, code: str | None) -> str:
    """Give the sign of the currency that a format shows; empty where it shows none.

    >>> money(164, '[$€-407]#,##0.00'), money(164, '"USD" #,##0'), money(164, "#,##0")
    ('€', 'USD', '')
    """
    if code is None:
        return "$" if number in WITH_SIGN else ""
    local = LOCALE.search(code)
    if local is not None and local[1].strip():
        return local[1].strip()
    found = SIGN.search(re.sub(r"\[[^\]]*\]", "", code))
    return found[0] if found is not None else ""


def day_of(serial: float, *, from_1904: bool) -> date | None:
    """Give the day a number stands for; None where it stands for none.

    >>> day_of(61, from_1904=False), day_of(59, from_1904=False), day_of(0, from_1904=True)
    (datetime.date(1900, 3, 1), datetime.date(1900, 2, 28), datetime.date(1904, 1, 1))
    """
    whole = int(serial // 1)
    if from_1904:
        return FIRST_1904 + timedelta(whole) if 0 <= whole <= LAST_SERIAL - 1462 else None
    if not 1 <= whole <= LAST_SERIAL or whole == NO_SUCH_DAY:
        return None
    return FIRST_1900 + timedelta(whole + (whole < NO_SUCH_DAY))


def serial_of(day: date, *, from_1904: bool) -> int:
    """Give the number that stands for a day.

    >>> serial_of(date(1900, 3, 1), from_1904=False)
    61
    """
    if from_1904:
        return (day - FIRST_1904).days
    whole = (day - FIRST_1900).days
    return whole - (whole <= NO_SUCH_DAY)
