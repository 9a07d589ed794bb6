"""The one place that knows all the parts and puts them together."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from attending.clock import ReplayClock, stamp
from attending.digest import digest
from attending.errors import Refused
from attending.facts.fact import By, Fact
from attending.ingest.arms import design
from attending.ingest.mapping import days
from attending.lake.tables import Lake
from attending.ledger.open_ledger import open_ledger
from attending.ledger.salt import derived_salt
from attending.loops.parts import Folded, Parts
from attending.serve.exposure import Exposures

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from attending.admit import Folder
    from attending.clock import Clock
    from attending.facts.snapshot import Snapshot
    from attending.ledger.write import Pen
    from attending.spec.source import Source

# Day 0 of every replay. A replayed day is a site day, not a date, and no fact of a replay
# may depend on the day it was run; any fixed moment would do.
DAY_ZERO = datetime(2000, 1, 1, tzinfo=UTC)


class InProcess:
    """The gateway that runs in this process, told and read back by a call."""

    def __init__(self, exposures: Exposures, pen: Pen, clock: Clock) -> None:
        self._exposures = exposures
        self._pen = pen
        self._clock = clock
        self._last: object = None

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
        origin="replay",
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
