"""An HL7 v2 message, read into segments, fields, repetitions, components and subcomponents.

The delimiters are what the message itself declares in MSH-1 and MSH-2. Escapes are undone
in the leaves, after everything was split. Segments may end in CR, LF or both: CR is the
rule, the others are what files and some senders do. Field numbers are HL7's, from 1; in MSH,
field 1 is the separator itself. Source: HL7 v2.8.2, chapter 2.
"""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from attending.errors import Refused

if TYPE_CHECKING:
    from attending.facts.data.parked import Reason

MOST_SEGMENTS = 20_000  # in one message; the longest real ones have some hundreds
BOM = "\N{ZERO WIDTH NO-BREAK SPACE}"
ENDS = re.compile(r"\r\n|\r|\n")
SEGMENT_NAME = re.compile(r"[A-Z][A-Z0-9]{2}")
NULL = '""'  # a field, or a part of one, that says: forget what you hold
WRITABLE = re.compile(rb"[\t\n\r -~]+")  # ASCII that a text of FHIR may hold

Component = tuple[str, ...]  # its subcomponents
Repetition = tuple[Component, ...]


class Unreadable(Refused):
    """A message that cannot be read; `reason` is one word, and nothing of it is quoted."""

    def __init__(self, reason: Reason, what: str) -> None:
        self.reason = reason
        super().__init__(what)


class Delimiters(NamedTuple):
    """What separates: fields, components, repetitions, escapes, subcomponents."""

    field: str
    component: str
    repetition: str
    escape: str
    subcomponent: str


class Segment:
    """One segment; fields are split when they are asked for.

    Parameters
    ----------
    text
        The segment without its end.
    marks
        The message's delimiters.

    """

    def __init__(self, text: str, marks: Delimiters) -> None:
        self.name = text[:3]
        self._marks = marks
        self._fields = text.split(marks.field)
        if self.name == "MSH":
            self._fields.insert(1, marks.field)
        self._read: dict[int, tuple[Repetition, ...]] = {}

    def field(self, number: int) -> tuple[Repetition, ...]:
        """Give the valued repetitions of a field; none if it is empty or only says *null*."""
        if number not in self._read:
            self._read[number] = self._split(number)
        return self._read[number]

    def text(self, number: int) -> str:
        """Give the first component of a field's first repetition, unescaped, or nothing."""
        found = self.field(number)
        return found[0][0][0] if found else ""

    def whole(self, number: int) -> tuple[str, ...]:
        """Give every repetition of a field as text, its parts not taken apart, unescaped."""
        raw = self._raw(number)
        return tuple(_said(one, self._marks) for one in raw.split(self._marks.repetition))

    def read_as(self, number: int, field: tuple[Repetition, ...]) -> None:
        """Take a field for what it is by its type, whatever delimiters stand in it."""
        self._read[number] = tuple(one for one in field if any(map(any, one)))

    @property
    def marks(self) -> Delimiters:
        """The message's delimiters."""
        return self._marks

    @property
    def last(self) -> int:
        """The number of the last field that was sent."""
        return len(self._fields) - 1

    def _raw(self, number: int) -> str:
        return self._fields[number] if number < len(self._fields) else ""

    def _split(self, number: int) -> tuple[Repetition, ...]:
        raw = self._raw(number)
        if raw in {"", NULL}:
            return ()
        marks = self._marks
        if self.name == "MSH" and number <= 2:  # noqa: PLR2004  MSH-1 and MSH-2 are the delimiters
            return (((raw,),),)
        split = (
            tuple(
                tuple(_said(leaf, marks) for leaf in component.split(marks.subcomponent))
                for component in repetition.split(marks.component)
            )
            for repetition in raw.split(marks.repetition)
        )
        return tuple(one for one in split if any(any(leaves) for leaves in one))


class Message:
    """One message.

    Parameters
    ----------
    segments
        Its segments, MSH first.

    """

    def __init__(self, segments: list[Segment]) -> None:
        self.segments = segments
        self.header = segments[0]

    @cached_property
    def code(self) -> str:
        """The message code: MSH-9.1, as ADT."""
        return component(self.header.field(9), 1)

    @cached_property
    def event(self) -> str:
        """The trigger event: MSH-9.2, as A01."""
        return component(self.header.field(9), 2)

    @property
    def kind(self) -> str:
        """Code and trigger event, as ADT^A01."""
        return f"{self.code}^{self.event}"

    @property
    def is_acknowledgment(self) -> bool:
        """Whether this answers another message; such a one is never answered."""
        return self.code == "ACK" or any(one.name == "MSA" for one in self.segments)


def component(field: tuple[Repetition, ...], number: int, part: int = 1) -> str:
    """Give one component, or subcomponent, of a field's first repetition, or nothing."""
    return part_of(field[0], number, part) if field else ""


def part_of(repetition: Repetition, number: int, part: int = 1) -> str:
    """Give one component, or subcomponent, of a repetition, or nothing."""
    if number > len(repetition) or part > len(repetition[number - 1]):
        return ""
    return repetition[number - 1][part - 1]


def read_message(text: str) -> Message:
    """Read a message from its text.

    Raises
    ------
    Unreadable
        With a reason of one word: `no_header`, `delimiters`, `segment_name`,
        `several_messages` or `too_many_segments`.

    """
    text = text.removeprefix(BOM)
    marks = _delimiters(text)
    lines = [line for line in ENDS.split(text) if line]
    if len(lines) > MOST_SEGMENTS:
        raise Unreadable("too_many_segments", f"more than {MOST_SEGMENTS:,} segments")
    segments: list[Segment] = []
    for line in lines:
        if not SEGMENT_NAME.fullmatch(line[:3]) or line[3:4] not in {marks.field, ""}:
            raise Unreadable("segment_name", f"line {len(segments) + 1} is no segment")
        if segments and line[:3] == "MSH":  # else one patient's segments became another's
            raise Unreadable("several_messages", f"line {len(segments) + 1} begins another message")
        segments.append(Segment(line, marks))
    return Message(segments)


def _delimiters(text: str) -> Delimiters:
    if text[:3] != "MSH":
        raise Unreadable("no_header", "a message begins with MSH")
    separator = text[3:4]
    declared = ENDS.split(text[4:20], 1)[0].split(separator, 1)[0] if separator else ""
    # Since v2.7 a fifth character, for truncation, may follow the four.
    marks = (separator, *declared[:4])
    if len(declared) not in {4, 5} or len(set(marks)) != len(marks) or _is_odd(marks):
        raise Unreadable("delimiters", "MSH-1 and MSH-2 declare five different delimiters")
    field, part, repetition, escape, sub = marks
    return Delimiters(field, part, repetition, escape, sub)


def _is_odd(marks: tuple[str, ...]) -> bool:
    return any(mark.isalnum() or ord(mark) < ord(" ") for mark in marks)


def _said(leaf: str, marks: Delimiters) -> str:
    """Give what a leaf says; a null within a field is no value either, and no number of anyone."""
    return "" if leaf == NULL else unescaped(leaf, marks)


def unescaped(text: str, marks: Delimiters) -> str:
    """Undo the escapes of a leaf; one that is not known stays as it was written.

    So does one that spells a control character, which no text of FHIR may hold.
    """
    if marks.escape not in text:
        return text
    mark = re.escape(marks.escape)
    known = {
        "F": marks.field,
        "S": marks.component,
        "R": marks.repetition,
        "E": marks.escape,
        "T": marks.subcomponent,
        ".br": "\n",
        "H": "",
        "N": "",
    }

    def undo(found: re.Match[str]) -> str:
        word = found.group(1)
        if word in known:
            return known[word]
        if re.fullmatch(r"X(?:[0-9A-Fa-f]{2})+", word):
            plain = bytes.fromhex(word[1:])
            return plain.decode("ascii") if WRITABLE.fullmatch(plain) else found.group()
        return found.group()

    return re.sub(f"{mark}([^{mark}]*){mark}", undo, text)
