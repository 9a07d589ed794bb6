"""A result is read by the type it declares, before its segment's table is applied.

A text has no components: where a sender wrote `^` and did not escape it, `>10^5` is all that was
said, and its first part would be another result. So it is with the power of ten in a unit. Lines of
a text (TX, FT) are repetitions; of a string (ST) they are several values, unless one is empty.
Before version 2.7 a time (DTM) was called TS. Source: HL7 v2.8.2, chapter 2A for the types, 7.4.1.7
(OBR-7) and 7.4.2 (OBX) for the times.
"""

from __future__ import annotations

import re
from copy import deepcopy
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from attending.ingest.hl7v2.made import Made
    from attending.ingest.hl7v2.message import Component, Repetition, Segment

TYPE, VALUE, UNIT, RANGE, OBSERVED_AT = 2, 5, 6, 7, 14  # of OBX
COMMENT = 3  # of NTE
STRING, OF_LINES = "ST", ("TX", "FT")
TIME, TIME_BEFORE = "DTM", "TS"
POWER = "^"
TEN = re.compile(r"(?:[xX*] ?)?10")
EXPONENT = re.compile(r"[+-]?[0-9]")
TIMES = ("effectiveDateTime", "effectivePeriod")


def read_by_type(result: Segment) -> None:
    """Read the value, the unit and the range of an OBX by their types."""
    kind = result.text(TYPE)
    if kind == STRING or kind in OF_LINES:
        result.read_as(VALUE, tuple(((text,),) for text in _texts(result, kind)))
    elif kind == TIME_BEFORE and not any(any(map(any, one[1:])) for one in result.field(VALUE)):
        result.read_as(TYPE, (((TIME,),),))
    if result.field(RANGE):
        result.read_as(RANGE, (((result.marks.repetition.join(result.whole(RANGE)),),),))
    if result.marks.component == POWER:
        result.read_as(UNIT, tuple(map(_with_power, result.field(UNIT))))


def read_comment(comment: Segment) -> None:
    """Read the text of an NTE whole, its repetitions as lines: a formatted text (FT) as any."""
    said = comment.whole(COMMENT)
    comment.read_as(COMMENT, ((("\n".join(said),),),))


def _texts(result: Segment, kind: str) -> tuple[str, ...]:
    said = result.whole(VALUE)
    if not any(said):
        return ()
    if kind in OF_LINES:
        return ("\n".join(said),)
    return said if all(said) else (result.marks.repetition.join(said),)


def _with_power(unit: Repetition) -> Repetition:
    """Put together what a power of ten took apart: `10^9/L` is one code, and not 10 and 9/L."""
    joined: list[Component] = []
    for part in unit:
        before: Component = joined[-1] if joined else ("",)
        if len(before) == 1 and TEN.fullmatch(before[0]) and EXPONENT.match(part[0]):
            joined[-1] = (f"{before[0]}{POWER}{part[0]}", *part[1:])
        else:
            joined.append(part)
    return tuple(joined)


def take_times(reports: Iterable[Made], begun_by: dict[int, Segment]) -> None:
    """Give each result that tells no time of its own that of its report, the observation's.

    Parameters
    ----------
    reports
        The reports, which refer to their results; those are changed in place.
    begun_by
        The OBX that began each result, by its identity.

    """
    for report in reports:
        times: dict[str, Any] = {name: report.body[name] for name in TIMES if name in report.body}
        for said in report.body.get("result", ()):
            made: Made = said["reference"].to
            result = begun_by.get(id(made))
            if result is not None and not result.field(OBSERVED_AT):
                made.body.update(deepcopy(times))
