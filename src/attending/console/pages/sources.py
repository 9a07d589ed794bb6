"""Does every feed still come? When each last brought something, how much, and what was set aside.

It reads what the ledger was told of files, deliveries and messages; each number leads to the
deliveries and rows that it counts. What is set aside is lost to nobody: it is kept as it came,
and read again after a fix.

It does not tell what is in the rows; the data checks do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attending.console.access import reads
from attending.console.governance.feeds import asked_feed, deliveries, feed_listing, feeds_of
from attending.console.governance.lineage import upstream_listing
from attending.console.page import Page
from attending.lake.seal_store import dropped_in_sealed
from attending.ledger.origin import is_replay

if TYPE_CHECKING:
    from attending.console.page import Asked, Shown


def show(asked: Asked) -> Shown:
    """Give the feeds, the one heard of last first, and the deliveries of the one asked for."""
    found, replayed = feeds_of(asked), is_replay(asked.parts.store)
    one = asked_feed(asked)
    return {
        "feeds": feed_listing(asked, None if replayed else asked.parts.clock.now()),
        "deliveries": deliveries(asked, one) if one is not None else [],
        "replayed": replayed,
        "upstream": upstream_listing(asked),
        "n_aside": sum(feed.parked for feed in found),
        "n_waiting": sum(feed.waiting for feed in found),
        "n_refused": sum(feed.refused for feed in found),
        "n_clear": dropped_in_sealed(asked.parts.store),
        "n_stored": sum(feed.stored for feed in found),
        "partly": not asked.reach.is_everything,
    }


sources = Page(
    path="/sources",
    question="Does every feed still come?",
    show=show,
    under="/quality",
    has_past=False,
    needs=reads("evidence"),
    narrows=True,
)
