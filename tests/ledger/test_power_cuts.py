"""Power cuts and full disks, simulated underneath the production commit path.

SQLite runs over the disk of `tests/power_disk.py`; everything above it is what production
runs: the store's SQL, its settings, its order of commit, the pen.
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

SEALER = Sealer(b"k" * 32)
CUTS = int(os.environ.get("ATTENDING_POWER_CUTS", "2000"))


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
def system(power):
    found = power.DiskSystem()
    yield found
    found.unregister()


@pytest.fixture(autouse=True)
def quiet(monkeypatch):
    """A dead disk cannot be closed tidily; APSW would print that for each cut."""
    monkeypatch.setattr("sys.unraisablehook", lambda _found: None)
    monkeypatch.setattr("sys.excepthook", lambda *_found: None)


def opener(power, *, pages: int, weaken: bool = False):
    def open_store() -> Store:
        connection = power.DiskConnection(SQL["begin"], SQL["commit"])
        store = Store(connection, SQL)
        store.prepare()
        connection.execute(f"PRAGMA wal_autocheckpoint = {pages}")
        if weaken:
            connection.execute("PRAGMA synchronous = NORMAL")
        return store

    return open_store


class Hospital:
    """Writes to one disk through cut after cut and remembers every acknowledgement."""

    def __init__(self, power, system, seed: int, make_fact, *, weaken: bool = False) -> None:
        self.chance = Random(seed)
        self.disk = system.disk = power.Disk(self.chance)
        self.open = opener(power, pages=self.chance.choice([3, 8, 20, 1000]), weaken=weaken)
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


def test_no_acknowledged_fact_is_lost_in_any_power_cut(power, system, make_fact) -> None:
    lost = cuts = promised = 0
    for seed in itertools.count():
        hospital = Hospital(power, system, seed, make_fact)
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


def test_the_same_cuts_lose_facts_when_synchronous_is_normal(power, system, make_fact) -> None:
    harmed = 0
    for seed in range(100):
        hospital = Hospital(power, system, seed, make_fact, weaken=True)
        hospital.live_until_cut()
        harmed += hospital.lost() > 0

    assert harmed > 20


@pytest.mark.parametrize("pages", [3, 1000])
def test_a_full_disk_is_refused_at_every_write_and_recovered_from(
    power, system, make_fact, pages
) -> None:
    refused = 0
    for nth in range(1, 60):
        disk = system.disk = power.Disk(Random(nth))
        pen = Pen(
            opener(power, pages=pages), PaperSeal(), salt=derived_salt(b"x"), checkpoint_every=1e9
        )
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
