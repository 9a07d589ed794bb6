"""Tables upstream of sources, as their own tools last told of them: a fold over facts.

What is told later stands in for what was told before, by the time the files bear. A telling that
is silent about how a table went leaves what was known of that. Nothing here is about a patient.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec

from attending import shapes
from attending.facts.data.upstream import KEPT, READS, TOLD, Kept, Reads, Upstream

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from attending.facts.data.upstream import Table
    from attending.facts.entry import Entry


@dataclass(frozen=True)
class KnownTable:
    """One table as it is known.

    Attributes
    ----------
    table
        What is known.
    teller
        Which tool told of it last.
    told_at
        When that tool made its file, as it says.
    tellings
        How often it was told of.
    fact
        The fact that told of it last.

    """

    table: Table
    teller: str
    told_at: str
    tellings: int
    fact: int


@dataclass(frozen=True)
class Upstreams:
    """All tables, and which of them sources read.

    Attributes
    ----------
    tables
        By name.
    reads
        Declarations by name, each with its fact.
    exposures
        What tools say rests on tables, by name.

    """

    tables: Mapping[str, KnownTable] = field(default_factory=dict)
    reads: Mapping[str, tuple[Reads, int]] = field(default_factory=dict)
    exposures: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def after(self, entry: Entry) -> Upstreams:
        """Take one fact in."""
        if entry.fact.type == READS:
            told = shapes.convert(entry.fact.body, Reads)
            return replace(self, reads={**self.reads, told.name: (told, entry.index)})
        if entry.fact.type != TOLD:
            return self
        new = shapes.convert(entry.fact.body, Upstream)
        tables = {**self.tables}
        for table in new.tables:
            tables[table.name] = _with(tables.get(table.name), table, new, entry.index)
        return replace(self, tables=tables, exposures={**self.exposures, **new.exposures})

    @property
    def named(self) -> frozenset[str]:
        """Give every table that is named: told of, rested on, or read by a source."""
        made_of = {name for each in self.tables.values() for name in each.table.rests_on}
        read = {each.table for told, _ in self.reads.values() for each in told.tables}
        return frozenset({*self.tables} | made_of | read)

    def above(self, name: str) -> tuple[str, ...]:
        """Give a table and all it rests on, nearest first; each once, whatever goes in circles."""
        found: dict[str, None] = {name: None}
        waiting = [name]
        while waiting:
            known = self.tables.get(waiting.pop(0))
            for each in known.table.rests_on if known else ():
                if each not in found:
                    found[each] = None
                    waiting.append(each)
        return tuple(found)

    def below(self, name: str) -> tuple[str, ...]:
        """Give a table and all that rests on it, by name."""
        return tuple(sorted({name, *(each for each in self.tables if name in self.above(each))}))

    def reads_of(self, name: str) -> Iterable[tuple[Reads, int]]:
        """Give the declarations that read a table, or a table that rests on it."""
        below = {*self.below(name)}
        return [
            (told, fact)
            for told, fact in self.reads.values()
            if any(each.table in below for each in told.tables)
        ]


def upstreams(entries: Iterable[Entry]) -> Upstreams:
    """Fold tables out of a ledger's `ingested` and `declared` facts."""
    known = Upstreams()
    for entry in entries:
        known = known.after(entry)
    return known


class Telling(msgspec.Struct, frozen=True, kw_only=True):
    """What one telling was, and where its files lie; none where they were not kept."""

    teller: str
    project: str
    digest: str
    at: str
    fact: int
    files: dict[str, str] = {}


def tellings(entries: Iterable[Entry]) -> list[Telling]:
    """Fold tellings out of a ledger's `ingested` facts, in the order they were taken."""
    found: dict[tuple[str, str], Telling] = {}
    files: dict[tuple[str, str], dict[str, str]] = {}
    for entry in entries:
        if entry.fact.type == TOLD:
            told = shapes.convert(entry.fact.body, Upstream)
            found[told.teller, told.digest] = Telling(
                teller=told.teller, project=told.project, digest=told.digest, at=told.at,
                fact=entry.index,
            )  # fmt: skip
        elif entry.fact.type == KEPT:
            kept = shapes.convert(entry.fact.body, Kept)
            files[kept.teller, kept.digest] = kept.files
    return [msgspec.structs.replace(each, files=files.get(key, {})) for key, each in found.items()]


def _with(known: KnownTable | None, table: Table, told: Upstream, fact: int) -> KnownTable:
    if known is None:
        return KnownTable(table, told.teller, told.at, 1, fact)
    if time_of(told.at) < time_of(known.told_at):
        return replace(known, tellings=known.tellings + 1)
    silent: dict[str, object] = {}
    if table.state == "not_known":
        silent["state"] = known.table.state
    if not table.at:
        silent["at"] = known.table.at
    if not table.tests:
        silent |= {name: getattr(known.table, name) for name in ("tests", "failed", "failing")}
    for name in ("columns", "rests_on", "fields"):
        if not getattr(table, name):
            silent[name] = getattr(known.table, name)
    whole = msgspec.structs.replace(table, **silent)
    return KnownTable(whole, told.teller, told.at, known.tellings + 1, fact)


def time_of(told: str) -> datetime:
    """Read a time as tools write it; one without a zone is UTC."""
    found = datetime.fromisoformat(told)
    return found if found.tzinfo else found.replace(tzinfo=UTC)
