"""What a newly received version is, beside those that are stored: the one rule, without I/O."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from attending.lake.clinical.received import RECEIPT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from attending.lake.clinical.received import Op

Word = Literal["new", "corrected", "late", "deletes", "no_ops"]


class Stored(NamedTuple):
    """One stored version of a resource, without its body.

    Attributes
    ----------
    op, version
        What was said of it.
    known_at
        When that became known, in microseconds since 1970.
    received
        Its number in the order of receipt.
    raw, offset
        Where it lies in what was sent.

    """

    op: Op
    version: str
    known_at: int
    received: int
    raw: str
    offset: int


def holding(stored: Sequence[Stored]) -> Stored:
    """Give the version that holds: the latest by when it was known, then by receipt."""
    return max(stored, key=lambda each: (each.known_at, each.received))


def settle(
    stored: Sequence[Stored], said: Stored, clock: str, *, first: int, released: bool = False
) -> Word:
    """Tell what a version is that was just received.

    It is a no-op if it is what held at its own time, or is stored with that time. A delete that
    is told with a time is stored each time it is told anew: were it let go, a version from
    before it could come late and seem to hold.

    Where nobody told the time, what holds already is a no-op, and so are bytes that are read
    again. They are not if something else came in between: then the source says anew what it
    said before, and means it.

    Parameters
    ----------
    stored
        The versions of this resource that are stored.
    said
        The one received.
    clock
        Who told its time.
    first
        The number of the first row of this load.
    released
        Whether it could not be read before, though its file was.

    """
    if not stored:
        return "deletes" if said.op == "delete" else "new"
    holds = holding(stored)
    if clock == RECEIPT:
        is_read_again = holds.raw == said.raw and holds.received < first
        is_skipped = is_read_again and not (released and said.offset > holds.offset)
        if is_skipped or _alike(holds, said):
            return "no_ops"
    elif _is_said_already(stored, said):
        return "no_ops"
    if said.known_at < holds.known_at:
        return "late"
    return "deletes" if said.op == "delete" else "corrected"


def _is_said_already(stored: Sequence[Stored], said: Stored) -> bool:
    if any(_alike(each, said) and each.known_at == said.known_at for each in stored):
        return True
    before = [each for each in stored if each.known_at <= said.known_at]
    return said.op == "upsert" and bool(before) and _alike(holding(before), said)


def _alike(one: Stored, other: Stored) -> bool:
    return (one.op, one.version) == (other.op, other.version)
