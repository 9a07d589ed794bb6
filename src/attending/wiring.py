"""The one place that knows all the parts and puts them together."""

from __future__ import annotations

import hmac
import math
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import count
from typing import TYPE_CHECKING

import msgspec

from attending.admit import admit
from attending.clock import DAY_ZERO, ReplayClock, StoryClock, WallClock, stamp
from attending.digest import digest
from attending.errors import Refused
from attending.ingest.arms import design
from attending.ingest.mapping import days
from attending.lake.tables import Lake
from attending.ledger import layout
from attending.ledger.key_file import key_in
from attending.ledger.note import Signer
from attending.ledger.open_ledger import open_ledger
from attending.ledger.origin import REPLAY
from attending.ledger.payload import Sealer
from attending.ledger.salt import derived_salt
from attending.loops.books import Books
from attending.loops.data.reading import reading_of
from attending.loops.declare import declared
from attending.loops.drops import Inbox
from attending.loops.gateways import SnapshotFile, one_at_a_time
from attending.loops.parts import Folded, Hands, Parts
from attending.loops.recompute import Recompute
from attending.loops.score import Asked, CasePen, Scoring
from attending.serve.build import build_channels, build_tool
from attending.serve.cases import Cases
from attending.serve.exposure import Exposures
from attending.serve.found_here import FoundHere
from attending.serve.gateway import Gateway
from attending.serve.parts import Options
from attending.serve.parts import Parts as GatewayParts
from attending.serve.pseudonym import Pseudonyms, pseudonyms_of
from attending.serve.readback import acknowledged
from attending.serve.tool import Tools
from attending.spec.text import in_days

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from attending.admit import Folder
    from attending.clock import Clock
    from attending.facts.cells import Design
    from attending.facts.snapshot import Snapshot
    from attending.ledger.read import Reader
    from attending.ledger.write import Pen
    from attending.serve.pseudonym import Draw
    from attending.spec.source import Source


STORY = "story"  # the origin of a simulated system's ledger, and its gateway's name

UNHURRIED_MS = 3_600_000  # a replay has no deadline: nothing timed on this machine is a fact


class InProcess:
    """The gateway that runs in this process, told and read back by a call."""

    def __init__(self, exposures: Exposures, pen: Pen, clock: Clock) -> None:
        self._exposures = exposures
        self._pen = pen
        self._clock = clock
        self._last: object = None

    def latest(self) -> int:
        """Give the number of the snapshot in force; -1 before the first."""
        return self._exposures.seq

    def push(self, snapshot: Snapshot) -> Mapping[str, int | None]:
        """Hand over the snapshot, record that it was taken, and read it back."""
        unhurried = tuple(
            msgspec.structs.replace(e, deadline_ms=UNHURRIED_MS) for e in snapshot.entries
        )
        taken = self._exposures.take(msgspec.structs.replace(snapshot, entries=unhurried))
        seq = self._exposures.seq
        if taken and snapshot.entries != self._last:  # a lease renewed is no news
            self._last = snapshot.entries
            # A replay answers from what was recorded: there is no release it has not loaded.
            at = stamp(self._clock.now())
            self._pen.append([acknowledged(self._exposures.gateway, seq, at=at)])
        return {self._exposures.gateway: seq}


def replay_seed(folder: Folder) -> bytes:
    """Give the seed of salts and pseudonyms in a replay or a story: same specs, same facts."""
    return bytes.fromhex(digest({"replay": folder.use_case.name}))


@dataclass(frozen=True)
class Replaying:
    """What a replay runs on.

    Attributes
    ----------
    parts, folded, clock
        As live, but for the clock, which is set.
    scoring
        Puts cases to the gateway; None where their answers are on record.

    """

    parts: Parts
    folded: Folded
    clock: ReplayClock
    scoring: Scoring | None


def replay_parts(folder: Folder, source: Source, store: Path) -> Replaying:
    """Put together what a replay runs on: its own store, clock and gateway.

    Raises
    ------
    Refused
        The store already holds facts: a replay starts from nothing.

    """
    reads = bool(source.cases.inputs) or not isinstance(source.history, msgspec.UnsetType)
    scores = folder.use_case.model is not None and reads
    reader, pen = open_ledger(
        store,
        salt=derived_salt(replay_seed(folder)),
        origin=REPLAY,
        payload_key=layout.payload_key(store) if scores else None,
        checkpoint_every=math.inf,  # a replay's second is a day; moves are signed all the same
    )
    if reader.size():
        raise Refused(
            "this store already holds facts; a replay starts from an empty one",
            where=str(store),
        )
    clock = ReplayClock(DAY_ZERO)
    maturities = {name: days(o.known_after) for name, o in source.outcomes.items()}
    exposures = Exposures(REPLAY)
    parts = Parts(
        folder=folder,
        design=design(source),
        reader=reader,
        pen=pen,
        lake=Lake({folder.use_case.name: maturities}),
        clock=clock,
        gateways=InProcess(exposures, pen, clock),
    )
    scoring = _scoring(parts, exposures) if scores else None
    return Replaying(parts, Folded(), clock, scoring)


def _scoring(parts: Parts, exposures: Exposures) -> Scoring | None:
    """Put a gateway beside the replay's loops; None where the use case has no model."""
    pen = CasePen(parts.pen)
    asked = _asked(parts, exposures, pen)
    return None if asked is None else Scoring(asked, pen)


def _asked(parts: Parts, exposures: Exposures, pen: CasePen) -> Asked | None:
    """Build a gateway that is asked in this process; None where the use case has no model."""
    folder, rollout = parts.folder, parts.folder.rollout
    use_case, seed = folder.use_case, replay_seed(folder)
    if use_case.model is None or rollout is None:
        return None
    model = folder.models[use_case.model.model]
    tool = build_tool(
        use_case, model, release=rollout.release, folder=folder.path, views=reading_of(folder)
    )
    gateway = Gateway(
        GatewayParts(
            gateway=exposures.gateway,
            sites=tuple(folder.sites),
            tools=Tools((tool,)),
            channels=build_channels([use_case]),
            exposures=exposures,
            pen=pen,
            pseudonyms=Pseudonyms(seed, draw=_drawn(seed)),
            clock=parts.clock,
            clients=None,
            cases=Cases(parts.clock, parts.reader),
            found_here=FoundHere(parts.reader, [use_case]),
            options=Options(about_the_past=exposures.gateway == REPLAY),
        )
    )
    return Asked(gateway, tool, model)


def _drawn(seed: bytes) -> Draw:
    """Draw what a gateway takes from chance, the same in every replay of the same specs."""
    turn = count()
    return lambda n: hmac.digest(seed, b"draw %d" % next(turn), "sha256")[:n]


def open_hands(
    store: Path, use_case: str, *, payload_key: Path | None = None
) -> tuple[Hands, Folded]:
    """Put together what a person's order needs: no specs, no lake.

    What people write with it is sealed with the key in `payload_key`; without it none is taken.

    Raises
    ------
    Refused
        There is no ledger in this folder.

    """
    _check_there(store)
    return _hands(store, use_case, payload_key=payload_key), Folded()


def open_parts(
    store: Path,
    use_case: str,
    folder: Folder | None = None,
    *,
    clock: Clock | None = None,
    payload_key: Path | None = None,
) -> tuple[Parts, Folded]:
    """Put together what planning, signing and applying need, on a store that may be in use.

    Parameters
    ----------
    store
        The ledger's folder.
    use_case
        Whose plans.
    folder
        The admitted specs; as they were last declared in the ledger when none are given.
    clock
        The time; the machine's own, or in a replay's store the replay's, when none is given.
    payload_key
        The file of the key that what people write is sealed with; without it none is taken.

    """
    if folder is None:
        _check_there(store)
    hands = _hands(store, use_case, clock, payload_key)
    specs = folder or declared(hands.reader, use_case)
    known = {o.name: in_days(o.maturity) for o in specs.use_case.outcomes}
    drawn: Design | None = None
    for source in specs.sources.values():
        known |= {name: days(o.known_after) for name, o in source.outcomes.items()}
        drawn = drawn or design(source)
    parts = Parts(
        folder=specs,
        design=drawn,
        reader=hands.reader,
        pen=hands.pen,
        lake=Lake({use_case: known}),
        clock=hands.clock,
        gateways=hands.gateways,
        alone=hands.alone,
    )
    return parts, Folded()


def open_books(store: Path) -> Books:
    """Open a health system's ledger, made where there is none, about no one use case.

    What people write is sealed with the store's own payload key. A store that a replay or a
    story made goes on by its own clock.
    """
    hands = _hands(store, "", payload_key=layout.payload_key(store))
    return Books(hands.reader, hands.pen, hands.clock)


def open_recompute(store: Path, reader: Reader, folders: Sequence[Path] = ()) -> Recompute:
    """Give what computes answers again; what is wanting or refused it tells itself."""
    admitted, refused = [], ""
    for folder in folders:
        try:
            admitted.append(admit(folder))
        except Refused as error:
            refused = " ".join(str(error).split())
    key = layout.payload_key(store)
    sealer = Sealer(key_in(key)) if key.exists() else None
    return Recompute(reader, sealer, admitted, refused)


def open_inbox(store: Path) -> Inbox:
    """Give a store's inbox; its pseudonyms are those of the gateways on the store."""
    return Inbox(store / "inbox", pseudonyms_of(store).of)


def live_clock(store: Path) -> Clock:
    """Give the time it is in a store: the machine's, or a simulated system's own."""
    story = layout.story_clock(store)
    return StoryClock(story) if story.exists() else WallClock()


def _check_there(store: Path) -> None:
    if not layout.database(store).exists():
        raise Refused("there is no ledger here", where=str(store))


def _hands(
    store: Path, use_case: str, clock: Clock | None = None, payload_key: Path | None = None
) -> Hands:
    """Open a store; one that a replay made goes on by the replay's clock and salts."""
    key = layout.private_key(store)
    replayed = key.exists() and Signer.load(key).name == REPLAY
    salt = derived_salt(bytes.fromhex(digest({"replay": use_case}))) if replayed else None
    reader, pen = open_ledger(store, salt=salt, payload_key=payload_key)
    if clock is None and replayed and reader.size():
        clock = ReplayClock(datetime.fromisoformat(reader.entry(reader.size() - 1).fact.at))
    clock = clock or live_clock(store)
    return Hands(
        use_case=use_case,
        reader=reader,
        pen=pen,
        clock=clock,
        gateways=SnapshotFile(store / "snapshot.json", reader, clock),
        alone=partial(one_at_a_time, store / "snapshot.lock"),
    )


@dataclass(frozen=True)
class Staged:
    """A simulated system's own platform: the live one, but for the clock, which is set.

    Attributes
    ----------
    parts, folded, clock
        As live.
    gateway
        What the simulated EHR calls.
    inbox
        Where the simulated hospitals drop their files.
    drawn
        Draws the keys of what people write, the same in every telling.

    """

    parts: Parts
    folded: Folded
    clock: ReplayClock
    gateway: Gateway
    inbox: Inbox
    drawn: Draw


def staged_parts(folder: Folder, store: Path, *, began: datetime) -> Staged:
    """Put a platform together for a simulated system to use, on an empty store.

    The same story gives the same ledger: salts, pseudonyms and ids come from the specs, and
    the clock is the story's.

    Parameters
    ----------
    folder
        The admitted specs, with a model.
    store
        The ledger's folder.
    began
        The moment the story begins.

    Raises
    ------
    Refused
        The store already holds facts: a story starts from nothing.

    """
    name, seed = folder.use_case.name, replay_seed(folder)
    reader, pen = open_ledger(
        store,
        salt=derived_salt(seed),
        origin=STORY,
        payload_key=layout.payload_key(store),
        checkpoint_every=math.inf,  # the story's second is shorter than one; moves are signed
    )
    if reader.size():
        raise Refused("this has facts; a story starts from an empty one", where=str(store))
    pseudonyms_of(store, drawn=seed)
    clock = ReplayClock(began)
    exposures = Exposures(STORY)
    parts = Parts(
        folder=folder,
        design=None,
        reader=reader,
        pen=pen,
        lake=Lake({name: {o.name: in_days(o.maturity) for o in folder.use_case.outcomes}}),
        clock=clock,
        gateways=InProcess(exposures, pen, clock),
    )
    asked = _asked(parts, exposures, CasePen(pen))
    if asked is None:
        raise Refused("a story needs a model and a rollout", where=name)
    drawn = _drawn(hmac.digest(seed, b"written", "sha256"))
    return Staged(parts, Folded(), clock, asked.gateway, open_inbox(store), drawn)
