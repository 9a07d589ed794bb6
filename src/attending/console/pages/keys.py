"""Which systems may call, by which keys, and which of them are in use no more?

It reads the keys that were put on record and taken out of use. A key goes by its thumbprint; no
key is here, and none is on record. A new key is registered beside the old one, and the old one
is retired once nobody signs with it.

It does not tell who called last by which key: the answer to auditor's question 33 does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple
from weakref import WeakKeyDictionary

from attending.console.access import reads
from attending.console.listing import Cell, Line, Listing
from attending.console.page import Page
from attending.console.words import Tag
from attending.facts.credential import Credential, Credentials
from attending.ledger.following import Following

if TYPE_CHECKING:
    from collections.abc import Mapping

    from attending.console.page import Asked, Shown
    from attending.facts.entry import Entry
    from attending.ledger.read import Reader

TAGS = {
    "registered": Tag("in use", "●", "blue"),
    "retired": Tag("retired", "○", "plain"),
}


class OnRecord(NamedTuple):
    """The keys as they stand, and the first and the last fact that changed each."""

    keys: Credentials = Credentials()
    said: Mapping[str, tuple[Entry, ...]] = {}

    def after(self, entry: Entry) -> OnRecord:
        """Take one fact in."""
        keys = self.keys.after(entry)
        if keys is self.keys:
            return self
        key = str(entry.fact.body["key"])
        return OnRecord(keys, {**self.said, key: (*self.said.get(key, ())[:1], entry)})


_followed: WeakKeyDictionary[Reader, Following[OnRecord]] = WeakKeyDictionary()


def show(asked: Asked) -> Shown:
    """Give the keys, those in use first."""
    reader = asked.parts.reader
    begun = Following(reader, OnRecord(), OnRecord.after, kinds=("declared", "said"))
    known = _followed.setdefault(reader, begun).now()
    there = sorted(known.keys.keys.values(), key=lambda k: (k.state == "retired", k.client))
    columns = ("key", "state", "client", "sites", "on record since", "retired")
    empty = "No key is on record. Whoever starts a gateway names a file of callers to it."
    return {
        "listing": Listing(
            "Keys", columns, [_line(k, known.said[k.key]) for k in there], empty, heading=False
        ),
        "in_use": sum(key.state == "registered" for key in there),
        "clients": len({key.client for key in there if key.state == "registered"}),
    }


def _line(key: Credential, said: tuple[Entry, ...]) -> Line:
    ended = said[-1] if key.state == "retired" else None
    return Line([
        Cell(key.key),
        Cell(tag=TAGS[key.state]),
        Cell(key.client),
        Cell(", ".join(key.sites) or "none"),
        Cell(said[0].fact.at[:10], fact=said[0].index),
        Cell(ended.fact.at[:10], fact=ended.index) if ended else Cell("no"),
    ])  # fmt: skip


keys = Page(
    path="/keys",
    question="Which systems may call, and by which keys?",
    show=show,
    under="/people",
    has_past=False,
    needs=reads("key"),
)
