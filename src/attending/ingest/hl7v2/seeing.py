"""What a condition sees: a message from one of its segments, or a value from within."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from attending.ingest.hl7v2.message import part_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from attending.ingest.hl7v2.condition import Place
    from attending.ingest.hl7v2.message import Repetition, Segment


class Around(NamedTuple):
    """What a row's condition may ask of: a place in the message, beyond the field at hand."""

    segment: Segment
    other: Callable[[str], Segment | None]  # the segment of another name that belongs here


class AtField:
    """Answers conditions of a segment's row; its own field is the repetition at hand."""

    def __init__(self, around: Around, own: Place | None, repetition: Repetition) -> None:
        self._around, self._own, self._repetition = around, own, repetition

    def _field(self, place: Place) -> tuple[Repetition, ...]:
        segment = self._segment(place.of)
        if segment is None:
            return ()
        is_own = self._own is not None and place[:2] == self._own[:2]
        if is_own and self._repetition and segment is self._around.segment:
            return (self._repetition,)
        return segment.field(place.number)

    def _segment(self, name: str) -> Segment | None:
        here = self._around.segment
        return here if name == here.name else self._around.other(name)

    def text(self, place: Place) -> str:
        """Give the text at a place."""
        found = self._field(place)
        return part_of(found[0], place.component or 1) if found else ""

    def valued(self, place: Place) -> bool:
        """Tell whether anything stands at a place; a segment is valued by being there."""
        if not place.number:
            return self._segment(place.of) is not None
        return bool(self.text(place)) if place.component else bool(self._field(place))

    def count(self, place: Place) -> int:
        """Give how many repetitions a field has."""
        segment = self._segment(place.of)
        return len(segment.field(place.number)) if segment is not None else 0


class InType:
    """Answers conditions of a data type's row."""

    def __init__(self, value: Repetition) -> None:
        self._value = value

    def text(self, place: Place) -> str:
        """Give the text of a component."""
        return part_of(self._value, place.number)

    def valued(self, place: Place) -> bool:
        """Tell whether a component is valued."""
        at = place.number
        return at <= len(self._value) and any(self._value[at - 1])

    def count(self, place: Place) -> int:
        """Give 1 or 0: a component does not repeat."""
        return int(self.valued(place))
