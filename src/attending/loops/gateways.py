"""Gateways in other processes: told by a file, read back from the ledger.

The snapshot lies beside the store, where each gateway looks for it ten times a second and
writes `acted(read_back)`. Those that were heard of lately are waited for; one that has
been silent longer than its lease shows nothing, and is listed instead.
"""

from __future__ import annotations

import fcntl
import time
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import msgspec

from attending import shapes
from attending.facts.snapshot import LEASE_SECONDS, Snapshot
from attending.serve.readback import put_snapshot

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from attending.clock import Clock
    from attending.ledger.read import Reader

WAITS = 1.0  # seconds, promise P3: a suspension acts at every gateway within one
LOOKS_EVERY = 0.02
LOCK_WAITS = 0.25  # then go ahead: stopping is exempt from every lock, and a higher seq wins
SPEAKS_EVERY = 30  # seconds between two read-backs of a gateway with nothing new


class SnapshotFile:
    """Every gateway that looks at one store.

    Parameters
    ----------
    path
        The snapshot file.
    reader
        The ledger, where gateways say what they have read.
    clock
        Tells which gateways have been silent too long to be waited for.

    """

    def __init__(self, path: Path, reader: Reader, clock: Clock) -> None:
        self._path = path
        self._reader = reader
        self._clock = clock
        self._next = 0
        self._heard: dict[str, tuple[int, datetime]] = {}
        self._last: object = None

    def latest(self) -> int:
        """Give the number of the last snapshot that was handed out; -1 before the first."""
        try:
            return shapes.decode(self._path.read_bytes(), Snapshot).seq
        except (FileNotFoundError, msgspec.MsgspecError):
            self._listen()  # the file is gone, but a lower number would not be taken
            return max((seq for seq, _ in self._heard.values()), default=-1)

    def push(self, snapshot: Snapshot) -> Mapping[str, int | None]:
        """Put the snapshot in place; where it changes anything, wait to read it back."""
        put_snapshot(self._path, snapshot)
        is_news = snapshot.entries != self._last
        self._last = snapshot.entries
        until = time.monotonic() + (WAITS if is_news else 0.0)
        while True:
            self._listen()
            heard = {name: self._heard[name][0] for name in self._near()}
            if all(seq >= snapshot.seq for seq in heard.values()) or time.monotonic() >= until:
                return {name: seq if seq >= snapshot.seq else None for name, seq in heard.items()}
            time.sleep(LOOKS_EVERY)

    def silent(self) -> tuple[str, ...]:
        """List the gateways that have said nothing for longer than they ever should."""
        self._listen()
        near = set(self._near())
        return tuple(sorted(name for name in self._heard if name not in near))

    def _near(self) -> list[str]:
        since = self._clock.now() - timedelta(seconds=LEASE_SECONDS + SPEAKS_EVERY)
        return sorted(name for name, (_, at) in self._heard.items() if at >= since)

    def _listen(self) -> None:
        for entry in self._reader.entries(self._next, kinds=("acted",)):
            self._next = entry.index + 1
            if entry.fact.type == "read_back/1":
                name, seq = str(entry.fact.body["gateway"]), int(str(entry.fact.body["seq"]))
                before = self._heard.get(name, (-1,))[0]
                at = datetime.fromisoformat(entry.fact.at)
                self._heard[name] = (max(seq, before), at)


@contextmanager
def one_at_a_time(path: Path) -> Iterator[None]:
    """Keep other processes from handing out a snapshot meanwhile; wait for none for long."""
    with path.open("a") as file:
        until = time.monotonic() + LOCK_WAITS
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() >= until:
                    break
                time.sleep(LOOKS_EVERY)
        yield
