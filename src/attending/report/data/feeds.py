"""Feeds: what each way in has brought, when last, and what of it was set aside: a fold over facts.

A delivery that is told of again replaces what was told of it before. What was set aside and
has been taken in since counts no more. No fact of these names a patient, nor does this.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from attending.facts.entry import Entry
    from attending.facts.fact import Fact

Where = tuple[str, str, str]


class Told(NamedTuple):
    """What one fact tells of one delivery, file or stretch of messages.

    Attributes
    ----------
    fact, type, at
        The fact, its type, and when it was written.
    lines, ahead, stored
        As of a feed.
    parked_by
        How many lines were set aside, by reason.
    refused
        Why nothing of it could be read; empty where something could.

    """

    fact: int
    type: str
    at: str
    lines: int
    ahead: int
    stored: int
    parked_by: dict[str, int]
    refused: str = ""


class Aside(NamedTuple):
    """A row that was set aside: why, whether it only waits, and the fact that says so."""

    because: str
    waits: bool
    fact: int


class Feed(msgspec.Struct, frozen=True, kw_only=True):
    """One way in.

    Attributes
    ----------
    name, site, use_case
        The source; the site it is of, and the use case it is for, where it is of one.
    last_at, last_fact
        When it last brought something, or was last refused, and the fact that says so.
    batches, lines
        Deliveries or files, and the lines, rows or messages in them.
    stored
        Messages that were stored and acknowledged, and that no table maps.
    ahead
        Messages of a sender's clock that runs ahead: known when they came, not when they say.
    parked_by
        What is set aside, by reason; what has been taken in since is not among it.
    waiting_by
        Outcomes that can be read and wait for an answer that counts, by reason.
    refused_by
        Files that could not be read at all, by reason.

    """

    name: str
    site: str = ""
    use_case: str = ""
    last_at: str = ""
    last_fact: int = 0
    batches: int = 0
    lines: int = 0
    stored: int = 0
    ahead: int = 0
    refused_by: dict[str, int] = {}
    parked_by: dict[str, int] = {}
    waiting_by: dict[str, int] = {}

    @property
    def where(self) -> Where:
        """Give what names it: the use case, the source and the site."""
        return (self.use_case, self.name, self.site)

    @property
    def refused(self) -> int:
        """Give how many files could not be read at all."""
        return sum(self.refused_by.values())

    @property
    def waiting(self) -> int:
        """Give how many outcomes wait for an answer that counts."""
        return sum(self.waiting_by.values())

    @property
    def parked(self) -> int:
        """Give how much is set aside."""
        return sum(self.parked_by.values())


@dataclass(frozen=True)
class Feeds:
    """What is known of all ways in, so far.

    Attributes
    ----------
    deliveries
        The last that was told of each delivery, by key.
    aside
        Rows that were set aside, by feed and digest.

    """

    deliveries: Mapping[str, Entry] = field(default_factory=dict)
    aside: Mapping[tuple[Where, str], Aside] = field(default_factory=dict)

    def after(self, entry: Entry) -> Feeds:
        """Take one fact in."""
        fact, digest = entry.fact, str(entry.fact.body.get("digest", ""))
        if fact.type in ("batch/1", "messages/1", "source/1", "refused/1"):
            return replace(self, deliveries={**self.deliveries, fact.key: entry})
        if fact.type == "parked/1":
            because = str(fact.body.get("because", "not known"))
            aside = Aside(because, "waits" in fact.body, entry.index)
            return replace(self, aside={**self.aside, (_where(fact), digest): aside})
        if fact.type == "released/1":
            gone = (_where(fact), digest)
            return replace(self, aside={k: v for k, v in self.aside.items() if k != gone})
        return self

    def all(self) -> list[Feed]:
        """Give every feed; the one heard of last first."""
        found: dict[Where, Feed] = {}
        for entry in sorted(self.deliveries.values(), key=lambda e: e.index):
            where = _where(entry.fact)
            found[where] = _with(found.get(where, _feed(where)), entry)
        for (where, _), (because, waits, _) in self.aside.items():
            feed, name = found.get(where, _feed(where)), "waiting_by" if waits else "parked_by"
            there = getattr(feed, name)
            by = {name: {**there, because: there.get(because, 0) + 1}}
            found[where] = msgspec.structs.replace(feed, **by)
        return sorted(found.values(), key=lambda feed: -feed.last_fact)

    def deliveries_of(self, feed: Feed) -> list[Entry]:
        """Give the facts of what one feed brought, the newest first."""
        there = [e for e in self.deliveries.values() if _where(e.fact) == feed.where]
        return sorted(there, key=lambda entry: -entry.index)

    def aside_of(self, feed: Feed) -> list[Aside]:
        """Give the rows of one feed that are set aside or wait, the newest first."""
        there = [aside for (where, _), aside in self.aside.items() if where == feed.where]
        return sorted(there, key=lambda aside: -aside.fact)


def feeds(entries: Iterable[Entry]) -> list[Feed]:
    """Fold feeds out of a ledger's `ingested` facts."""
    known = Feeds()
    for entry in entries:
        known = known.after(entry)
    return known.all()


def told_of(entry: Entry) -> Told:
    """Give what one fact tells of what a feed brought."""
    body: dict[str, Any] = entry.fact.body
    parked, is_refused = body.get("parked", {}), entry.fact.type == "refused/1"
    by = {str(k): int(n) for k, n in parked.items() if n} if isinstance(parked, dict) else {}
    return Told(
        fact=entry.index,
        type=entry.fact.type,
        at=entry.fact.at,
        lines=int(body.get("lines", body.get("rows", body.get("messages", 0)))),
        ahead=int(body.get("clock_ahead", 0)),
        stored=int(body.get("not_mapped", 0)),
        parked_by=by,
        refused=str(body.get("because", "not known")) if is_refused else "",
    )


def _with(feed: Feed, entry: Entry) -> Feed:
    told, refused = told_of(entry), dict(feed.refused_by)
    by = dict(feed.parked_by)
    for reason, n in told.parked_by.items():
        by[reason] = by.get(reason, 0) + n
    if told.refused:
        refused[told.refused] = refused.get(told.refused, 0) + 1
    return msgspec.structs.replace(
        feed,
        last_at=told.at,
        last_fact=told.fact,
        batches=feed.batches + (not told.refused),
        refused_by=refused,
        lines=feed.lines + told.lines,
        ahead=feed.ahead + told.ahead,
        stored=feed.stored + told.stored,
        parked_by=by,
    )


def _feed(where: Where) -> Feed:
    use_case, source, site = where
    return Feed(name=source, site=site, use_case=use_case)


def _where(fact: Fact) -> Where:
    named = fact.body.get("source") or fact.key.split("/", 1)[0]
    return (fact.use_case or "", str(named), fact.site or "")
