"""Which records are one patient's, at one place of the ledger: a fold over facts.

Records that were merged make a tree, and the patient goes by the name of its root. A merge
that is taken back leaves everything as it was before it, since nothing else is kept: no
prediction is written again, and none ever says whose it is.

What counts is asked here, of whoever is about to write it and of every fold afterwards: a
record goes with one other at a time, never in a circle, and a pair that somebody found to be
two patients, or whose merge somebody took back, is merged by no rule: a person is asked.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

import msgspec

from attending import shapes
from attending.facts.data.identity import Linked, MatchReviewed, PossibleMatch, Unlinked

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from attending.facts.entry import Entry

BY_PERSON = "person"
TYPES = ("linked/1", "unlinked/1", "possible_match/1", "match_reviewed/1")
SHAPES: Mapping[str, type[msgspec.Struct]] = dict(
    zip(TYPES, (Linked, Unlinked, PossibleMatch, MatchReviewed), strict=True)
)

Pair = tuple[str, str]


@dataclass(frozen=True)
class Identities:
    """Records that were merged, and pairs that wait for a person.

    Attributes
    ----------
    links
        By the index of its fact; those taken back are not among them.
    doubts
        Pairs that a rule doubts and nobody has looked at yet.
    different
        Pairs that somebody found to be two patients.
    parted
        Pairs whose merge somebody took back; no rule makes one of them again.

    """

    links: Mapping[int, Linked] = field(default_factory=dict)
    doubts: Mapping[Pair, PossibleMatch] = field(default_factory=dict)
    different: frozenset[Pair] = frozenset()
    parted: frozenset[Pair] = frozenset()

    def link_of(self, record: str) -> int | None:
        """Give the fact that says what a record goes with; None where it stands for itself."""
        return self._link_of.get(record)

    def patient(self, record: str) -> str:
        """Give the name that a record's patient goes by: the root of its tree."""
        while (link := self._link_of.get(record)) is not None:
            record = self.links[link].into
        return record

    def records(self, record: str) -> tuple[str, ...]:
        """Give every record of the patient that a record is of, in order of their names."""
        root = self.patient(record)
        return self._together.get(root, (root,))

    @cached_property
    def _link_of(self) -> Mapping[str, int]:
        """By each record that was merged, the fact that says so."""
        return {link.record: index for index, link in self.links.items()}

    @cached_property
    def _together(self) -> Mapping[str, tuple[str, ...]]:
        """By each patient of more records than one, all of them in order of their names."""
        found: dict[str, list[str]] = {}
        for record in self._link_of:
            root = self.patient(record)
            found.setdefault(root, [root]).append(record)
        return {root: tuple(sorted(there)) for root, there in found.items()}


def pair(one: str, other: str) -> Pair:
    """Give two records in the order that a pair is kept in."""
    return (one, other) if one <= other else (other, one)


def refusal(known: Identities, said: msgspec.Struct) -> str | None:
    """Say why something said of records does not count; None where it does."""
    if isinstance(said, Linked):
        return _link_refusal(known, said)
    if isinstance(said, Unlinked) and said.link not in known.links:
        return f"fact {said.link} is no merge that stands"
    if isinstance(said, MatchReviewed) and (said.one, said.other) not in known.doubts:
        return "nobody asked whether these two records are one patient's"
    if isinstance(said, PossibleMatch) and not _is_open(known, said):
        return "these two records were merged, or somebody has looked at them"
    return None


def step(known: Identities, entry: Entry) -> Identities:
    """Take one fact in; what does not count changes nothing."""
    shape = SHAPES.get(entry.fact.type)
    if shape is None:
        return known
    try:
        said = shapes.convert(
            {k: v for k, v in entry.fact.body.items() if k != "type"}, shape, strict=True
        )
    except msgspec.ValidationError:
        return known
    return after(known, said, entry.index) if refusal(known, said) is None else known


def after(known: Identities, said: msgspec.Struct, index: int) -> Identities:
    """Give what is known once something that counts was said, in the fact of that index."""
    if isinstance(said, Linked):
        doubts = {k: v for k, v in known.doubts.items() if k != pair(said.record, said.into)}
        return replace(known, links={**known.links, index: said}, doubts=doubts)
    if isinstance(said, Unlinked):
        links = dict(known.links)
        gone = links.pop(said.link)
        return replace(known, links=links, parted=known.parted | {pair(gone.record, gone.into)})
    if isinstance(said, PossibleMatch):
        return replace(known, doubts={**known.doubts, (said.one, said.other): said})
    if isinstance(said, MatchReviewed):
        seen = (said.one, said.other)
        doubts = {k: v for k, v in known.doubts.items() if k != seen}
        two = known.different | {seen} if said.found == "different" else known.different
        return replace(known, doubts=doubts, different=two)
    return known


def fold(entries: Iterable[Entry]) -> Identities:
    """Fold facts in their order."""
    known = Identities()
    for entry in entries:
        known = step(known, entry)
    return known


def _link_refusal(known: Identities, said: Linked) -> str | None:
    standing = known.link_of(said.record)
    if standing is not None:
        into = known.links[standing].into
        return f"{said.record} goes with {into} already (fact {standing}); take that back first"
    if known.patient(said.into) == said.record:
        return f"{said.into} goes with {said.record} already: they would go in a circle"
    if said.rule != BY_PERSON and _makes_one(known, said, known.different):
        return "somebody found two of these records to be two patients"
    if said.rule != BY_PERSON and _makes_one(known, said, known.parted):
        return "somebody took a merge of two of these records back"
    return None


def _makes_one(known: Identities, said: Linked, two: frozenset[Pair]) -> bool:
    """Tell whether a merge, itself or by others that stand, makes one of what was found two."""
    both = {known.patient(said.record), known.patient(said.into)}
    return any({known.patient(one), known.patient(other)} == both for one, other in two)


def _is_open(known: Identities, said: PossibleMatch) -> bool:
    seen = (said.one, said.other)
    asked = seen in known.doubts or seen in known.different
    return seen == pair(*seen) and not asked and known.patient(seen[0]) != known.patient(seen[1])
