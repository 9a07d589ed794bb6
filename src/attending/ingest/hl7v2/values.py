"""Values of HL7 v2 become values of FHIR: dates with their zones, numbers as written, codes.

A time without a zone is given the zone that the feed declares; where it declares none,
the day alone is given, since a time in an unknown zone is no moment. A number keeps its
digits. What cannot be said exactly is not said.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, tzinfo
from decimal import Decimal
from typing import TYPE_CHECKING

from attending.fhir.boundary import time_of

if TYPE_CHECKING:
    from attending.ingest.hl7v2.message import Component, Repetition

Scalar = str | int | bool | Decimal

MOMENT = re.compile(
    r"(\d{4})(?:(\d{2})(?:(\d{2})(?:(\d{2})(?:(\d{2})(?:(\d{2})(\.\d{1,6})?)?)?)?)?)?([+-]\d{4})?",
    re.ASCII,
)
NUMBER = re.compile(r"[+-]?(\d+(?:\.\d*)?|\.\d+)", re.ASCII)
LONGEST_NUMBER = 40  # characters; a longer one is no measurement
COMPARATORS = frozenset({"<", "<=", ">=", ">"})  # that FHIR's quantity has
HOURS, MINUTES, MOST_OFFSET = 24, 60, 14  # a zone is at most 14 hours away

# HL7 table 0396 names coding systems; the mapping tables leave their addresses to the reader.
SYSTEMS = {
    "LN": "http://loinc.org",
    "SCT": "http://snomed.info/sct",
    "SNOMED": "http://snomed.info/sct",
    "UCUM": "http://unitsofmeasure.org",
    "I10": "http://hl7.org/fhir/sid/icd-10",
    "I10C": "http://hl7.org/fhir/sid/icd-10-cm",
    "I9C": "http://hl7.org/fhir/sid/icd-9-cm",
    "RXNORM": "http://www.nlm.nih.gov/research/umls/rxnorm",
    "NDC": "http://hl7.org/fhir/sid/ndc",
    "CVX": "http://hl7.org/fhir/sid/cvx",
    "C4": "http://www.ama-assn.org/go/cpt",
    "CDCREC": "urn:oid:2.16.840.1.113883.6.238",
}
HL7_TABLE = re.compile(r"HL7-?(\d{4})")
OID = re.compile(r"[0-2](\.(0|[1-9]\d*))+")


def coding_system(name: str) -> str:
    """Give the address of a coding system that a message names; nothing for no name."""
    if not name:
        return ""
    table = HL7_TABLE.fullmatch(name)
    if table:
        return f"http://terminology.hl7.org/CodeSystem/v2-{table[1]}"
    return SYSTEMS.get(name) or local(name)


def local(name: str) -> str:
    """Give an address for a name that only the sender knows; one name, one address."""
    if OID.fullmatch(name):
        return f"urn:oid:{name}"
    kept = re.sub(r"[^A-Za-z0-9.-]", "_", name.strip())
    return f"urn:x-hl7v2:{kept}" if kept else ""


def authority(namespace: str, universal: str = "", kind: str = "") -> str:
    """Give the address of an assigning authority: an HD, or the same parts of an EI."""
    if universal and kind == "ISO":
        return f"urn:oid:{universal}"
    if universal and kind == "UUID":
        return f"urn:uuid:{universal}"
    return local(namespace or universal)


def authority_of(component: Component) -> str:
    """Give the address of an assigning authority that stands in one component."""
    namespace, universal, kind = (*component, "", "", "")[:3]
    return authority(namespace, universal, kind)


def date_time(text: str, zone: tzinfo | None) -> str:
    """Write a date and time as FHIR does; the day alone if its zone is not known.

    Parameters
    ----------
    text
        HL7's DTM: YYYY[MM[DD[HH[MM[SS[.S]]]]]][+ZZZZ].
    zone
        What the feed declares for times that name no zone.

    Returns
    -------
    str
        Nothing if the text is no such date.

    """
    found = MOMENT.fullmatch(text)
    if found is None:
        return ""
    year, month, day, hour, minute, second, fraction, offset = found.groups()
    whole = "-".join(part for part in (year, month, day) if part)
    if not _is_date(year, month, day):
        return ""
    if minute is None:  # an hour without minutes is not exact enough to be written
        return whole
    if int(hour) >= HOURS or int(minute) >= MINUTES or int(second or 0) > MINUTES:
        return ""
    zoned = _offset(offset) if offset else _in_zone(whole, hour, minute, zone)
    if not zoned:
        return "" if offset else whole
    return f"{whole}T{hour}:{minute}:{second or '00'}{fraction or ''}{zoned}"


def _is_date(year: str, month: str | None, day: str | None) -> bool:
    try:
        date(int(year), int(month or 1), int(day or 1))
    except ValueError:
        return False
    return True


def _offset(text: str) -> str:
    is_near = int(text[1:3]) <= MOST_OFFSET and int(text[3:]) < MINUTES
    return f"{text[:3]}:{text[3:]}" if is_near else ""


def _in_zone(whole: str, hour: str, minute: str, zone: tzinfo | None) -> str:
    if zone is None:
        return ""
    there = datetime.fromisoformat(f"{whole}T{hour}:{minute}").replace(tzinfo=zone)
    offset = there.isoformat()[19:]
    return offset if len(offset) == len("+01:00") else ""  # FHIR has no seconds in a zone


def moment(text: str, zone: tzinfo | None) -> datetime | None:
    """Give the moment a message names, if it names one: with a zone, to the minute."""
    written = date_time(text, zone)
    if "T" not in written:
        return None
    try:
        return time_of(written).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def scalar(kind: str, text: str, zone: tzinfo | None) -> Scalar | None:
    """Give a text as a value of a FHIR type; None if it is none.

    Parameters
    ----------
    kind
        A primitive type: date, decimal, code …
    text
        As the message, or a table, says it.
    zone
        What the feed declares for times that name no zone.

    """
    text = text.strip()
    if kind in {"dateTime", "instant", "date"}:
        written = date_time(text, zone)
        if kind == "instant" and "T" not in written:
            return None
        return (written[:10] if kind == "date" else written) or None
    if kind == "boolean":
        return {"true": True, "false": False, "Y": True, "N": False}.get(text)
    if kind in {"decimal", "integer", "positiveInt", "unsignedInt"}:
        return _number(kind, text)
    if kind == "time":
        found = re.fullmatch(r"([01]\d|2[0-3])([0-5]\d)([0-5]\d)?", text)
        return f"{found[1]}:{found[2]}:{found[3] or '00'}" if found else None
    return text or None


def is_number(text: str) -> bool:
    """Tell whether a text is a number as HL7 writes one (NM)."""
    return len(text) <= LONGEST_NUMBER and NUMBER.fullmatch(text) is not None


def _number(kind: str, text: str) -> int | Decimal | None:
    if not is_number(text):
        return None
    number = Decimal(text)
    if kind == "decimal":
        return number
    least = {"positiveInt": 1, "unsignedInt": 0}.get(kind)
    if number != int(number) or (least is not None and number < least):
        return None
    return int(number)


def first(repetition: Repetition) -> str:
    """Give the first component of a repetition."""
    return repetition[0][0] if repetition else ""
