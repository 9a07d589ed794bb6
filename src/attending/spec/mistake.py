"""What is wrong with a spec, said so that a person knows what to type next."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING

from attending.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Iterable

SHOWN = 24  # accepted names listed in one message; more would bury the first one
TOLD = 50  # mistakes in one message; the rest are still in `mistakes`


@dataclass(frozen=True)
class Mistake:
    """One thing that is wrong, where, and what would be accepted.

    Attributes
    ----------
    what
        What was wrong, and where it helps, what to write.
    where
        ``file:line``.
    path
        The dotted path inside the document.
    accepted
        What would have been accepted, where that can be listed.
    nearest
        The accepted name nearest to the one that was written; offered, never used.

    """

    what: str
    where: str = ""
    path: str = ""
    accepted: tuple[str, ...] = ()
    nearest: str | None = None

    def __str__(self) -> str:
        place = "".join(f"{part}: " for part in (self.where, self.path) if part)
        hint = f"; did you mean {self.nearest!r}?" if self.nearest else ""
        listed = ", ".join(self.accepted[:SHOWN])
        more = len(self.accepted) - SHOWN
        tail = f" and {more} more" if more > 0 else ""
        return f"{place}{self.what}{hint}" + (f" (accepted: {listed}{tail})" if listed else "")


class SpecRefused(Refused):
    """A spec was not accepted; `mistakes` holds everything that was wrong with it."""

    def __init__(self, mistakes: Iterable[Mistake]) -> None:
        self.mistakes = tuple(mistakes)
        first = self.mistakes[0]
        said = "\n".join(str(mistake) for mistake in self.mistakes[:TOLD])
        more = len(self.mistakes) - TOLD
        said += f"\nand {more} more" if more > 0 else ""
        super().__init__(said, where=first.where, accepted=first.accepted)

    def __str__(self) -> str:
        return self.what


def nearest(name: str, known: Iterable[str]) -> str | None:
    """Give the known name nearest to this one, whatever its case; None if none is near."""
    by_lower = {each.lower(): each for each in sorted(known, reverse=True)}
    near = get_close_matches(name.lower(), sorted(by_lower), n=1, cutoff=0.5)
    return by_lower[near[0]] if near else None
