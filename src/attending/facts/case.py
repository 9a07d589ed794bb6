"""A case as somebody's file tells it, before it becomes facts."""

from __future__ import annotations

import msgspec


class RecordedOutcome(msgspec.Struct, frozen=True):
    """What became of a case: None where nothing was recorded.

    ``partly`` is true where the outcome is false though a part was not recorded.
    """

    name: str
    y: bool | None
    partly: bool
    known_after: int  # days


class RecordedCase(msgspec.Struct, frozen=True):
    """One case, on its site's own day, with what was shown and what came of it."""

    case: str  # pseudonymous
    site: str
    day: int
    arm: str
    display: str
    subgroups: dict[str, str]
    inputs: dict[str, str]
    outcomes: tuple[RecordedOutcome, ...]
    row: int = 0  # of its file, and the digest of that row
    digest: str = ""


class OutcomeRow(msgspec.Struct, frozen=True):
    """A row that brings outcomes of a case told of elsewhere."""

    row: int
    digest: str
    name: str  # pseudonymous: what the case, its patient or its encounter is called
    site: str | None  # None where the row names no site
    outcomes: tuple[RecordedOutcome, ...]


class ParkedRow(msgspec.Struct, frozen=True):
    """A row that could not be read as a case; kept, counted, never guessed at."""

    row: int
    because: str
    digest: str  # of the raw row: enough to find it again, nothing of the patient
