"""One message at the door: is it readable, and what is it called?

Nothing is judged here that needs a table: a message that can be read is accepted, and
whether it can be mapped is found out later, from the store, as often as wanted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from attending.ingest.hl7v2.batch import batch_of
from attending.ingest.hl7v2.charset import decoded
from attending.ingest.hl7v2.message import Unreadable, read_message
from attending.ingest.mllp.answer import Header, Verdict, header_of, header_of_batch
from attending.ingest.mllp.framing import Frame
from attending.lake.inbox import REUSED, Arrived

if TYPE_CHECKING:
    from collections.abc import Sequence

    from attending.ingest.hl7v2.batch import Batch
    from attending.lake.inbox import Kept

TOO_LONG: Final = "too_long"
BATCH: Final = "BHS^"  # the kind of what comes around messages
NOT_KEPT = "could not be stored; send it again"
REJECTED = {
    TOO_LONG: "longer than is taken",
    "no_header": "no MSH segment",
    "delimiters": "MSH-1 and MSH-2 do not declare the delimiters",
    "no_control_id": "MSH-10 is empty",
    "no_message_type": "MSH-9 is empty",
}
ERRORS = {
    "charset": "bytes are not in the declared character set",
    "charset_unknown": "MSH-18 names a character set that is not read",
    "segment_name": "a line is no segment",
    "several_messages": "more than one message in one frame; stored and parked",
    "too_many_segments": "too many segments",
    "batch_count": "BTS-1 or FTS-1 counts otherwise than came; what came is stored",
    "batch_order": "a line of the batch stands in no message; stored and parked",
    "too_many_messages": "more messages in one batch than are taken apart; stored and parked",
    REUSED: "MSH-10 was used before with other content; stored and parked",
}


class Door(NamedTuple):
    """Whose messages come in here."""

    source: str
    site: str
    charset: str = "utf-8"  # of a message that declares none
    always: bool = False  # answer also where the sender asks for no acknowledgment
    may_reuse: bool = False  # the sender begins its control ids anew


class Received(NamedTuple):
    """One message, ready to be kept and then answered; or a batch, and the messages within."""

    arrived: Arrived
    header: Header | None
    is_acknowledgment: bool
    is_batch: bool = False
    within: tuple[Received, ...] = ()

    @property
    def to_keep(self) -> tuple[Arrived, ...]:
        """Give all that is to be kept before it is answered: a batch as it came comes first."""
        return (self.arrived, *(one.arrived for one in self.within))


def receive(frame: Frame, door: Door, at: str) -> Received:
    """Say what a frame holds; a message that cannot be read is parked with the reason."""
    batch = None if frame.is_too_long else batch_of(frame.raw)
    return _message(frame, door, at) if batch is None else _batch(frame.raw, batch, door, at)


def _batch(raw: bytes, batch: Batch, door: Door, at: str) -> Received:
    """Receive each message of a batch as if it had come alone, and the batch as it came.

    A batch's own control id may be used again: its messages are held against theirs.
    """
    within = tuple(_message(Frame(one.raw), door, at) for one in batch.messages)
    first = next((one.header for one in within if one.header is not None), None)
    header = header_of_batch(batch.headers, first)
    sender = (header.application, header.facility, header.control) if header else ("", "", "")
    kept = Arrived(
        door.source, door.site, *sender, BATCH, at, raw, parked=batch.fault, may_reuse=True
    )
    is_answer = bool(within) and all(one.is_acknowledgment for one in within)
    return Received(kept, header, is_answer, is_batch=True, within=within)


def _message(frame: Frame, door: Door, at: str) -> Received:
    header = header_of(frame.raw)
    kind, parked, is_answer = "", "", False
    try:
        if frame.is_too_long:
            raise Unreadable(TOO_LONG, REJECTED[TOO_LONG])
        message = read_message(decoded(frame.raw, door.charset))
        kind, is_answer = message.kind, message.is_acknowledgment
        if not message.code:
            raise Unreadable("no_message_type", REJECTED["no_message_type"])
        if header is None or not header.control:
            raise Unreadable("no_control_id", REJECTED["no_control_id"])
    except Unreadable as error:
        parked = error.reason
    sender = (header.application, header.facility, header.control) if header else ("", "", "")
    return Received(
        Arrived(door.source, door.site, *sender, kind, at, frame.raw, parked, door.may_reuse),
        header,
        is_answer,
    )


def verdict_on(kept: Kept, within: Sequence[Kept] = ()) -> tuple[Verdict, str]:
    """Say how a message that was kept is answered, or a batch, and in which words."""
    if within and (parked := [n for n, one in enumerate(within, 1) if one.parked]):
        why = within[parked[0] - 1].parked
        said = f"parked: message {parked[0]} of {len(within)}, {(REJECTED | ERRORS)[why]}"
        others = f"; and {len(parked) - 1} more" if len(parked) > 1 else ""
        counted = f"; {ERRORS[kept.parked]}" if kept.parked else ""
        return "error", f"{said}{others}{counted}"
    if not kept.parked:
        return "accept", ""
    if kept.parked in REJECTED:
        return "reject", REJECTED[kept.parked]
    return "error", ERRORS[kept.parked]
