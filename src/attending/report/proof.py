"""What a proof is: a query over the ledger's facts that says whether a rule is met, and by which.

It says `met` only with the facts that show it. What no fact shows is missing, whatever people
remember; where the platform cannot know yet, it says which capability it waits for.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING

import msgspec

from attending import shapes
from attending.spec.committee import Committee
from attending.spec.model import Model
from attending.spec.rollout import Rollout
from attending.spec.site import Site
from attending.spec.use_case import UseCase
from attending.spec.vendor import Vendor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from attending.facts.duties import Kept
    from attending.facts.entry import Entry

Arg = str | int | tuple[str, ...]


class Documents(msgspec.Struct, frozen=True):
    """Of a folder's specs as they were declared, those that proofs read."""

    use_case: UseCase
    rollout: Rollout | None = None
    sites: dict[str, Site] = {}
    committees: dict[str, Committee] = {}
    models: dict[str, Model] = {}
    vendors: dict[str, Vendor] = {}


@dataclass(frozen=True)
class Declared:
    """Specs, and the fact that declares them."""

    entry: Entry
    documents: Documents

    @property
    def index(self) -> int:
        """Give the fact's place in the ledger."""
        return self.entry.index


class About:
    """The facts about one use case, or about none: sorted once for all the rules it must keep.

    Parameters
    ----------
    use_case
        Which.
    facts
        What may be looked through, in order; what is about another use case is left out.

    """

    def __init__(self, use_case: str, facts: Iterable[Entry]) -> None:
        self.use_case = use_case
        self._facts = [e for e in facts if e.fact.use_case in (None, use_case)]
        self._by_type: dict[str, list[Entry]] = {}
        for entry in self._facts:
            self._by_type.setdefault(entry.fact.type, []).append(entry)

    def entries(self, *types: str) -> list[Entry]:
        """Give the facts of these types, in order; all when none is named."""
        if not types:
            return self._facts
        found = (entry for name in {*types} for entry in self._by_type.get(name, ()))
        return sorted(found, key=lambda entry: entry.index)

    @cached_property
    def specs(self) -> Declared | None:
        """Give the specs as they were last declared; None where they never were in full."""
        found = self.entries("specs/1")
        if not found or "documents" not in found[-1].fact.body:
            return None
        return Declared(found[-1], shapes.convert(found[-1].fact.body["documents"], Documents))


@dataclass(frozen=True)
class Wanted:
    """One query as a rule puts it.

    Attributes
    ----------
    about
        The facts it may be answered from.
    date
        The day as of which it is judged.
    args, fresh_days
        As the rule has them.

    """

    about: About
    date: str
    args: Mapping[str, Arg] = field(default_factory=dict)
    fresh_days: int | None = None

    @property
    def use_case(self) -> str:
        """Give which use case it is about; what is about none is read as well."""
        return self.about.use_case

    @property
    def specs(self) -> Declared | None:
        """Give the specs as they were last declared; None where they never were in full."""
        return self.about.specs

    def entries(self, *types: str) -> list[Entry]:
        """Give the facts of these types about the use case, or about none, in order."""
        return self.about.entries(*types)

    def last(self, *types: str) -> Entry | None:
        """Give the last fact of these types, where it is fresh enough; None where there is none."""
        found = self.entries(*types)
        return found[-1] if found and self.is_fresh(found[-1]) else None

    def is_fresh(self, entry: Entry) -> bool:
        """Tell whether a fact is as young as the rule wants; any is where it does not say."""
        if self.fresh_days is None:
            return True
        age = date.fromisoformat(self.date) - date.fromisoformat(entry.fact.at[:10])
        return age.days <= self.fresh_days

    def text(self, name: str) -> str:
        """Give one argument as text; empty where the rule gives none."""
        value = self.args.get(name, "")
        return value if isinstance(value, str) else str(value)

    def number(self, name: str, otherwise: int) -> int:
        """Give one argument as a whole number."""
        value = self.args.get(name, otherwise)
        return value if isinstance(value, int) else otherwise

    def texts(self, name: str) -> tuple[str, ...]:
        """Give one argument as a list of text."""
        value = self.args.get(name, ())
        return value if isinstance(value, tuple) else (str(value),)


@dataclass(frozen=True)
class Proved:
    """What a query found.

    Attributes
    ----------
    kept
        Met, missing, not applicable, or not yet to be known.
    because
        In a sentence.
    cites
        Ledger indexes of the facts that say so, in order.
    shown
        What is written there, where the rule asks that something be told.

    """

    kept: Kept
    because: str
    cites: tuple[int, ...] = ()
    shown: str = ""

    def __post_init__(self) -> None:
        if self.kept == "met" and not self.cites:
            msg = f"met, and no fact is cited: {self.because}"
            raise ValueError(msg)


UNDECLARED = Proved("missing", "no specs are declared in this ledger")


@dataclass(frozen=True)
class Proof:
    """One proof of the room.

    Attributes
    ----------
    asks
        What it looks for, as a question.
    prove
        Looks.

    """

    asks: str
    prove: Callable[[Wanted], Proved]


def met(because: str, *cites: int, shown: str = "") -> Proved:
    """Give what is met, by these facts."""
    return Proved("met", because, tuple(sorted({*cites})), shown)


def missing(because: str, *cites: int) -> Proved:
    """Give what is missing; the facts that show it, where there are any."""
    return Proved("missing", because, tuple(sorted({*cites})))
