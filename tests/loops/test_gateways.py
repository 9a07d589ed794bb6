"""Gateways in other processes are told by a file and read back from the ledger."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest

from attending import shapes
from attending.clock import ReplayClock, stamp
from attending.facts.fact import By, Fact
from attending.facts.snapshot import Exposure, Snapshot
from attending.ledger.open_ledger import open_ledger
from attending.loops import gateways
from attending.loops.gateways import SnapshotFile, one_at_a_time

NOW = datetime(2026, 10, 13, 8, tzinfo=UTC)


@pytest.fixture
def ledger(tmp_path):
    reader, pen = open_ledger(tmp_path)
    yield reader, pen
    pen.close()
    reader.close()


class Passing:
    """A clock that goes on only while somebody waits, so that no busy machine decides a test."""

    def __init__(self):
        self.passed = 0.0

    def monotonic(self):
        return self.passed

    def sleep(self, seconds):
        self.passed += seconds


@pytest.fixture
def passing(monkeypatch):
    made = Passing()
    monkeypatch.setattr(gateways, "time", made)
    return made


def heard(pen, name, seq, at=NOW):
    body = {"type": "read_back/1", "gateway": name, "seq": seq}
    key = f"gateway/{name}/{seq}/read_back"
    pen.append([Fact(kind="acted", key=key, at=stamp(at), by=By(person=name), body=body)])


def snapshot(seq, mode="suspended"):
    entries = (Exposure("falls", "Alder", "*", "r1", mode),)
    until = stamp(NOW + timedelta(seconds=30))
    return Snapshot(seq=seq, made_at=stamp(NOW), valid_until=until, entries=entries)


def test_a_change_is_waited_for_until_each_gateway_has_read_it_back(ledger, tmp_path):
    reader, pen = ledger
    heard(pen, "g1", 3)
    file = SnapshotFile(tmp_path / "snapshot.json", reader, ReplayClock(NOW))
    soon = threading.Timer(0.1, lambda: heard(pen, "g1", 5))
    soon.start()
    assert file.push(snapshot(5)) == {"g1": 5}
    soon.join()
    assert shapes.decode((tmp_path / "snapshot.json").read_bytes(), Snapshot).seq == 5
    assert file.latest() == 5


def test_one_that_does_not_read_back_is_named_after_a_second(ledger, tmp_path, passing):
    reader, pen = ledger
    heard(pen, "g1", 3)
    heard(pen, "gone", 2, at=NOW - timedelta(minutes=5))
    file = SnapshotFile(tmp_path / "snapshot.json", reader, ReplayClock(NOW))
    assert file.push(snapshot(5)) == {"g1": None}
    assert passing.passed == pytest.approx(1.0, abs=0.03), "a second, and one look at most"
    assert file.silent() == ("gone",)


def test_a_renewed_lease_is_not_waited_for(ledger, tmp_path, passing):
    reader, pen = ledger
    heard(pen, "g1", 5)
    file = SnapshotFile(tmp_path / "snapshot.json", reader, ReplayClock(NOW))
    file.push(snapshot(5))
    passing.passed = 0.0
    assert file.push(snapshot(6)) == {"g1": None}
    assert passing.passed == 0.0


def test_before_the_first_snapshot_numbers_go_on_from_what_was_heard(ledger, tmp_path):
    reader, pen = ledger
    file = SnapshotFile(tmp_path / "snapshot.json", reader, ReplayClock(NOW))
    assert file.latest() == -1
    heard(pen, "g1", 41)
    assert file.latest() == 41


def test_a_lock_is_waited_for_a_moment_and_then_passed(tmp_path, passing):
    path = tmp_path / "lock"
    entered = []
    with one_at_a_time(path):
        assert passing.passed == 0.0, "nobody held it"
        _enter(path, entered)
    assert entered == ["in"], "stopping is exempt from every lock"
    assert passing.passed == pytest.approx(0.25, abs=0.03)


def _enter(path, entered):
    with one_at_a_time(path):
        entered.append("in")
