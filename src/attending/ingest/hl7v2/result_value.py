"""A result's numbers are said as numbers only where that says all of them; else as their text.

HL7's tables take a structured number (SN) apart and carry what FHIR has a place for. What it has
none for would be left behind: `=<^5` would be an exact 5, `>^1^:^128` the titer 1:128. So a
number, or a structured one, that is not wholly carried is its text with its unit, as the tables'
last row for SN has it. Source: HL7 v2.8.2, 2A.2.72 (SN) and 2A.2.47 (NM).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attending.ingest.hl7v2.message import part_of
from attending.ingest.hl7v2.values import COMPARATORS, is_number

if TYPE_CHECKING:
    from attending.ingest.hl7v2.message import Repetition, Segment

TYPE, VALUE, UNIT = 2, 5, 6  # OBX-2, OBX-5, OBX-6
NUMBER, STRUCTURED = "NM", "SN"
EQUALS = ("", "=")
OF_TWO = (":", "/", "-")  # what stands between the numbers of a ratio or a range
RANGES = "referenceRange"  # of a result whose numbers are several: each has the same
CARRIED = ("valueQuantity", "valueRange", "valueRatio", "component")


def say_wholly(body: dict[str, Any], result: Segment) -> bool:
    """Say a result's value as text where its numbers would not be all of it.

    Parameters
    ----------
    body
        The Observation that the tables made; changed in place.
    result
        The OBX it was made of.

    Returns
    -------
    bool
        Whether anything is said of the value, or there is none.

    """
    values, kind = result.field(VALUE), result.text(TYPE)
    if values and kind in (NUMBER, STRUCTURED) and not _is_whole(kind, values):
        for part in body.get("component", ()):
            body.update({RANGES: part[RANGES]} if RANGES in part else {})
        for name in CARRIED:
            body.pop(name, None)
        said = ", ".join(_text(one) for one in values)
        is_measured = any(character.isdigit() for character in said)
        unit = _part(result, UNIT, 2) or _part(result, UNIT, 1) if is_measured else ""
        body["valueString"] = f"{said} {unit}".strip()
    return not values or any(name.startswith(("value", "component")) for name in body)


def _is_whole(kind: str, values: tuple[Repetition, ...]) -> bool:
    """Tell whether the tables carry all that is said."""
    if kind == NUMBER:
        return len(values) == 1 and _is_plain(values[0], 1) and is_number(_at(values[0], 1))
    return all(_is_plain(one, 4) and _is_structured(one) for one in values)


def _is_structured(value: Repetition) -> bool:
    one, other = _at(value, 2), _at(value, 4)
    sign, between = part_of(value, 1), part_of(value, 3)  # as sent: tables take them at their word
    if not is_number(one):
        return False
    if not between:
        return not other and (sign in EQUALS or sign in COMPARATORS)
    return between in OF_TWO and sign in EQUALS and is_number(other)


def _is_plain(value: Repetition, most: int) -> bool:
    """Tell whether a value has no more components than its type, and no parts of them."""
    return not any(any(part) for part in value[most:]) and all(not any(p[1:]) for p in value)


def _at(value: Repetition, number: int) -> str:
    return part_of(value, number).strip()


def _text(value: Repetition) -> str:
    return " ".join(said for part in value if (said := "&".join(part).strip()))


def _part(segment: Segment, field: int, number: int) -> str:
    return next((part_of(one, number) for one in segment.field(field)), "")
