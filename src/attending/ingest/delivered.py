"""A delivery of clinical data becomes one fact: which raw file, and what became of its lines.

The fact names the raw file by its digest and holds counts alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attending.facts.fact import By, Fact

if TYPE_CHECKING:
    from attending.lake.clinical.received import Batch, Loaded
    from attending.spec.data.feed import Feed


def delivered(batch: Batch, loaded: Loaded, feed: Feed, at: str) -> Fact:
    """Give the `ingested` fact of a batch."""
    body: dict[str, object] = {
        "type": "batch/1",
        "batch": loaded.batch,
        "source": batch.source,
        "site": batch.site,
        "raw": batch.raw,
        "format": feed.format,
        "known": feed.known,
        "lines": loaded.lines,
        "resources": loaded.new + loaded.corrected + loaded.late,
        "no_ops": loaded.no_ops,
        "late": loaded.late,
        "corrected": loaded.corrected,
        "deletes": loaded.deletes,
        "parked": loaded.parked,
        "released": loaded.released,
        "clocks": loaded.clocks,
    }
    if batch.manifest:
        body |= {"manifest": batch.manifest, "transaction_time": batch.transaction_time}
    if feed.credit:
        body["credit"] = feed.credit
    return Fact(
        kind="ingested",
        key=delivery_key(batch),
        at=at,
        by=By(person=batch.source, via="source"),
        site=batch.site,
        body=body,
    )


def delivery_key(batch: Batch) -> str:
    """Give the key of the fact that says what became of a batch."""
    return f"{batch.site}/{batch.source}/{batch.raw}/batch"
