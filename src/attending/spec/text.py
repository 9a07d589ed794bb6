"""Kinds of text and numbers that specs are made of, and how to say them."""

from __future__ import annotations

from typing import Annotated

import msgspec

DAYS = r"^\d+ ?d$"
NAME = r"^[a-z][a-z0-9_]*$"
DIGEST = r"^[0-9a-f]{64}$"
CODE = r"^[^\s|]+\|[^\s|]+$"
DATE = r"^\d{4}-\d{2}-\d{2}$"
ELEMENT = r"^[a-z][A-Za-z0-9]*(\.[a-z][A-Za-z0-9]*)*$"
DUE = r"^(\d{4}-\d{2}-\d{2}|\d+ ?d)$"

PLACE = r"^[A-Z]{2}(-[A-Z0-9]{1,3})?$"

IN_WORDS = {
    PLACE: "a country or union, and what is in it where that has laws of its own: US-NC, EU-DE",
    DAYS: "a number of days, such as 14 d",
    NAME: "lower-case letters, digits and _, starting with a letter, such as aki_alert",
    DIGEST: "64 lower-case hexadecimal digits, as sha256sum prints them",
    CODE: "a system and a code, such as http://snomed.info/sct|106292003",
    DATE: "a date, such as 2026-10-13",
    ELEMENT: "an element of a resource, such as issued or period.end",
    DUE: "a date, or days after the decision, such as 2026-12-01 or 60 d",
}

Text = Annotated[str, msgspec.Meta(min_length=1)]
Name = Annotated[str, msgspec.Meta(pattern=NAME)]
Days = Annotated[str, msgspec.Meta(pattern=DAYS)]
Sha256 = Annotated[str, msgspec.Meta(pattern=DIGEST)]
Code = Annotated[str, msgspec.Meta(pattern=CODE)]
Date = Annotated[str, msgspec.Meta(pattern=DATE)]
Due = Annotated[str, msgspec.Meta(pattern=DUE)]


def in_days(text: str) -> int:
    """Give the number in ``14 d`` or ``14d``.

    >>> in_days("14 d")
    14
    """
    return int(text.removesuffix("d"))
