"""Deliver: a file of clinical data is kept as it came, read, and told of in the ledger.

Level-triggered: the same file again finds every line said already, stores nothing and says
nothing. After a crash at any point the same file again completes what was begun.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from attending import rooms, shapes
from attending.digest import digest
from attending.errors import Refused
from attending.ingest import feeds
from attending.ingest.bulk.came_by import Kept, keep
from attending.ingest.delivered import delivered, delivery_key
from attending.ingest.feed import Hints
from attending.ingest.heard import heard, nobody
from attending.lake.clinical.received import Batch
from attending.spec.data.feed import FORMS, Feed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from attending.ingest.feed import Feed as Read
    from attending.ingest.heard import Told
    from attending.lake.clinical.received import Loaded
    from attending.lake.clinical.store import ClinicalLake
    from attending.loops.books import Books


@dataclass(frozen=True)
class Delivery:
    """Where clinical data is delivered to.

    Attributes
    ----------
    lake
        Keeps it.
    books
        The health system's ledger, which names every raw file.
    read
        Is told how many bytes were read, a piece at a time.

    """

    lake: ClinicalLake
    books: Books
    read: Told = nobody

    def take(self, path: Path, feed: Feed) -> Loaded:
        """Take a file in, and tell of it once it brought anything.

        Raises
        ------
        Refused
            The file cannot be read, or is not the one that the export beside it fetched.

        """
        return self._load(keep(self.lake.raw, path), feed)

    def again(self) -> Iterator[tuple[Batch, Loaded]]:
        """Read every raw file again of which something is set aside, by its own feed.

        What can be read now is released; what was taken in before is said already.
        """
        waiting = {(each.raw, each.source, each.site) for each in self.lake.parked()}
        for entry in list(self.books.reader.entries(kinds=("ingested",))):
            body = {name: str(value) for name, value in entry.fact.body.items() if value}
            place = (body.get("raw", ""), body.get("source", ""), body.get("site", ""))
            is_own = entry.fact.type == "batch/1" and body.get("format") in FORMS
            if not is_own or place not in waiting:
                continue
            waiting.discard(place)
            told = {name: body.get(name) for name in ("site", "format", "known")}
            feed = shapes.convert(told | {"kind": "Feed", "name": body["source"]}, Feed)
            export = (body.get("manifest", ""), body.get("transaction_time", ""))
            kept = Kept(body["raw"], *export)
            yield self._batch(kept, feed), self._load(kept, feed)

    def _load(self, kept: Kept, feed: Feed) -> Loaded:
        if feed.format not in rooms.names(feeds):
            raise Refused(f"nothing here reads {feed.format}", accepted=rooms.names(feeds))
        read = cast("Read", rooms.fetch(feeds, feed.format))
        batch = self._batch(kept, feed)
        pieces = heard(self.lake.raw.pieces(kept.raw), self.read)
        found = read(pieces, Hints(known=feed.known or ""))
        loaded = self.lake.load(batch, found)
        if loaded.changed or self.books.reader.latest(delivery_key(batch)) is None:
            self.books.write([delivered(batch, loaded, feed, self.books.at)])
        return loaded

    def _batch(self, kept: Kept, feed: Feed) -> Batch:
        return Batch(
            source=feed.name,
            site=feed.site,
            raw=kept.raw,
            received_at=self.books.clock.now(),
            n_bytes=self.lake.raw.size(kept.raw),
            media=feed.format,
            manifest=kept.manifest,
            transaction_time=kept.transaction_time,
            spec=digest({"format": feed.format, "known": feed.known}),
        )
