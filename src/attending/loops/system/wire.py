"""Wire: messages that were stored are mapped, taken into the lake and told of in the ledger.

Level-triggered: what was carried under these tables and this declaration is left alone;
other tables, a mended declaration, or somebody who asks, and every message is read again
from the store. What is said already writes nothing. What a message says is known when it says it
was sent, and no later than it was received; messages of a clock that runs ahead are counted.

A merge that a message tells is a row of the lake, by the numbers that the source uses, and a fact
in the ledger, by pseudonyms: what was answered under either number is found under both.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

import msgspec

from attending.digest import digest
from attending.errors import Refused
from attending.facts.fact import By, Fact
from attending.ingest.hl7v2.batch import is_batch
from attending.ingest.hl7v2.keys import resource_id
from attending.ingest.messages import Stream
from attending.ingest.patients import BY_SOURCE, Match
from attending.lake.clinical.received import Batch
from attending.loops.system import identity

if TYPE_CHECKING:
    from collections.abc import Callable

    from attending.ingest.hl7v2.mapping import Feed, Link
    from attending.ingest.hl7v2.tables import Tables
    from attending.lake.clinical.received import Loaded
    from attending.lake.clinical.store import ClinicalLake
    from attending.lake.inbox import Inbox, Message, Stretch
    from attending.loops.books import Books

MOST = 500  # messages of one stretch: one raw file and one commit of the lake
MEDIA = "hl7v2"


@dataclass
class Carried:
    """What became of the messages that were carried."""

    messages: int = 0
    words: Counter[str] = field(default_factory=Counter)  # mapped, not_mapped, parked
    rows: Counter[str] = field(default_factory=Counter)  # new, corrected, late, deletes, no_ops
    parked: Counter[str] = field(default_factory=Counter)  # by reason
    unsaid: Counter[str] = field(default_factory=Counter)
    ahead: int = 0  # messages of a clock that runs ahead
    links: int = 0
    merged: int = 0  # new in the ledger
    to_look_at: int = 0  # merges that do not go with what is known; a person is asked


@dataclass(frozen=True)
class Wire:
    """Where the messages of a feed go.

    Attributes
    ----------
    inbox
        Holds them.
    lake
        Takes what they say.
    books
        The health system's ledger.
    tables, feed
        What they are read by.
    pseudonym
        Gives the pseudonym of a patient's number, as the gateway would.

    """

    inbox: Inbox
    lake: ClinicalLake
    books: Books
    tables: Tables
    feed: Feed
    pseudonym: Callable[[str], str]

    @property
    def under(self) -> str:
        """Digest of all that the mapping goes by, beside the messages."""
        said = [self.tables.digest, self.feed.site, str(self.feed.zone), self.feed.charset]
        return digest(said)

    def carry(self, *, again: bool = False, release: bool = False) -> Carried:
        """Carry what was not carried under these tables.

        Parameters
        ----------
        again
            Carry every message again.
        release
            Map also what was parked since its control id was used before.

        Raises
        ------
        Refused
            The messages of this name are another site's.

        """
        found, sites = Carried(), self.inbox.sites(self.feed.source)
        if sites and self.feed.site not in sites:
            raise another_site(self.feed, sites)
        for stretch in self.inbox.stretches(self.feed.source):
            if again or release or stretch.under != self.under:
                self._carry(stretch, found, release=release)
        while (fresh := self.inbox.cut(self.feed.source, MOST)) is not None:
            self._carry(fresh, found, release=release)
        return found

    def _carry(self, stretch: Stretch, found: Carried, *, release: bool) -> None:
        source = self.feed.source
        kept = self.inbox.messages(source, first=stretch.first, last=stretch.last)
        messages = [one for one in kept if one.site == self.feed.site and not _is_whole(one)]
        if not messages:  # all of another site's that listens under the same name, or of batches
            self.inbox.note(source, stretch, self.under)
            return
        stream = Stream(messages, self.tables, self.feed, release=release)
        raw = stream.raw()
        batch = Batch(
            source=source,
            site=self.feed.site,
            raw=self.lake.raw.keep(raw),
            received_at=datetime.fromisoformat(messages[-1].received_at),
            n_bytes=len(raw),
            media=MEDIA,
            spec=self.under,
        )
        loaded = self.lake.load(batch, stream.rows())
        released = loaded.released + self._release(batch, stream)
        self._link(stream.links)
        taken = identity.take(self.books, _merges(stream.links), self.pseudonym)
        self._tell(batch, loaded, stream, released=released)
        self.inbox.note(source, stretch, self.under)
        found.messages += len(messages)
        found.words.update(stream.words)
        found.unsaid.update(stream.unsaid)
        found.rows.update(_rows(loaded))
        found.parked.update(loaded.parked)
        found.ahead += stream.ahead
        found.links += len(stream.links)
        found.merged += taken.n_linked
        found.to_look_at += taken.n_doubts

    def _release(self, batch: Batch, stream: Stream) -> int:
        """Release what was set aside of this raw file and is not any more; give how much."""
        open_still = [
            one
            for one in self.lake.parked(raw=batch.raw, source=batch.source, site=batch.site)
            if one.offset not in stream.aside
        ]
        done = [
            msgspec.structs.replace(one, state="released", tries=one.tries + 1, spec=batch.spec)
            for one in open_still
        ]
        rows = [msgspec.to_builtins(one) | {"known_at": batch.received_at} for one in done]
        return self.lake.append("parked", rows)

    def _link(self, links: list[Link]) -> None:
        """Write merges that are not written yet; the surviving patient is named by its id."""
        if not links:
            return
        there = {
            (row["system"], row["id"], row["person"], row["rule"])
            for row in self.lake.rows(self.lake.table("person"))
            if row["site"] == self.feed.site and row["by"] == self.feed.source
        }
        fresh: dict[tuple[str, ...], dict[str, Any]] = {}
        for link in links:
            person = _patient(link, link.into_system, link.into)
            key = (link.system, link.id, person, link.rule)
            if key not in there:
                known_at = datetime.fromisoformat(link.known_at)
                fresh[key] = {
                    "site": link.site,
                    "system": link.system,
                    "id": link.id,
                    "person": person,
                    "op": "link",
                    "rule": link.rule,
                    "by": self.feed.source,
                    "known_at": known_at,
                }
        self.lake.append("person", list(fresh.values()))

    def _tell(self, batch: Batch, loaded: Loaded, stream: Stream, *, released: int) -> None:
        """Write what became of a stretch; again with the same outcome, it is said already."""
        key = f"{batch.site}/{batch.source}/{batch.raw}/messages"
        if not (loaded.changed or released) and self.books.reader.latest(key) is not None:
            return
        body: dict[str, object] = {
            "type": "messages/1",
            "batch": loaded.batch,
            "source": batch.source,
            "site": batch.site,
            "raw": batch.raw,
            "tables": self.tables.digest,
            "messages": len(stream.messages),
            "mapped": stream.words["mapped"],
            "not_mapped": stream.words["not_mapped"],
            "parked": loaded.parked,
            "released": released,
            "links": len(stream.links),
            "clock_ahead": stream.ahead,
            **_rows(loaded),
        }
        by = By(person=batch.source, via="source")
        at = self.books.at
        fact = Fact(kind="ingested", key=key, at=at, by=by, site=batch.site, body=body)
        self.books.write([fact])


def another_site(feed: Feed, sites: list[str]) -> Refused:
    """Say whose the messages of a name are: no patient of one site becomes another's."""
    accepted = [*(f"--site {site}" for site in sites), "--source with a name of its own"]
    return Refused(f"{feed.source} brings the messages of {' and '.join(sites)}", accepted=accepted)


def _is_whole(message: Message) -> bool:
    """Tell whether this is a batch as it came, of which each message is kept for itself."""
    return message.state == "accepted" and is_batch(message.raw)


def _merges(links: list[Link]) -> list[Match]:
    """Give the merges that a source told, in its order, by the ids that its patients have here."""
    return [
        Match(
            record=(link.site, _patient(link, link.system, link.id)),
            into=(link.site, _patient(link, link.into_system, link.into)),
            rule=BY_SOURCE,
            sure=True,
        )
        for link in links
    ]


def _patient(link: Link, system: str, number: str) -> str:
    return resource_id(link.site, "Patient", f"{system}|{number}")


def _rows(loaded: Loaded) -> dict[str, int]:
    return {
        "new": loaded.new,
        "corrected": loaded.corrected,
        "late": loaded.late,
        "deletes": loaded.deletes,
        "no_ops": loaded.no_ops,
    }
