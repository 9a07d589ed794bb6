"""The one place that knows all the parts and puts them together."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

from attending.clock import ReplayClock, WallClock, stamp
from attending.digest import digest
from attending.errors import Refused
from attending.facts.fact import By, Fact
from attending.ingest.arms import design
from attending.ingest.mapping import days
from attending.lake.tables import Lake
from attending.ledger import layout
from attending.ledger.note import load_signer
from attending.ledger.open_ledger import open_ledger
from attending.ledger.salt import derived_salt
from attending.loops.declare import declared
from attending.loops.gateways import SnapshotFile, one_at_a_time
from attending.loops.parts import Folded, Hands, Parts
from attending.serve.exposure import Exposures
from attending.spec.text import in_days

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from attending.admit import Folder
    from attending.clock import Clock
    from attending.facts.cells import Design
    from attending.facts.snapshot import Snapshot
    from attending.ledger.write import Pen
    from attending.spec.source import Source

# Day 0 of every replay. A replayed day is a site day, not a date, and no fact of a replay
# may depend on the day it was run; any fixed moment would do.
DAY_ZERO = datetime(2000, 1, 1, tzinfo=UTC)

REPLAY = "replay"  # the origin of a replay's ledger


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
        self._exposures.take(snapshot)
        seq = self._exposures.seq
        if snapshot.entries != self._last:  # a lease renewed is no news
            self._last = snapshot.entries
            name = self._exposures.gateway
            self._pen.append(
                [
                    Fact(
                        kind="acted",
                        key=f"gateway/{name}/{seq}/read_back",
                        at=stamp(self._clock.now()),
                        by=By(person=name, via="gateway"),
                        body={"type": "read_back/1", "gateway": name, "seq": seq},
                    ),
                ],
            )
        return {self._exposures.gateway: seq}


def replay_seed(folder: Folder) -> bytes:
    """Give the seed of a replay's salts and pseudonyms: the same specs, the same facts."""
    return bytes.fromhex(digest({"replay": folder.use_case.name}))


def replay_parts(folder: Folder, source: Source, store: Path) -> tuple[Parts, Folded, ReplayClock]:
    """Put together what a replay runs on: its own store, clock and gateway.

    Raises
    ------
    Refused
        The store already holds facts: a replay starts from nothing.

    """
    reader, pen = open_ledger(
        store,
        salt=derived_salt(replay_seed(folder)),
        origin=REPLAY,
        checkpoint_every=math.inf,  # a replay's second is a day; moves are signed all the same
    )
    if reader.size():
        raise Refused(
            "this store already holds facts; a replay starts from an empty one",
            where=str(store),
        )
    clock = ReplayClock(DAY_ZERO)
    maturities = {name: days(o.known_after) for name, o in source.outcomes.items()}
    parts = Parts(
        folder=folder,
        design=design(source),
        reader=reader,
        pen=pen,
        lake=Lake({folder.use_case.name: maturities}),
        clock=clock,
        gateways=InProcess(Exposures("replay"), pen, clock),
    )
    return parts, Folded(), clock


def open_hands(store: Path, use_case: str) -> tuple[Hands, Folded]:
    """Put together what a person's order needs: no specs, no lake.

    Raises
    ------
    Refused
        There is no ledger in this folder.

    """
    if not layout.database(store).exists():
        raise Refused("there is no ledger here", where=str(store))
    return _hands(store, use_case), Folded()


def open_parts(store: Path, use_case: str, folder: Folder | None = None) -> tuple[Parts, Folded]:
    """Put together what planning, signing and applying need, on a store that may be in use.

    Parameters
    ----------
    store
        The ledger's folder.
    use_case
        Whose plans.
    folder
        The admitted specs; as they were last declared in the ledger when none are given.

    """
    if folder is None and not layout.database(store).exists():
        raise Refused("there is no ledger here", where=str(store))
    hands = _hands(store, use_case)
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


def site_day(moment: datetime) -> int:
    """Give the site day a moment lies in: days since day 0 of every store."""
    return (moment - DAY_ZERO).days


def _hands(store: Path, use_case: str) -> Hands:
    """Open a store; one that a replay made goes on by the replay's clock and salts."""
    key = layout.private_key(store)
    replayed = key.exists() and load_signer(key).name == REPLAY
    salt = derived_salt(bytes.fromhex(digest({"replay": use_case}))) if replayed else None
    reader, pen = open_ledger(store, salt=salt)
    clock: Clock = WallClock()
    if replayed and reader.size():
        clock = ReplayClock(datetime.fromisoformat(reader.entry(reader.size() - 1).fact.at))
    return Hands(
        use_case=use_case,
        reader=reader,
        pen=pen,
        clock=clock,
        gateways=SnapshotFile(store / "snapshot.json", reader, clock),
        alone=partial(one_at_a_time, store / "snapshot.lock"),
    )
