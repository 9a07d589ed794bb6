"""What this gateway may show, where, and until when (contract C5).

A gateway holds one snapshot at a time and takes only a higher `seq`, so a delayed or
repeated delivery can never undo a suspension. Reading never waits: a new snapshot is
built aside and put in place by one assignment.
"""

from __future__ import annotations

import threading
from datetime import datetime
from typing import TYPE_CHECKING

import msgspec

from attending.errors import Refused
from attending.facts.snapshot import Exposure

if TYPE_CHECKING:
    from attending.facts.snapshot import Snapshot

WHOLE_SITE = "*"
NOT_SAID = ""
STRICTNESS = ("retired", "off", "suspended", "silent", "live")  # the first wins

Key = tuple[str, str, str]


class _Taken(msgspec.Struct, frozen=True):
    seq: int
    valid_until: datetime | None
    entries: dict[Key, Exposure]
    strictest: dict[tuple[str, str], Exposure]


class Lapsed(msgspec.Struct, frozen=True):
    """The snapshot is past its lease: nothing may be shown, whatever it said.

    Attributes
    ----------
    seq
        The snapshot that lapsed; -1 where none was ever taken.
    last
        What it said of this use case, site and unit, for the record only.

    """

    seq: int
    last: Exposure | None


class Exposures:
    """The standings a gateway goes by.

    Parameters
    ----------
    gateway
        This gateway's name, as it appears in read-backs.

    """

    def __init__(self, gateway: str) -> None:
        self.gateway = gateway
        self._lock = threading.Lock()
        self._taken = _Taken(seq=-1, valid_until=None, entries={}, strictest={})

    @property
    def seq(self) -> int:
        """Give the number of the snapshot in force; -1 before the first."""
        return self._taken.seq

    @property
    def valid_until(self) -> datetime | None:
        """Give the end of the lease; None before the first snapshot."""
        return self._taken.valid_until

    def take(self, snapshot: Snapshot) -> bool:
        """Put a snapshot in force if its `seq` is higher; say whether it was.

        Raises
        ------
        Refused
            When it names one use case, site and unit twice, or its lease has no zone.

        """
        new = _read(snapshot)
        with self._lock:
            if new.seq <= self._taken.seq:
                return False
            self._taken = new
            return True

    def standing(
        self,
        use_case: str,
        site: str,
        unit: str = NOT_SAID,
        *,
        now: datetime,
    ) -> Exposure | Lapsed | None:
        """Say how a use case stands at a unit; the unit's own entry wins over the site's.

        Where the unit is not said (empty, or our own mark for a whole site), the strictest
        entry of the site holds: a caller who names no unit must not reach past a suspension
        in one.

        Returns
        -------
        Exposure | Lapsed | None
            None where the snapshot does not name it (nothing may be shown), `Lapsed`
            where the lease is over (display ``failed(stale_policy)``).

        """
        taken = self._taken
        if unit in (NOT_SAID, WHOLE_SITE):
            found = taken.strictest.get((use_case, site))
        else:
            found = taken.entries.get((use_case, site, unit)) or taken.entries.get(
                (use_case, site, WHOLE_SITE),
            )
        if taken.valid_until is None or now >= taken.valid_until:
            return Lapsed(taken.seq, found)
        return found

    def entries(self) -> tuple[Exposure, ...]:
        """List every standing of the snapshot in force, lapsed or not."""
        return tuple(self._taken.entries.values())


def _read(snapshot: Snapshot) -> _Taken:
    until = datetime.fromisoformat(snapshot.valid_until)
    if until.tzinfo is None:
        raise Refused("a snapshot's valid_until needs a zone", accepted=["2026-10-13T08:00:30Z"])
    entries = {(e.use_case, e.site, e.unit): e for e in snapshot.entries}
    if len(entries) != len(snapshot.entries):
        raise Refused(f"snapshot {snapshot.seq} names one use case, site and unit twice")
    strictest: dict[tuple[str, str], Exposure] = {}
    for entry in snapshot.entries:
        place = (entry.use_case, entry.site)
        if place not in strictest or _strictness(entry) < _strictness(strictest[place]):
            strictest[place] = entry
    return _Taken(snapshot.seq, until, entries, strictest)


def _strictness(entry: Exposure) -> tuple[int, float]:
    return STRICTNESS.index(entry.mode), entry.share
