"""Merges of patients' records are written down, taken back, and asked about.

Whether something counts is asked of the fold in `facts/data/identities`, here and whenever the
ledger is read. What a rule is sure of is written as decided by it; what it doubts waits for a
person; whoever says that two records are one patient's, or are not, gives a reason.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import msgspec

from attending.decide.permissions import Need
from attending.decide.permissions import refusal as may_not
from attending.errors import GateNotMet
from attending.facts.data.identities import (
    BY_PERSON,
    SHAPES,
    TYPES,
    Identities,
    Pair,
    after,
    fold,
    pair,
    refusal,
)
from attending.facts.data.identity import Linked, MatchReviewed, PossibleMatch, Unlinked, record
from attending.facts.fact import By, Fact
from attending.loops.sealing import reason
from attending.loops.system.people import known as everybody

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from attending.facts.data.identity import SameOrNot
    from attending.facts.fact import Kind
    from attending.ingest.patients import Match
    from attending.ledger.read import Reader
    from attending.loops.books import Books
    from attending.loops.system.people import Voice

NAMES = {shape: name for name, shape in SHAPES.items()}
LOOP = "identity"


@dataclass(frozen=True)
class Taken:
    """What came of the matches that rules found.

    Attributes
    ----------
    n_linked, n_doubts
        Merges and questions that are new.
    against
        Sure matches that did not count, and why: both are left for a person.

    """

    n_linked: int
    n_doubts: int
    against: tuple[tuple[str, str, str], ...]  # record, into, why


def known(reader: Reader) -> Identities:
    """Fold all merges out of a ledger."""
    kinds = ("said", "decided")
    return fold(e for e in reader.entries(kinds=kinds) if e.fact.type in TYPES)


def take(books: Books, found: Iterable[Match], pseudonym: Callable[[str], str]) -> Taken:
    """Write down what rules found; the same matches again write nothing.

    Parameters
    ----------
    books
        Where it is written.
    found
        The matches, surest first.
    pseudonym
        Gives the pseudonym of a patient's number, as the gateway would.

    """
    now, facts, against = known(books.reader), list[Fact](), list[tuple[str, str, str]]()
    begin = books.reader.size()
    for match in found:
        one, other = (
            record(site, pseudonym(number)) for site, number in (match.record, match.into)
        )
        if now.patient(one) == now.patient(other):
            continue
        said: msgspec.Struct = Linked(record=one, into=other, rule=match.rule)
        because = refusal(now, said) if match.sure else "a rule doubts it"
        if because is not None:
            if match.sure:
                against.append((one, other, because))
            first, second = pair(one, other)
            said = PossibleMatch(
                one=first, other=second, rule=match.rule, agree=match.agree, differ=match.differ
            )
            if refusal(now, said) is not None:
                continue
        facts.append(_fact(books, said, By(person=LOOP, via="loop"), begin + len(facts)))
        now = after(now, said, begin + len(facts) - 1)
    if facts:
        books.write(facts)
    n_linked = sum(fact.type == "linked/1" for fact in facts)
    return Taken(n_linked, len(facts) - n_linked, tuple(against))


def merge(books: Books, one: str, into: str, voice: Voice, *, why: str) -> int:
    """Say that a record is the same patient's as another; give the fact's index.

    Raises
    ------
    GateNotMet
        They may not say so, or the record goes with another already.
    Refused
        There is no reason.

    """
    payload, named = reason(why, of="a merge")
    return _say(books, Linked(record=one, into=into, rule=BY_PERSON, why=named), voice, payload)


def unmerge(books: Books, link: int, voice: Voice, *, why: str) -> int:
    """Take a merge back, by the index of its fact; give the index of the new one.

    Raises
    ------
    GateNotMet
        They may not say so, or no such merge stands.
    Refused
        There is no reason.

    """
    payload, named = reason(why, of="taking a merge back")
    return _say(books, Unlinked(link=link, why=named), voice, payload)


def review(
    books: Books, seen: Pair, found: SameOrNot, voice: Voice, *, why: str
) -> tuple[int, ...]:
    """Say whether two records that a rule doubts are one patient's; the same are merged.

    Gives the indexes of what was written. The second record goes with the first.

    Raises
    ------
    GateNotMet
        They may not say so, nobody asked, or the merge does not count.
    Refused
        There is no reason.

    """
    payload, named = reason(why, of="a finding about two records")
    one, other = seen
    first, second = pair(one, other)
    said: list[msgspec.Struct] = [MatchReviewed(one=first, other=second, found=found, why=named)]
    if found == "same":
        said.append(Linked(record=other, into=one, rule=BY_PERSON, why=named))
    return _write(books, said, voice, payload)


def _say(books: Books, said: msgspec.Struct, voice: Voice, payload: bytes) -> int:
    return _write(books, [said], voice, payload)[0]


def _write(
    books: Books, said: list[msgspec.Struct], voice: Voice, payload: bytes
) -> tuple[int, ...]:
    """Write all of it or nothing."""
    barred = may_not(
        everybody(books.reader), voice.person, Need("merge", "identity"), date=books.at[:10]
    )
    if barred is not None:
        raise GateNotMet(barred)
    now, begin = known(books.reader), books.reader.size()
    facts = []
    for n, each in enumerate(said):
        because = refusal(now, each)
        if because is not None:
            raise GateNotMet(because)
        now = after(now, each, begin + n)
        facts.append(_fact(books, each, By(person=voice.person, via=voice.via), begin + n))
    return books.write(facts, [payload]).indexes


def _fact(books: Books, said: msgspec.Struct, by: By, index: int) -> Fact:
    """Make a fact; its key holds the index, for a pair may be merged again after it was parted."""
    name = NAMES[type(said)]
    kind: Kind = "decided" if by.via == "loop" else "said"
    body = cast("dict[str, object]", msgspec.to_builtins(said))
    return Fact(
        kind=kind,
        key=f"identity/{name.partition('/')[0]}/{index}/{kind}",
        at=books.at,
        by=by,
        body={"type": name, **body},
    )
