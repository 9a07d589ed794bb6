"""What a resource is called: the same for the same thing, whenever a message tells of it.

An id is made of the site, the type and the thing's own business key: a patient's first
medical record number with who assigned it, a visit's number, an order's number with the code and
sub-id of the observation. An order's number is of who assigned it, else of who sent it (MSH-3,
MSH-4). So a message sent again, or a correction, gives the same ids, and two laboratories that
count alike give two. What bears no key of its own is known by whom it is about and what it
says. A patient, an encounter or a report without any key is not made up: it is parked.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Any, NamedTuple

from attending.digest import canonical
from attending.ingest.hl7v2.message import part_of
from attending.ingest.hl7v2.values import authority, authority_of

if TYPE_CHECKING:
    from attending.ingest.hl7v2.message import Repetition, Segment

LENGTH = 32  # characters of an id: 128 bits
MEDICAL_RECORD = "MR"


class Numbered(NamedTuple):
    """A number and who assigned it."""

    system: str
    value: str

    @property
    def text(self) -> str:
        """Both, as part of a key."""
        return f"{self.system}|{self.value}"


def resource_id(site: str, kind: str, key: str) -> str:
    """Give the id of a resource from its business key."""
    return sha256(f"{site}\0{kind}\0{key}".encode()).hexdigest()[:LENGTH]


def sender_of(header: Segment) -> str:
    """Give who sent a message, as part of a key: its application and its facility.

    Parameters
    ----------
    header
        MSH, with the two as HD in MSH-3 and MSH-4. Source: HL7 v2.8.2, chapter 2.

    """
    values = (next(iter(header.field(number)), ()) for number in (3, 4))
    return "~".join("^".join(part_of(one, n) for n in (1, 2, 3)).rstrip("^") for one in values)


def numbered(value: Repetition) -> Numbered | None:
    """Read a CX: a number and its assigning authority."""
    number = part_of(value, 1).strip()
    if not number:
        return None
    return Numbered(authority_of(value[3]) if len(value) > 3 else "", number)  # noqa: PLR2004  CX.4


def patient_number(values: tuple[Repetition, ...]) -> Numbered | None:
    """Choose the number a patient is known by: the first medical record number, else the first.

    Parameters
    ----------
    values
        PID-3 or MRG-1: every number the sender has for the patient.

    """
    ordered = sorted(values, key=lambda one: part_of(one, 5) != MEDICAL_RECORD)
    return next((found for one in ordered if (found := numbered(one))), None)


def order_number(segment: Segment | None, *fields: int) -> Numbered | None:
    """Read the first of these order numbers (EI) that a segment has."""
    for number in fields if segment else ():
        for value in segment.field(number)[:1] if segment else ():
            if part_of(value, 1):
                system = authority(*(part_of(value, part) for part in (2, 3, 4)))
                return Numbered(system, part_of(value, 1))
    return None


def code_key(segment: Segment, number: int) -> str:
    """Give what a coded field says, as part of a key: its code and system, else its text.

    Where only the alternate code or text is there, that one.
    """
    one = next(iter(segment.field(number)), None)
    if one is None:
        return ""
    for code, system in ((1, 3), (4, 6)):
        if part_of(one, code):
            return f"{part_of(one, code)}|{part_of(one, system)}"
    return part_of(one, 2) or part_of(one, 5) or part_of(one, 9)


def identifier_key(body: dict[str, Any]) -> str:
    """Give a key from the first identifier of a body that has a value; nothing if none has."""
    for one in body.get("identifier", ()):
        if one.get("value"):
            return f"{one.get('system', '')}|{one['value']}"
    return ""


def content_key(body: dict[str, Any]) -> str:
    """Give a key from all that a body says."""
    return sha256(canonical(_plain(body))).hexdigest()


def _plain(value: Any) -> Any:  # noqa: ANN401  JSON, and numbers with all their digits
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_plain(one) for one in value]
    return value if isinstance(value, str | int | bool) else str(value)
