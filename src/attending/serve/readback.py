"""Take the newest snapshot and say so: what makes a suspension confirmed.

Whoever makes snapshots writes each to a file beside the store and renames it into place.
The gateway looks at the file ten times a second, takes a higher `seq`, and writes
``acted(read_back)``: the number, and for each use case whether this gateway can serve
what the snapshot asks for. A rollback to a release that is not loaded here is so seen as
not done, instead of believed.

Nothing is shown under the old snapshot once the new one is taken, because every answer
looks again right before it leaves; so the read-back is true when it is written.
"""

from __future__ import annotations

import asyncio
import os
from functools import partial
from typing import TYPE_CHECKING

import msgspec
import structlog

from attending import shapes
from attending.clock import stamp
from attending.errors import Refused
from attending.facts.fact import By, Fact
from attending.facts.snapshot import Snapshot

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime
    from pathlib import Path

    from attending.serve.gateway import Gateway
    from attending.serve.parts import Parts

EVERY = 0.1  # seconds: a suspension acts within one second of its fact
SAY_AGAIN = 30  # seconds: a gateway that says nothing for 60 is listed as silent
LARGEST = 16 * 1024 * 1024
_snapshot = shapes.decoder(Snapshot)
_log = structlog.get_logger("attending.serve")


def read_back(parts: Parts, snapshot: Snapshot) -> Fact:
    """Give the `acted` fact that a gateway goes by a snapshot."""
    loaded = set(parts.tools.releases())
    asked = {
        (entry.use_case, entry.release or "")
        for entry in snapshot.entries
        if entry.mode in ("live", "silent") and entry.site in parts.sites
    }
    at = stamp(parts.clock.now())
    return acknowledged(parts.gateway, snapshot.seq, at=at, not_loaded=asked - loaded)


def acknowledged(
    gateway: str,
    seq: int,
    *,
    at: str,
    not_loaded: Iterable[tuple[str, str]] = (),
) -> Fact:
    """Give the fact that a gateway goes by a snapshot, but for what it has not loaded."""
    return Fact(
        kind="acted",
        key=f"gateway/{gateway}/{seq}/read_back",
        at=at,
        by=By(person=gateway, via="gateway"),
        body={
            "type": "read_back/1",
            "gateway": gateway,
            "seq": seq,
            "not_loaded": [list(each) for each in sorted(not_loaded)],
        },
    )


class Watch:
    """Looks at the snapshot file and takes what is newer.

    Parameters
    ----------
    gateway
        Whose exposures are kept up to date.
    path
        The snapshot file.
    every
        Seconds between two looks.

    """

    def __init__(self, gateway: Gateway, path: Path, *, every: float = EVERY) -> None:
        self._gateway = gateway
        self._path = path
        self._every = every
        self._last: tuple[int, int, int] | None = None
        self._said: tuple[object, datetime] | None = None

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            self.look()
            await asyncio.sleep(self._every)

    def look(self) -> bool:
        """Take the file's snapshot if it is new and newer; tell whether it was."""
        parts = self._gateway.parts
        try:
            found = self._path.stat()
            mark = (found.st_mtime_ns, found.st_ino, found.st_size)
            if mark == self._last:
                return False
            if found.st_size > LARGEST:
                raise Refused(f"a snapshot of {found.st_size} bytes")
            snapshot = _snapshot.decode(self._path.read_bytes())
            self._last = mark
            taken = parts.exposures.take(snapshot)
        except FileNotFoundError:
            return False
        except (OSError, ValueError, Refused) as error:
            parts.tally.add("snapshots_refused")
            _log.error("snapshot_refused", error=type(error).__name__)
            return False
        if not taken:
            parts.tally.add("snapshots_refused")
            return False
        self._recall(snapshot)
        self._say(snapshot)
        return True

    def _recall(self, snapshot: Snapshot) -> None:
        """Read from the ledger what cards, caps and keys rest on; a fault stops no snapshot."""
        parts = self._gateway.parts
        cases = partial(parts.cases.count, snapshot.entries)
        reading: list[Callable[[], None]] = [cases, parts.found_here.refresh]
        if parts.clients is not None:
            reading.append(parts.clients.on_record.refresh)
        for read in reading:
            try:
                read()
            except Exception as error:  # noqa: BLE001  the snapshot is in force, whatever broke
                _log.error("ledger_not_read", error=type(error).__name__)

    def _say(self, snapshot: Snapshot) -> None:
        """Record what was taken: at once where it changes anything, else now and then."""
        parts = self._gateway.parts
        now, said = parts.clock.now(), self._said
        is_news = said is None or said[0] != snapshot.entries
        if said is None or is_news or (now - said[1]).total_seconds() >= SAY_AGAIN:
            self._said = (snapshot.entries, now)
            self._gateway.desk.keeper.soon(read_back(parts, snapshot))


def put_snapshot(path: Path, snapshot: Snapshot) -> None:
    """Put a snapshot where gateways look, whole or not at all."""
    new = path.with_name(f"{path.name}.new")
    with new.open("wb") as file:
        file.write(msgspec.json.encode(snapshot))
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)
