"""The inbox keeps what it acknowledged: through power cuts, full disks and repeated sending."""

from __future__ import annotations

import itertools
import os
from hashlib import sha256
from random import Random

import apsw
import pytest

from attending.errors import NotDurable, Refused
from attending.lake.at_rest import AS_THEY_CAME, WIRE, AtRest, seal_lake
from attending.lake.inbox import BEGIN, COMMIT, Arrived, Inbox, inbox_file, open_inbox

CANARY = b"canary-5f0a"
CUTS = int(os.environ.get("ATTENDING_POWER_CUTS", "2000"))


def arrived(number, content=b"", **other):
    given = {"source": "lab", "site": "elm", "application": "LAB", "facility": "F"}
    given |= {"control": f"M{number}", "kind": "ORU^R01", "received_at": "2026-10-13T08:00:00.000Z"}
    return Arrived(**(given | {"raw": b"MSH|%d|%s" % (number, content)} | other))


@pytest.fixture
def inbox(tmp_path):
    found = open_inbox(tmp_path)
    yield found
    found.close()


def test_the_bytes_come_back_exactly_and_in_order(inbox):
    sent = [arrived(n, bytes(range(256))) for n in range(1200)]

    inbox.keep(sent)

    found = list(inbox.messages("lab"))
    assert [one.raw for one in found] == [one.raw for one in sent]
    assert [one.n for one in found] == list(range(1, 1201))
    assert all(one.digest == sha256(one.raw).hexdigest() for one in found)


def test_the_same_message_again_is_counted_and_not_written(inbox):
    first = inbox.keep([arrived(1), arrived(1), arrived(2)])
    second = inbox.keep([arrived(2)])

    assert [kept.outcome for kept in first + second] == ["fresh", "again", "fresh", "again"]
    assert [kept.n for kept in first + second] == [1, 1, 2, 2]
    assert len(list(inbox.messages("lab"))) == 2


def test_other_bytes_under_a_used_id_are_kept_and_parked(inbox):
    inbox.keep([arrived(1, b"a")])

    (other, again) = inbox.keep([arrived(1, b"b"), arrived(1, b"b")])

    assert (other.outcome, other.parked) == ("reused", "control_id_reused")
    assert (again.outcome, again.parked) == ("again", "control_id_reused")
    states = {one.raw: one.state for one in inbox.messages("lab")}
    assert states == {b"MSH|1|a": "accepted", b"MSH|1|b": "parked"}


def test_an_id_is_used_per_sender_and_per_feed(inbox):
    given = [arrived(1, b"a"), arrived(1, b"b", application="ADT"), arrived(1, b"c", source="adt")]

    assert [kept.outcome for kept in inbox.keep(given)] == ["fresh"] * 3


def test_nothing_is_read_where_nothing_was_kept(tmp_path):
    with pytest.raises(Refused):
        open_inbox(tmp_path, writing=False)
    assert not inbox_file(tmp_path).exists()


# -- Power ------------------------------------------------------------------------------


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


@pytest.fixture(scope="module")
def lake(tmp_path_factory):
    """Give a lake that is sealed."""
    folder = tmp_path_factory.mktemp("sealed")
    key, lake = folder / "key", folder / "store" / "lake"
    key.write_bytes(os.urandom(32))
    key.chmod(0o600)
    seal_lake(lake, key)
    return lake


@pytest.fixture(params=["plain", "sealed"])
def there(request, lake):
    """Give how messages lie: as they came, or sealed."""
    return AS_THEY_CAME if request.param == "plain" else AtRest(lake)


def opened(power, *, pages, weaken=False, there=AS_THEY_CAME):
    connection = power.DiskConnection(BEGIN, COMMIT)
    inbox = Inbox(connection, lambda: there)
    connection.execute(f"PRAGMA wal_autocheckpoint = {pages}")
    if weaken:
        connection.execute("PRAGMA synchronous = NORMAL")
    return inbox


class Wire:
    """Receives over one disk through cut after cut and remembers every acknowledgment."""

    def __init__(self, power, system, seed, *, weaken=False, there=AS_THEY_CAME):
        self.power, self.weaken, self.there = power, weaken, there
        self.chance = Random(seed)
        self.disk = system.disk = power.Disk(self.chance)
        self.pages = self.chance.choice([3, 8, 20, 1000])
        self.promised = {}
        self.tried = set()
        self.number = itertools.count()
        self.unanswered = []

    def live_until_cut(self):
        """Receive until the power goes; what was not answered is sent again first."""
        self.disk.cut_at = self.chance.randrange(1, 80)
        try:
            inbox = opened(self.power, pages=self.pages, weaken=self.weaken, there=self.there)
            while True:
                fresh = [next(self.number) for _ in range(self.chance.choice([1, 1, 2, 5]))]
                pad = b"x" * self.chance.choice([0, 40, 3000])
                batch = [*self.unanswered, *(arrived(n, pad) for n in fresh)]
                self.unanswered = batch
                self.tried |= {one.raw for one in batch}
                for kept, one in zip(inbox.keep(batch), batch, strict=True):
                    self.promised[kept.n] = one.raw
                self.unanswered = []
        except (NotDurable, apsw.Error):
            pass
        self.disk.dead = True

    def lost(self):
        """Reboot, recover, and count promises that are not kept."""
        self.disk.reboot()
        inbox = opened(self.power, pages=self.pages, there=self.there)
        assert inbox._connection.execute("PRAGMA integrity_check") == [("ok",)]
        kept = {one.n: one.raw for one in inbox.messages("lab")}
        assert list(kept) == list(range(1, len(kept) + 1))
        assert len(set(kept.values())) == len(kept), "one message stands twice"
        assert set(kept.values()) <= self.tried
        inbox.close()
        return sum(kept.get(n) != raw for n, raw in self.promised.items())


def test_no_acknowledged_message_is_lost_in_any_power_cut(power, system, there):
    lost = cuts = promised = 0
    for seed in itertools.count():
        wire = Wire(power, system, seed, there=there)
        for _ in range(10):
            wire.live_until_cut()
            lost += wire.lost()
            cuts += 1
        promised += len(wire.promised)
        if cuts >= (CUTS // 4 if there.is_sealed else CUTS):
            break

    print(f"{cuts} power cuts, {promised} messages acknowledged, {lost} lost")
    assert lost == 0
    assert promised > cuts


def test_the_same_cuts_lose_messages_when_synchronous_is_normal(power, system):
    harmed = 0
    for seed in range(100):
        wire = Wire(power, system, seed, weaken=True)
        wire.live_until_cut()
        harmed += wire.lost() > 0

    assert harmed > 20


def sealed(power, disk, chance, there):
    """Seal until it is done or the power goes; tell whether it is done."""
    disk.cut_at = chance.choice([5, 20, 60, 200, 1 << 40])
    try:
        inbox = opened(power, pages=3, there=there)
        inbox.seal()
    except apsw.Error:
        disk.dead = True
        return False
    disk.cut_at = 1 << 60
    inbox.close()
    return True


def kept_on(power, there):
    inbox = opened(power, pages=3, there=there)
    found = [one.raw for one in inbox.messages("lab")]
    inbox.close()
    return found


def test_power_cuts_while_messages_are_sealed_lose_none_and_leave_none_in_the_clear(
    power, system, lake
):
    being_sealed, cuts = AtRest(lake, WIRE), 0
    for seed in range(40):
        chance = Random(seed)
        disk = system.disk = power.Disk(chance)
        sent = [arrived(n, CANARY * chance.choice([1, 300])) for n in range(40)]
        inbox = opened(power, pages=chance.choice([3, 1000]))
        inbox.keep(sent)
        inbox.close()
        while not sealed(power, disk, chance, being_sealed):
            cuts += 1
            disk.reboot()
            disk.seen.pop("temporary", None)  # a file that has no name outlives no power cut
            assert kept_on(power, being_sealed) == [one.raw for one in sent]
        assert kept_on(power, being_sealed) == [one.raw for one in sent]
        assert not [name for name, held in disk.seen.items() if CANARY in held]
    print(f"{cuts} power cuts while sealing")
    assert cuts > 20


def test_a_weaker_database_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("attending.lake.inbox.SETTINGS", ("PRAGMA journal_mode = DELETE",))

    with pytest.raises(NotDurable):
        open_inbox(tmp_path)


def test_a_full_disk_is_refused_and_recovered_from(power, system):
    refused = 0
    for nth in range(1, 40):
        disk = system.disk = power.Disk(Random(nth))
        inbox = opened(power, pages=3)
        inbox.keep([arrived(0)])
        disk.writes, disk.full_at = 0, nth
        number = 0
        try:
            for number in range(1, 8):
                inbox.keep([arrived(number, b"x" * 2000)])
        except NotDurable:
            refused += 1
        disk.full, disk.full_at = False, 1 << 60

        inbox.keep([arrived(number, b"x" * 2000), arrived(99)])

        assert [one.control for one in inbox.messages("lab")] == [
            *(f"M{n}" for n in range(number + 1)),
            "M99",
        ]
        inbox.close()

    assert refused > 20
