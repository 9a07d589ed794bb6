"""What an answer may rest on: the facts up to one index, read and counted, never written.

An answer as of a moment rests on the facts that came before the first fact that says it
happened later. So it never holds what was not known then, and it stays the same whatever is
added afterwards. The moment is only where to stop: the order is the ledger's index.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, time
from typing import TYPE_CHECKING, Protocol

from attending import shapes
from attending.errors import NoSuchName, Refused

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from attending.facts.entry import Entry


class Facts(Protocol):
    """Something that gives facts in their order; the ledger's reader does."""

    def size(self) -> int:
        """Give how many facts there are."""
        ...

    def root(self, size: int | None = None) -> str:
        """Give the root over all of them, or over the first so many."""
        ...

    def entries(self, start: int = 0) -> Iterator[Entry]:
        """Give the facts in order, erased ones left out."""
        ...


@dataclass
class Evidence:
    """The facts that an answer may rest on.

    Attributes
    ----------
    facts
        Where they are read.
    size
        How many there are of them.
    asked
        The moment asked for; None where none was.
    n_read
        How many were read.

    """

    facts: Facts
    size: int
    asked: datetime | None = None
    n_read: int = field(default=0)

    @property
    def root(self) -> str:
        """Give the root over these facts."""
        return self.facts.root(self.size)

    @property
    def until(self) -> datetime | None:
        """Give the moment it is answered as of: the one asked for, else the latest that is told."""
        return self.asked or max((happened(entry) for entry in self.entries()), default=None)

    def entries(self, *types: str) -> Iterator[Entry]:
        """Give the facts whose body is of one of these types, in order; all when none is named."""
        self.n_read = 0
        for entry in self.facts.entries():
            if entry.index >= self.size:
                break
            self.n_read += 1
            if not types or entry.fact.type in types:
                yield entry


def evidence(facts: Facts, as_of: str = "") -> Evidence:
    """Find where the facts of a moment end.

    Parameters
    ----------
    facts
        The ledger.
    as_of
        A moment in RFC 3339, a date (the whole day, in UTC), or a number of facts; empty is
        everything there is now.

    Raises
    ------
    Refused
        It is none of these, or there are not so many facts.

    """
    size = facts.size()
    if not as_of:
        return Evidence(facts, size)
    if as_of.isascii() and as_of.isdigit():
        if int(as_of) > size:
            raise Refused(f"the ledger holds {size} facts, not {as_of}", where="--as-of")
        return Evidence(facts, int(as_of))
    until = moment(as_of)
    for entry in facts.entries():
        if entry.index >= size:
            break
        if happened(entry) > until:
            return Evidence(facts, entry.index, until)
    return Evidence(facts, size, until)


def check_names(found: Evidence, use_case: str, site: str) -> None:
    """Refuse a use case or a site that no fact is about: an empty answer would mislead.

    Raises
    ------
    NoSuchName
        With the nearest name.

    """
    use_cases, sites = set(), set()
    for entry in found.entries() if use_case or site else ():
        fact = entry.fact
        use_cases.add(fact.use_case or "")
        sites.add(fact.site or "")
        if fact.type == "specs/1":
            sites |= {*shapes.convert(fact.body.get("sites", {}), dict[str, str])}
    for name, place, there in ((use_case, "use cases", use_cases), (site, "sites", sites)):
        if name and name not in there:
            raise NoSuchName(name, f"the {place} of this ledger", there - {""})


def moment(text: str) -> datetime:
    """Read a moment, or the end of a date.

    Raises
    ------
    Refused
        It is neither, or has no zone.

    """
    try:
        if len(text) == len("2026-10-13"):
            return datetime.combine(datetime.fromisoformat(text), time.max, UTC)
        read = datetime.fromisoformat(text)
        if read.tzinfo is not None:
            return read.astimezone(UTC)
    except ValueError:
        pass
    accepted = ["2026-10-13", "2026-10-13T08:00:00Z", "a number of facts"]
    raise Refused(f"{text!r} is no moment", where="--as-of", accepted=accepted)


def happened(entry: Entry) -> datetime:
    """Give when a fact says it happened."""
    return datetime.fromisoformat(entry.fact.at)


def standing(entries: Iterable[Entry], kind: str) -> list[Entry]:
    """Give the facts of one type that no later one corrects."""
    found = [entry for entry in entries if entry.fact.type == kind]
    corrected = {entry.fact.supersedes for entry in found}
    return [entry for entry in found if entry.index not in corrected]
