"""Gateways in other processes are told by a file and read back from the ledger."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta

import pytest

from attending import shapes
from attending.clock import ReplayClock, stamp
from attending.facts.fact import By, Fact
from attending.facts.snapshot import Exposure, Snapshot
from attending.ledger.open_ledger import open_ledger
from attending.loops.gateways import SnapshotFile, one_at_a_time

NOW = datetime(2026, 10, 13, 8, tzinfo=UTC)


@pytest.fixture
def ledger(tmp_path):
    reader, pen = open_ledger(tmp_path)
    yield reader, pen
    pen.close()
    reader.close()


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


def test_one_that_does_not_read_back_is_named_after_a_second(ledger, tmp_path):
    reader, pen = ledger
    heard(pen, "g1", 3)
    heard(pen, "gone", 2, at=NOW - timedelta(minutes=5))
    file = SnapshotFile(tmp_path / "snapshot.json", reader, ReplayClock(NOW))
    started = time.monotonic()
    assert file.push(snapshot(5)) == {"g1": None}
    assert 0.9 < time.monotonic() - started < 3
    assert file.silent() == ("gone",)


def test_a_renewed_lease_is_not_waited_for(ledger, tmp_path):
    reader, pen = ledger
    heard(pen, "g1", 5)
    file = SnapshotFile(tmp_path / "snapshot.json", reader, ReplayClock(NOW))
    file.push(snapshot(5))
    started = time.monotonic()
    file.push(snapshot(6))
    assert time.monotonic() - started < 0.5


def test_before_the_first_snapshot_numbers_go_on_from_what_was_heard(ledger, tmp_path):
    reader, pen = ledger
    file = SnapshotFile(tmp_path / "snapshot.json", reader, ReplayClock(NOW))
    assert file.latest() == -1
    heard(pen, "g1", 41)
    assert file.latest() == 41


def test_a_lock_is_waited_for_a_moment_and_then_passed(tmp_path):
    path = tmp_path / "lock"
    entered = []
    with one_at_a_time(path):
        started = time.monotonic()
        other = threading.Thread(target=lambda: _enter(path, entered))
        other.start()
        other.join(5)
        waited = time.monotonic() - started
    assert entered == ["in"], "stopping is exempt from every lock"
    assert 0.2 < waited < 2


def _enter(path, entered):
    with one_at_a_time(path):
        entered.append("in")
