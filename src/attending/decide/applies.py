"""Does a rule apply? Yes, no, or not known, from what is known of the fields it asks about.

What is not known is never taken for no: `all` is not known where one part is not and none is
no, and `any` where one part is not known and none is yes. Only `exists` asks whether a field
is known, and so always has an answer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import msgspec

from attending.errors import NoSuchName
from attending.spec.rulebook import FIELDS, When

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Answer = Literal["yes", "no", "not_known"]

OPPOSITE: Mapping[Answer, Answer] = {"yes": "no", "no": "yes", "not_known": "not_known"}

Known = dict[str, str | None]
"""By field; None, like a field that is left out, is not known."""


def applies(when: When, known: Mapping[str, str | None]) -> Answer:
    """Judge a condition on what is known.

    Raises
    ------
    NoSuchName
        It asks about a field that is not one, with the nearest that is.

    """
    if isinstance(when.not_, When):
        return OPPOSITE[applies(when.not_, known)]
    if when.all is not msgspec.UNSET:
        return _first(("no", "not_known"), [applies(part, known) for part in when.parts], "yes")
    if when.any is not msgspec.UNSET:
        return _first(("yes", "not_known"), [applies(part, known) for part in when.parts], "no")
    return _compared(when, known)


def asked(when: When) -> Iterator[str]:
    """Give the fields a condition asks about, in its order."""
    if isinstance(when.field, str):
        yield when.field
    for part in when.parts:
        yield from asked(part)


def _first(wanted: tuple[Answer, ...], found: list[Answer], otherwise: Answer) -> Answer:
    return next((word for word in wanted if word in found), otherwise)


def _compared(when: When, known: Mapping[str, str | None]) -> Answer:
    name = when.field if isinstance(when.field, str) else ""
    if name not in FIELDS:
        raise NoSuchName(name, "the fields a rule may ask about", FIELDS)
    value = known.get(name)
    if isinstance(when.exists, bool):
        return "yes" if (value is not None) == when.exists else "no"
    if value is None:
        return "not_known"
    holds = (
        value == when.is_
        or value in (when.in_ or ())
        or (isinstance(when.before, str) and value < when.before)
        or (isinstance(when.after, str) and value > when.after)
    )
    return "yes" if holds else "no"
