"""Power cuts and full disks, simulated underneath the production commit path.

SQLite runs over a disk held in memory that forgets what was not synced: at a cut,
each sector of each unsynced write is kept, lost or torn on its own, which is also
every reordering. Everything above the disk is what production runs: the store's SQL,
its settings, its order of commit, the pen.

WAL needs shared memory that a disk written in Python cannot offer; so the connection
locks exclusively, which keeps the WAL index in the heap and changes nothing on disk.
"""

from __future__ import annotations

import itertools
import os
from contextlib import suppress
from hashlib import sha256
from random import Random

import apsw
import pytest

from attending.errors import NotDurable
from attending.facts.fact import fact_bytes
from attending.ledger.checkpoint import Checkpoint
from attending.ledger.payload import Sealer
from attending.ledger.read import Reader
from attending.ledger.salt import derived_salt
from attending.ledger.store import Store
from attending.ledger.stores.sqlite import SQL
from attending.ledger.write import Pen

SECTOR = 512
SEALER = Sealer(b"k" * 32)
CUTS = int(os.environ.get("ATTENDING_POWER_CUTS", "2000"))


class Disk:
    """Files in memory, each with what is safe and what was only asked for."""

    def __init__(self, chance: Random) -> None:
        self.chance = chance
        self.safe: dict[str, bytearray] = {}
        self.seen: dict[str, bytearray] = {}
        self.asked: dict[str, list[tuple[int, bytes | None]]] = {}
        self.writes = 0
        self.dead = False
        self.full = False
        self.cut_at = self.full_at = 1 << 60

    def step(self) -> None:
        """Count one write or sync; lose power or space when its time has come."""
        self.writes += 1
        if self.dead or self.writes >= self.cut_at:
            self.dead = True
            raise apsw.IOError("no power")

    def write(self, name: str, data: bytes, offset: int) -> None:
        self.step()
        if self.full or self.writes >= self.full_at:
            self.full = True
            raise apsw.FullError("no space")
        self.asked[name].append((offset, data))
        _put(self.seen[name], offset, data)

    def sync(self, name: str) -> None:
        self.step()
        self.safe[name] = bytearray(self.seen[name])
        self.asked[name].clear()

    def truncate(self, name: str, size: int) -> None:
        self.step()
        self.asked[name].append((size, None))
        del self.seen[name][size:]

    def reboot(self) -> None:
        """Keep what was synced and, of the rest, whatever chance lets through."""
        for name, asked in self.asked.items():
            left = self.safe[name]
            luck = self.chance.choice([0.0, 0.3, 0.7, 1.0])
            for offset, data in asked:
                if data is None:
                    if self.chance.random() < luck:
                        del left[offset:]
                    continue
                self._land(left, offset, data, luck)
            self.safe[name], self.seen[name] = left, bytearray(left)
            asked.clear()
        self.dead = self.full = False
        self.writes, self.cut_at, self.full_at = 0, 1 << 60, 1 << 60

    def _land(self, left: bytearray, offset: int, data: bytes, luck: float) -> None:
        for start in range(0, len(data), SECTOR):
            part = data[start : start + SECTOR]
            if self.chance.random() >= luck:
                continue
            if self.chance.random() < 0.1:
                part = part[: self.chance.randrange(len(part))]
            _put(left, offset + start, part)


def _put(content: bytearray, offset: int, data: bytes) -> None:
    if len(content) < offset:
        content.extend(bytes(offset - len(content)))
    content[offset : offset + len(data)] = data


class DiskFile:
    """One open file."""

    def __init__(self, disk: Disk, name: str) -> None:
        self.disk, self.name = disk, name

    def xRead(self, amount: int, offset: int) -> bytes:  # noqa: N802
        if self.disk.dead:
            raise apsw.IOError("no power")
        return bytes(self.disk.seen[self.name][offset : offset + amount])

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802
        self.disk.write(self.name, bytes(data), offset)

    def xTruncate(self, size: int) -> None:  # noqa: N802
        self.disk.truncate(self.name, size)

    def xSync(self, _flags: int) -> None:  # noqa: N802
        self.disk.sync(self.name)

    def xFileSize(self) -> int:  # noqa: N802
        return len(self.disk.seen[self.name])

    def xLock(self, level: int) -> None:  # noqa: N802
        """Nobody else is on this disk."""

    def xUnlock(self, level: int) -> None:  # noqa: N802
        """Nobody else is on this disk."""

    def xCheckReservedLock(self) -> bool:  # noqa: N802
        return False

    def xFileControl(self, _operation: int, _pointer: int) -> bool:  # noqa: N802
        return False

    def xSectorSize(self) -> int:  # noqa: N802
        return SECTOR

    def xDeviceCharacteristics(self) -> int:  # noqa: N802
        return 0  # promises nothing: neither atomic sectors nor ordered writes

    def xClose(self) -> None:  # noqa: N802
        """Nothing is flushed by closing."""


class DiskSystem(apsw.VFS):
    """A file system over one `Disk` at a time."""

    def __init__(self) -> None:
        self.disk = Disk(Random(0))
        super().__init__("power", base="")

    def xOpen(self, name, flags):  # noqa: N802
        path = name.filename() if isinstance(name, apsw.URIFilename) else name
        path = path or "temporary"
        for files in (self.disk.safe, self.disk.seen):
            files.setdefault(path, bytearray())
        self.disk.asked.setdefault(path, [])
        flags[1] = flags[0]
        return DiskFile(self.disk, path)

    def xAccess(self, path, _flags):  # noqa: N802
        return path in self.disk.seen

    def xDelete(self, path, _sync):  # noqa: N802
        self.disk.step()
        for files in (self.disk.safe, self.disk.seen, self.disk.asked):
            files.pop(path, None)

    def xFullPathname(self, path):  # noqa: N802
        return path


class DiskConnection:
    """The five calls, over APSW."""

    def __init__(self) -> None:
        self.database = apsw.Connection("ledger.db", vfs="power")
        self.database.execute("PRAGMA locking_mode = EXCLUSIVE")

    def begin(self) -> None:
        self.database.execute(SQL["begin"])

    def execute(self, sql, values=()):
        return list(self.database.execute(sql, values))

    def executemany(self, sql, rows) -> None:
        self.database.executemany(sql, rows)

    def commit(self) -> None:
        self.database.execute(SQL["commit"])

    def close(self) -> None:
        self.database.close(force=True)


class PaperSeal:
    """Keeps tree heads on paper: no power cut reaches it."""

    def __init__(self) -> None:
        self.last: Checkpoint | None = None

    def sign(self, size: int, root: bytes) -> Checkpoint:
        self.last = Checkpoint("test", size, root.hex(), "")
        return self.last

    def latest(self) -> Checkpoint | None:
        return self.last


@pytest.fixture(scope="module")
def system():
    found = DiskSystem()
    yield found
    found.unregister()


@pytest.fixture(autouse=True)
def quiet(monkeypatch):
    """A dead disk cannot be closed tidily; APSW would print that for each cut."""
    monkeypatch.setattr("sys.unraisablehook", lambda _found: None)
    monkeypatch.setattr("sys.excepthook", lambda *_found: None)


def opener(*, pages: int, weaken: bool = False):
    def open_store() -> Store:
        connection = DiskConnection()
        store = Store(connection, SQL)
        store.prepare()
        connection.execute(f"PRAGMA wal_autocheckpoint = {pages}")
        if weaken:
            connection.execute("PRAGMA synchronous = NORMAL")
        return store

    return open_store


class Hospital:
    """Writes to one disk through cut after cut and remembers every acknowledgement."""

    def __init__(self, system: DiskSystem, seed: int, make_fact, *, weaken: bool = False) -> None:
        self.chance = Random(seed)
        self.disk = system.disk = Disk(self.chance)
        self.open = opener(pages=self.chance.choice([3, 8, 20, 1000]), weaken=weaken)
        self.make_fact = make_fact
        self.seal = PaperSeal()
        self.promised: dict[int, bytes] = {}
        self.tried: set[bytes] = set()
        self.named: set[bytes] = set()
        self.number = itertools.count()

    def live_until_cut(self) -> None:
        """Append until the power goes; an exception other than a refusal to promise fails."""
        self.disk.cut_at = self.chance.randrange(1, 80)
        try:
            how = {"salt": derived_salt(b"x"), "checkpoint_every": 1e9, "sealer": SEALER}
            pen = Pen(self.open, self.seal, **how)
            while True:
                size = self.chance.choice([1, 1, 2, 5])
                pad = "x" * self.chance.choice([0, 40, 3000])
                facts = [self.make_fact(next(self.number), pad=pad) for _ in range(size)]
                self.tried |= {fact_bytes(fact) for fact in facts}
                self.named.add(fact_bytes(facts[0]))
                receipt = pen.append(facts, [fact_bytes(facts[0])])
                for index, fact in zip(receipt.indexes, facts, strict=True):
                    self.promised[index] = fact_bytes(fact)
                if self.chance.random() < 0.2:
                    pen.checkpoint()
        except (NotDurable, apsw.Error):
            pen = None
        self.disk.dead = True

    def lost(self) -> int:
        """Reboot, recover, and count promises that are not kept."""
        self.disk.reboot()
        store = self.open()
        ((sound,),) = store._connection.execute("PRAGMA integrity_check")
        assert sound == "ok"
        reader = Reader(store)
        kept = {entry.index: fact_bytes(entry.fact) for entry in reader.entries()}
        assert list(kept) == list(range(len(kept)))
        assert set(kept.values()) <= self.tried
        named = self.named & set(kept.values())
        ((n_payloads,),) = store._connection.execute("SELECT count(*) FROM payload")
        assert n_payloads == len(named), "a payload is there exactly when its fact is"
        for raw in list(named)[-3:]:
            assert SEALER.open(reader.sealed(sha256(raw).hexdigest())) == raw
        store.close()
        return sum(kept.get(index) != raw for index, raw in self.promised.items())


def test_no_acknowledged_fact_is_lost_in_any_power_cut(system, make_fact) -> None:
    lost = cuts = promised = 0
    for seed in itertools.count():
        hospital = Hospital(system, seed, make_fact)
        for _ in range(10):
            hospital.live_until_cut()
            lost += hospital.lost()
            cuts += 1
        promised += len(hospital.promised)
        if cuts >= CUTS:
            break

    print(f"{cuts} power cuts, {promised} facts acknowledged, {lost} lost")
    assert lost == 0
    assert promised > cuts


def test_the_same_cuts_lose_facts_when_synchronous_is_normal(system, make_fact) -> None:
    harmed = 0
    for seed in range(100):
        hospital = Hospital(system, seed, make_fact, weaken=True)
        hospital.live_until_cut()
        harmed += hospital.lost() > 0

    assert harmed > 20


@pytest.mark.parametrize("pages", [3, 1000])
def test_a_full_disk_is_refused_at_every_write_and_recovered_from(system, make_fact, pages) -> None:
    refused = 0
    for nth in range(1, 60):
        disk = system.disk = Disk(Random(nth))
        pen = Pen(opener(pages=pages), PaperSeal(), salt=derived_salt(b"x"), checkpoint_every=1e9)
        pen.append([make_fact(n) for n in range(3)])
        disk.writes, disk.full_at = 0, nth
        known, number = pen.size, 3
        try:
            for number in range(3, 12):
                pen.append([make_fact(number, pad="x" * 2000)])
                known += 1
        except NotDurable:
            refused += 1
            assert pen.size == known
            with suppress(NotDurable):  # or it was written after all, and is found to be there
                assert pen.append([make_fact(number, pad="x" * 2000)]).fresh == 0
        disk.full, disk.full_at = False, 1 << 60

        receipt = pen.append([make_fact(number, pad="x" * 2000), make_fact(99)])

        assert receipt.size == number + 2
        reader = Reader(pen._connected())
        assert [entry.index for entry in reader.entries()] == list(range(number + 2))
        assert pen._connected()._connection.execute("PRAGMA integrity_check") == [("ok",)]
        assert reader.root() == pen._frontier.root().hex()
        pen._drop()

    assert refused > 20
