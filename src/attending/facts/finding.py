"""A finding: the one sentence a committee needs about one scope (contract C8)."""

from __future__ import annotations

from typing import Literal

import msgspec

Found = Literal[
    "shown to help",
    "shown to harm",
    "no worse than",
    "worse than promised",
    "cannot tell yet",
    "good enough",
    "not good enough",
]


class Finding(msgspec.Struct, frozen=True):
    """Exactly one per scope and day.

    Attributes
    ----------
    scope
        A site, a declared pool, or ``all``.
    found
        Which of the five; where no arms are compared, whether it is good enough here, is
        not, is worse than promised, or cannot be told yet.
    settled_on
        The day it was first shown; None while it cannot be told.
    because
        Sentences made from the numbers, and from no others.
    helped_on, harmed_on
        The first day a difference from usual care was shown, for better or for worse.

    """

    scope: str
    found: Found
    settled_on: int | None
    because: str
    helped_on: int | None = None
    harmed_on: int | None = None
