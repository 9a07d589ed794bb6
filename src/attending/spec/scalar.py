"""What an unquoted word in a document means: nothing, a boolean, a number, or itself.

The YAML 1.2 core schema, less every spelling that would lose what was typed: ``NULL``,
``True`` and ``NaN`` stay text, as do dates, ``0x1f`` and ``yes``.
"""

from __future__ import annotations

import math
import re

LONGEST = 40  # characters; what is longer is an identifier, not a number
WHOLE = re.compile(r"[-+]?[0-9]+")
DECIMAL = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")

WORDS: dict[str, bool | float | None] = {
    "": None,
    "~": None,
    "null": None,
    "true": True,
    "false": False,
    ".nan": math.nan,
    ".inf": math.inf,
    "-.inf": -math.inf,
}


def meaning(typed: str) -> str | float | bool | None:
    """Give the value of an unquoted word.

    >>> meaning("14"), meaning("0.20"), meaning("true"), meaning("2026-10-13")
    (14, 0.2, True, '2026-10-13')
    """
    if typed in WORDS:
        return WORDS[typed]
    if len(typed) > LONGEST:
        return typed
    if WHOLE.fullmatch(typed):
        return int(typed)
    return float(typed) if DECIMAL.fullmatch(typed) else typed
