"""A message becomes FHIR resources by HL7's own tables.

A pure function of the bytes, the tables and the feed's declaration, so that what was stored
can be mapped again after any of the three was mended. A message whose event has no table is
stored and not mapped, which is counted and is no error. A merge (A40, in older versions also
A18, A34 and A36) gives links for the identity of patients. A result that is deleted or posted
in error (OBX-11 D, W) takes back the observation of the same id; a corrected one (C) is its
next version.

What a message says is known when it was sent (MSH-7), and never later than when it was received:
nothing that is heard was said afterwards. So a sender's clock that runs ahead orders its messages
as they came, and bars no correction that comes once the clock is put right.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from attending.clock import stamp
from attending.ingest.hl7v2.building import Builder
from attending.ingest.hl7v2.charset import decoded
from attending.ingest.hl7v2.finishing import Standing, finished
from attending.ingest.hl7v2.keys import Numbered, patient_number, sender_of
from attending.ingest.hl7v2.made import Made
from attending.ingest.hl7v2.message import Unreadable, read_message
from attending.ingest.hl7v2.placing import PATIENT_NUMBERS, is_another_patient
from attending.ingest.hl7v2.result_value import say_wholly
from attending.ingest.hl7v2.seeing import Around, AtField
from attending.ingest.hl7v2.shape import RESOURCES
from attending.ingest.hl7v2.typed_result import read_by_type, read_comment, take_times
from attending.ingest.hl7v2.values import moment

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import tzinfo

    from attending.facts.data.parked import Reason, Stage
    from attending.ingest.hl7v2.message import Message, Segment
    from attending.ingest.hl7v2.placing import Placed, Structure, Use
    from attending.ingest.hl7v2.tables import Tables

# A40 took the place of the other three in v2.3.1; feeds of older versions still send them.
MERGES = {("ADT", event) for event in ("A18", "A34", "A36", "A40")}
PRIOR_NUMBERS = 1  # MRG-1
SENT_AT = 7  # MSH-7
COMMENT = "NTE"
READ: Mapping[str, Callable[[Segment], None]] = {"OBX": read_by_type, COMMENT: read_comment}
# A clock that is kept is within a second; beyond a minute somebody should look at it. It is told
# and changes nothing else, so that no message's order hangs on which side of it a clock stands.
AHEAD = timedelta(minutes=1)


class Feed(NamedTuple):
    """What is declared of a feed."""

    site: str
    source: str
    zone: tzinfo | None = None  # of times that name no zone; None: it is not known
    charset: str = "utf-8"  # of messages that declare none


class Change(NamedTuple):
    """A resource as it stands from now on, or one that is taken back."""

    op: Literal["upsert", "delete"]
    type: str
    id: str
    body: dict[str, Any]  # FHIR R4 JSON; numbers are decimals
    known_at: str  # RFC 3339, UTC
    clock: str  # what says so: MSH-7, or receipt


class Link(NamedTuple):
    """A merge: a number of one patient is from now on a number of another."""

    site: str
    system: str
    id: str
    into_system: str
    into: str
    known_at: str
    rule: str


class Parked(NamedTuple):
    """Something of a message that was not made, and why; no value of the message."""

    stage: Stage
    reason: Reason
    path: str = ""
    segment: int = 0  # which one, from 0: the message as a whole


@dataclass
class Mapped:
    """What became of one message."""

    word: Literal["mapped", "not_mapped", "parked"]
    changes: list[Change] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    parked: list[Parked] = field(default_factory=list)
    unsaid: Counter[str] = field(default_factory=Counter)  # what nothing was made of, by kind
    is_ahead: bool = False  # it says it was sent well after it was received


def map_message(raw: bytes, tables: Tables, feed: Feed, received_at: str) -> Mapped:
    """Map one message.

    Parameters
    ----------
    raw
        The message, exactly as it was stored.
    tables
        The mapping tables.
    feed
        What is declared of the feed.
    received_at
        When it was stored; RFC 3339, UTC.

    """
    try:
        message = read_message(decoded(raw, feed.charset))
    except Unreadable as error:
        return Mapped("parked", parked=[Parked("decode", error.reason)])
    if message.is_acknowledgment:
        return Mapped("not_mapped")
    said_at = moment(message.header.text(SENT_AT), feed.zone)
    received = datetime.fromisoformat(received_at)
    known_at, clock = received_at, "receipt"
    if said_at is not None and said_at <= received:
        known_at, clock = stamp(said_at), "MSH-7"
    found = Mapped("not_mapped", links=_links(message, feed.site, known_at))
    found.is_ahead = said_at is not None and said_at - received > AHEAD
    structure = tables.structure(message.code, message.event)
    if structure is None:
        return found
    return _Mapping(message, tables, feed).run(found, structure, known_at, clock)


def _links(message: Message, site: str, known_at: str) -> list[Link]:
    """Give the links of a merge: each MRG after a PID names a number that is no more."""
    if (message.code, message.event) not in MERGES:
        return []
    links: list[Link] = []
    into: Numbered | None = None
    for segment in message.segments:
        if segment.name == "PID":
            into = patient_number(segment.field(PATIENT_NUMBERS))
        elif segment.name == "MRG" and into is not None:
            for value in segment.field(PRIOR_NUMBERS):
                prior = patient_number((value,))
                if prior is not None and prior != into:
                    names = (prior.system, prior.value, into.system, into.value)
                    links.append(Link(site, *names, known_at, message.event))
    return links


class _Mapping:
    """The mapping of one message."""

    def __init__(self, message: Message, tables: Tables, feed: Feed) -> None:
        self._message = message
        self._feed = feed
        self._builder = Builder(tables, feed.zone)
        self._standing: list[Standing] = []
        self._later: list[tuple[tuple[str, str, str], Placed]] = []
        self._placed: list[Placed] = []

    def run(self, found: Mapped, structure: Structure, known_at: str, clock: str) -> Mapped:
        """Go through the segments in their places, then settle what refers to what."""
        for segment in self._message.segments:
            READ.get(segment.name, _as_it_is)(segment)
        self._placed, left = structure.place(self._message.segments)
        found.unsaid["segments"] += len(left)
        number = {id(one): n for n, one in enumerate(self._message.segments)}
        for segment in left:
            if is_another_patient(segment, self._placed):
                found.parked.append(Parked("shape", "several_patients", "PID", number[id(segment)]))
        self._use_all(_begins(structure))
        for reference, placed in self._later:
            self._refer(reference, placed)
        self._settle_results()
        site, sender = self._feed.site, sender_of(self._message.header)
        done = finished(self._standing, self._builder, self._placed, site=site, sender=sender)
        for one in done.parked:
            at = number.get(id(one.segment), 0)
            found.parked.append(Parked("shape", one.reason, one.path, at))
        for made, taken_back in done.made:
            body = {"resourceType": made.kind, "id": made.id} if taken_back else made.body
            op: Literal["upsert", "delete"] = "delete" if taken_back else "upsert"
            found.changes.append(Change(op, made.kind, made.id, body, known_at, clock))
        found.unsaid.update(self._builder.unsaid)
        found.word = "mapped"
        return found

    def _settle_results(self) -> None:
        """Say results wholly, and when they were observed; count those of which nothing is said."""
        results = [
            one
            for one in self._standing
            if one.made.kind == "Observation" and one.begun.segment.name == "OBX"
        ]
        if unsaid := sum(not say_wholly(one.made.body, one.begun.segment) for one in results):
            self._builder.unsaid["results"] = unsaid
        reports = (one.made for one in self._standing if one.made.kind == "DiagnosticReport")
        take_times(reports, {id(one.made): one.begun.segment for one in results})

    def _use_all(self, begins: dict[str, int]) -> None:
        """Apply the message's table; a comment for which it has no row is counted."""
        for placed in self._placed:
            uses = placed.leaf.node.uses
            if placed.segment.name == COMMENT and not uses:
                self._builder.unsaid["comments"] += 1
            for use in uses:
                self._use(use, placed, begins)

    def _use(self, use: Use, placed: Placed, begins: dict[str, int]) -> None:
        """Apply one row of the message's table to one segment."""
        if use.kind not in RESOURCES:
            self._builder.unsaid["resources"] += 1
            return
        around = Around(placed.segment, lambda name: self._other(name, placed))
        if not use.holds(AtField(around, None, ())):
            return
        if use.is_note and self._find(use.label, placed) is None:
            self._builder.unsaid["comments"] += 1  # on something that is not there
            return
        made = self._made(use, placed, is_begin=begins[use.label] == placed.leaf.number)
        self._builder.apply(use.segment_map, made, around)
        self._later += [(reference, placed) for reference in use.references]

    def _made(self, use: Use, placed: Placed, *, is_begin: bool) -> Made:
        """Give the resource of a label: begun by this segment, or by one it belongs to."""
        standing = self._find(use.label, placed)
        if standing is not None and (not is_begin or standing.begun is placed):
            return standing.made
        made = Made(use.kind)
        self._standing.append(Standing(use.label, made, placed))
        return made

    def _find(self, label: str, placed: Placed) -> Standing | None:
        """Give the last resource of a label that this segment belongs with.

        A label without a number stands for whichever of its kind is nearest.
        """
        for one in reversed(self._standing):
            is_same = one.label == label or (
                "[" not in label and one.label.partition("[")[0] == label
            )
            if is_same and placed.shares(one.begun):
                return one
        return None

    def _refer(self, reference: tuple[str, str, str], placed: Placed) -> None:
        """Let one resource refer to another, as the message's table says."""
        label, path, to = reference
        owner, other = self._own(label, placed), self._own(to, placed)
        if owner is not None and other is not None:
            self._builder.refer(owner.made, path, other.made)

    def _own(self, label: str, placed: Placed) -> Standing | None:
        """Give the resource that this very segment began under a label, else the nearest."""
        own = (one for one in self._standing if one.label == label and one.begun is placed)
        return next(own, None) or self._find(label, placed)

    def _other(self, name: str, placed: Placed) -> Segment | None:
        """Give the segment of another name that stands with this one: the nearest before it."""
        found: Segment | None = None
        is_past = False
        for one in self._placed:
            is_past = is_past or one is placed
            if one.segment.name == name and one.shares(placed):
                if is_past and found is not None:
                    break
                found = one.segment
        return found


def _as_it_is(_segment: Segment) -> None:
    """Leave a segment that is read by its table alone."""


def _begins(structure: Structure) -> dict[str, int]:
    """Give, for each label, the leaf whose segment begins a new resource of it."""
    begins: dict[str, int] = {}
    for leaf in structure.leaves:
        for use in leaf.node.uses:
            begins.setdefault(use.label, leaf.number)
    return begins
