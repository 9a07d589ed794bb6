"""What a de-identification rule is: one cell in, what may be told of it out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date


@dataclass(frozen=True)
class About:
    """Whose cell it is, and what rules may use.

    Attributes
    ----------
    person
        What tells them apart in the extract, as it was; never written out.
    key
        A secret of this extract, which does not leave with it.
    code
        A code drawn by chance for this person in this extract.
    on
        The day the extract is made, for ages.

    """

    person: str
    key: bytes
    code: str
    on: date


@dataclass(frozen=True)
class DeidRule:
    """A rule of the room `ingest/deid`.

    Attributes
    ----------
    change
        Gives what may be told of a cell that is not empty; None where it cannot be read, and
        then the extract is refused.
    removes
        The identifiers that nothing is left of afterwards, by the plan's own names.
    asks_expert
        Whether it needs an expert's statement: something of an identifier is left.
    says
        What becomes of a cell, in a few words.

    """

    change: Callable[[str, About], str | None]
    removes: frozenset[str]
    says: str
    asks_expert: bool = False


OLDEST = 89  # 45 CFR 164.514(b)(2)(i)(C): ages over 89 become one category


def year(cell: str, about: About) -> str | None:
    """Give the year of an ISO date, or ``1936-`` where it may tell an age over 89."""
    try:
        found = datetime.fromisoformat(cell).year
    except ValueError:
        return None
    last = about.on.year - OLDEST - 1  # born then, somebody may be 90 already
    return f"{last}-" if found <= last else str(found)
