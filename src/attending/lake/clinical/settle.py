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


def settle(stored: Sequence[Stored], said: Stored, clock: str) -> Word:
    """Tell what a version is that was just received.

    The same version as holds is a no-op, and so is one that is stored with the same time. Where
    nobody told the time, bytes that are read again are a no-op unless something else came in
    between: then the source says anew what it said before, and means it.

    Parameters
    ----------
    stored
        The versions of this resource that are stored.
    said
        The one received.
    clock
        Who told its time.

    """
    if not stored:
        return "deletes" if said.op == "delete" else "new"
    holds = holding(stored)
    if (holds.op, holds.version) == (said.op, said.version):
        return "no_ops"
    if clock != RECEIPT:
        known = (said.op, said.version, said.known_at)
        if any((each.op, each.version, each.known_at) == known for each in stored):
            return "no_ops"
    elif holds.raw == said.raw:
        place = (said.op, said.version, said.raw, said.offset)
        if any((each.op, each.version, each.raw, each.offset) == place for each in stored):
            return "no_ops"
    if said.known_at < holds.known_at:
        return "late"
    return "deletes" if said.op == "delete" else "corrected"
