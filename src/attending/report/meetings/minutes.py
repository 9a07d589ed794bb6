"""The minutes of a meeting: what was put, who was there, what was said and decided, and signed.

They are read from facts alone. What people wrote (dissent, reasons for recusal) is sealed; who
holds the payload key may have it opened, and without it the minutes say that it is there.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from attending import shapes
from attending.errors import NoSuchName
from attending.facts.committee import Attendance, Decision, Packet, Signature

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from attending.facts.entry import Entry

FACTS = ("packet/1", "vote/1", "recusal/1", "decision/1", "no_decision/1", "docket/1")
SEALED = "sealed; its digest is on record"


@dataclass(frozen=True)
class Signed:
    """A signature as it is printed: name, time and meaning, and the fact that bears it."""

    signature: Signature
    said: str
    wrote: str
    index: int


@dataclass(frozen=True)
class ItemMinutes:
    """What became of one item in one round.

    Attributes
    ----------
    packet, index
        What was put, and the fact that holds it.
    voices
        Votes and recusals in the order they were said, each with its signature.
    decision, closed
        What it came to, as of which fact; no decision where nothing carried.
    because
        The count, or why nothing was decided; empty while the item is open.
    chair
        The signature of who closed it.
    attended
        Who was there, of whom the quorum asks; None while the item is open.

    """

    packet: Packet
    index: int
    voices: tuple[Signed, ...] = ()
    decision: Decision | None = None
    closed: int | None = None
    because: str = ""
    chair: Signature | None = None
    attended: Attendance | None = None


@dataclass(frozen=True)
class Minutes:
    """One meeting of one committee."""

    meeting: str
    committee: str
    items: tuple[ItemMinutes, ...] = field(default=())


def minutes(
    entries: Iterable[Entry],
    meeting: str,
    committee: str = "",
    *,
    opened: Callable[[str], str | None] = lambda _digest: None,
) -> Minutes:
    """Read the minutes of a meeting from facts.

    Parameters
    ----------
    entries
        The ledger's facts, in order.
    meeting, committee
        Which meeting, of whom; any committee when none is named.
    opened
        Gives what somebody wrote, by its digest; None where it stays sealed.

    Raises
    ------
    NoSuchName
        No item was put before such a meeting.

    """
    items: dict[str, ItemMinutes] = {}
    known: set[str] = set()
    for entry in entries:
        if entry.fact.type == "packet/1":
            packet = shapes.convert(entry.fact.body, Packet)
            known.add(packet.meeting)
            if packet.meeting == meeting and committee in ("", packet.committee):
                items[packet.digest] = ItemMinutes(packet, entry.index)
        elif entry.fact.type in FACTS:
            named = str(entry.fact.body.get("packet_digest", ""))
            if named in items:
                items[named] = _with(items[named], entry, opened)
    if not items:
        raise NoSuchName(meeting, "the meetings of this ledger", known)
    first = next(iter(items.values()))
    return Minutes(meeting, first.packet.committee, tuple(items.values()))


def _with(item: ItemMinutes, entry: Entry, opened: Callable[[str], str | None]) -> ItemMinutes:
    body: dict[str, Any] = dict(entry.fact.body)
    signature = shapes.convert(body["signature"], Signature)
    match entry.fact.type:
        case "vote/1":
            said, named = str(body["choice"]).replace("_", " "), str(body.get("dissent", ""))
        case "recusal/1":
            said, named = "takes no part", str(body["why"])
        case _:
            return _closed(item, entry, body, signature)
    wrote = (opened(named) or SEALED) if named else ""
    voice = Signed(signature, said, wrote, entry.index)
    return replace(item, voices=(*item.voices, voice))


def _closed(
    item: ItemMinutes, entry: Entry, body: Mapping[str, Any], signature: Signature
) -> ItemMinutes:
    decided = entry.fact.type == "decision/1"
    return replace(
        item,
        decision=shapes.convert(dict(body), Decision) if decided else None,
        closed=entry.index,
        because=str(body["because"]),
        chair=signature,
        attended=shapes.convert(body["quorum"], Attendance),
    )
