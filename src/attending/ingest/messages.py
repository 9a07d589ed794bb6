"""A stretch of messages becomes one raw file and the rows of a batch.

The raw file holds the messages in their frames, one after another, exactly as they came; a
row says where in it its message lies, and what is set aside where its segment lies. The
same stretch always gives the same file, so that reading it again by mended tables finds
what was set aside and releases it.
"""

from __future__ import annotations

import logging
import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

import msgspec

from attending.errors import raised_at
from attending.fhir.number import body_digest
from attending.ingest.hl7v2.batch import batch_of
from attending.ingest.hl7v2.mapping import Feed, Link, Mapped, map_message
from attending.ingest.mllp.framing import START, framed
from attending.lake.clinical.received import Aside, Received
from attending.lake.inbox import REUSED

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from attending.facts.data.parked import Reason, Stage
    from attending.ingest.hl7v2.batch import Batch
    from attending.ingest.hl7v2.mapping import Change
    from attending.ingest.hl7v2.tables import Tables
    from attending.lake.inbox import Message

LINE = re.compile(rb"[^\r\n]+")
NO_HEADER = "no_header"
BATCH = {"batch_count", "batch_order", "too_many_messages"}
FRAME = {"too_long", NO_HEADER, REUSED, *BATCH}  # reasons of the stage before decoding

_log = logging.getLogger("attending.ingest")  # to stderr, whatever command reads
_written = msgspec.json.Encoder(decimal_format="number", order="deterministic").encode


@dataclass
class Stream:
    """What a stretch of messages gives.

    Parameters
    ----------
    messages
        The messages, in the order received.
    tables
        The mapping tables.
    feed
        What is declared of the feed.
    release
        Map messages too that bear a control id used before: a person looked at them.

    """

    messages: list[Message]
    tables: Tables
    feed: Feed
    release: bool = False
    words: Counter[str] = field(default_factory=Counter)  # what became of the messages
    unsaid: Counter[str] = field(default_factory=Counter)
    links: list[Link] = field(default_factory=list)
    aside: set[int] = field(default_factory=set)  # where something was set aside
    ahead: int = 0  # messages of a clock that runs ahead

    def raw(self) -> bytes:
        """Give the raw file: every message in its frame."""
        return b"".join(framed(one.raw) for one in self.messages)

    def rows(self) -> Iterator[Received | Aside]:
        """Give the rows, message after message; counts and links stand beside afterwards."""
        offset = 0
        for message in self.messages:
            for row in self._of(message, offset + len(START)):
                if isinstance(row, Aside):
                    self.aside.add(row.offset)
                yield row
            offset += len(framed(message.raw))

    def _of(self, message: Message, offset: int) -> Iterator[Received | Aside]:
        is_released = self.release and message.reason == REUSED
        if message.state == "parked" and not is_released:
            if message.reason == NO_HEADER and (batch := batch_of(message.raw)) is not None:
                yield from self._apart(batch, message, offset)
                return
            self.words["parked"] += 1
            stage: Stage = "frame" if message.reason in FRAME else "decode"
            reason = cast("Reason", message.reason)
            yield Aside(offset, len(message.raw), stage, reason)
            return
        yield from self._read(message.raw, offset, message.received_at)

    def _apart(self, batch: Batch, message: Message, offset: int) -> Iterator[Received | Aside]:
        """Read a batch that was stored before batches were taken apart."""
        if batch.fault:
            yield Aside(offset, len(message.raw), "frame", batch.fault)
        for part in batch.messages:
            yield from self._read(part.raw, offset + part.offset, message.received_at)

    def _read(self, raw: bytes, offset: int, received_at: str) -> Iterator[Received | Aside]:
        try:
            found = map_message(raw, self.tables, self.feed, received_at)
            rows = [_received(change, offset, len(raw)) for change in found.changes]
        except Exception as error:  # noqa: BLE001  it was acknowledged, and others wait behind it
            _log.warning("not mapped: %s at %s", type(error).__name__, raised_at(error))
            self.words["parked"] += 1
            yield Aside(offset, len(raw), "decode", "mapping_failed")
            return
        self.words[found.word] += 1
        self.ahead += found.is_ahead
        self.unsaid.update(found.unsaid)
        self.links += found.links
        yield from _asides(found, raw, offset)
        yield from rows


def _asides(found: Mapped, raw: bytes, offset: int) -> Iterable[Aside]:
    """Say where each thing lies that was set aside: at its segment, once for each segment."""
    if not found.parked:
        return
    lines = [match.span() for match in LINE.finditer(raw)]
    seen = set()
    for left in found.parked:
        if left.segment in seen:
            continue
        seen.add(left.segment)
        start, end = lines[left.segment] if left.segment else (0, len(raw))
        if left.segment or not found.changes:  # a place of its own, which no resource has
            yield Aside(offset + start, end - start, left.stage, left.reason, left.path)


def _received(change: Change, offset: int, length: int) -> Received:
    is_upsert = change.op == "upsert"
    body: dict[str, Any] = change.body
    return Received(
        offset=offset,
        length=length,
        type=change.type,
        id=change.id,
        body=_written(body).decode() if is_upsert else "",
        body_digest=body_digest(body) if is_upsert else "",
        op=change.op,
        known_at=datetime.fromisoformat(change.known_at),
        clock=change.clock,
    )
