"""What a load that was cut off left on the disk has an end, and nothing else is touched."""

from __future__ import annotations

import fcntl
import signal
import subprocess
import sys
import time
from types import SimpleNamespace

import pytest
from pyiceberg.catalog.sql import SqlCatalog

from attending.lake.clinical import leftover
from attending.lake.clinical.durable_io import path_of
from attending.lake.clinical.load import Loading
from attending.lake.clinical.store import ClinicalLake
from attending.lake.raw import RawFiles

DAY = 86_400
KILLED_AT = """\
import os, signal, sys
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from attending.lake.clinical import durable_io
from attending.lake.clinical.received import Batch, Received
from attending.lake.clinical.load import Loading
from attending.lake.clinical.store import ClinicalLake

store, nth = Path(sys.argv[1]), int(sys.argv[2])
closed = 0
whole = durable_io.Synced.close

def close(file):
    global closed
    closed += not file.closed
    whole(file)
    if closed == nth:
        os.kill(os.getpid(), signal.SIGKILL)

durable_io.Synced.close = close

def line(n):
    body = '{"resourceType":"Patient","id":"p%d-%d"}' % (nth, n)
    digest = sha256(body.encode()).hexdigest()
    return Received(n, 1, "Patient", f"p{nth}-{n}", body, digest, "upsert", None, "receipt")

with ClinicalLake.open(store) as lake:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    lake.load(Batch("ehr", "east", f"{nth:064x}", at), [line(n) for n in range(3)])
"""


def cut_off(store, nth):
    """Load three patients in a process that is killed once it has written its nth file."""
    ended = subprocess.run([sys.executable, "-c", KILLED_AT, str(store), str(nth)], check=False)
    return ended.returncode == -signal.SIGKILL


def lying(store):
    tables = store / "lake" / "tables"
    return {path for path in tables.rglob("*") if path.is_file()}


def named(store):
    """Give the files that the tables name, as their library lists them."""
    folder = store / "lake"
    catalog = SqlCatalog(
        "attending",
        uri=f"sqlite:///{folder / 'catalog.db'}",
        **{"py-io-impl": "attending.lake.clinical.durable_io.DurableIO"},
        warehouse=f"file://{folder / 'tables'}",
    )
    found = set()
    for name in catalog.list_tables("clinical"):
        table = catalog.load_table(name)
        found |= {table.metadata_location, *(e.metadata_file for e in table.metadata.metadata_log)}
        for snapshot in table.snapshots():
            found.add(snapshot.manifest_list)
            for manifest in snapshot.manifests(table.io):
                found.add(manifest.manifest_path)
                entries = manifest.fetch_manifest_entry(table.io, discard_deleted=False)
                found |= {entry.data_file.file_path for entry in entries}
    catalog.close()
    return {path_of(location, folder / "tables") for location in found}


@pytest.fixture
def tomorrow(monkeypatch):
    """Let it be some days later than what was written just now."""

    def later(days=1):
        now = time.time() + days * DAY
        monkeypatch.setattr(leftover, "time", SimpleNamespace(time=lambda: now))

    return later


def test_wherever_a_load_is_killed_what_it_left_is_gone_a_day_later_and_all_rows_are_there(
    tmp_path, tomorrow
):
    killed = [nth for nth in range(1, 18, 2) if cut_off(tmp_path, nth)]
    assert len(killed) > 5
    left = lying(tmp_path) - named(tmp_path)
    assert {path.suffix for path in left} == {".parquet", ".avro", ".json"}

    with ClinicalLake.open(tmp_path) as lake:
        before = lake.rows(lake.table("resource").order_by("received"))
        lake.compact()
        assert lying(tmp_path) >= left, "none of them is a day old"
        tomorrow()
        lake.compact("resource")
        assert lake.rows(lake.table("resource").order_by("received")) == before
    assert lying(tmp_path) == named(tmp_path)
    assert not cut_off(tmp_path, 10**6), "and the next load is as any other"


def test_files_that_an_older_snapshot_names_stay(tmp_path, tomorrow, send, lake, observation):
    for n in range(4):
        send(observation(f"o{n}", n))
    lake.compact()
    send(observation("o9", 9))
    there = {path for path in lying(tmp_path) if path.suffix != ".json"}
    assert len(there) > 10
    (tmp_path / "lake" / "swept").unlink()
    tomorrow(400)
    lake.compact("batch")
    assert lying(tmp_path) >= there
    assert lying(tmp_path) == named(tmp_path)


def test_a_store_in_which_nobody_looked_yet_is_looked_through_once(tmp_path, tomorrow):
    assert not cut_off(tmp_path, 10**6)
    swept = tmp_path / "lake" / "swept"
    assert swept.read_text() == "inf"
    swept.unlink()  # as an earlier release left it
    odd = tmp_path / "lake" / "tables" / "clinical" / "resource" / "data" / "left.parquet"
    odd.write_bytes(b"left")
    note = odd.with_name("note.txt")
    note.write_text("not ours")
    assert not cut_off(tmp_path, 10**6 + 1)
    assert odd.exists()
    assert swept.read_text() != "inf"

    tomorrow()
    with ClinicalLake.open(tmp_path) as lake:
        lake.compact("resource")
    assert not odd.exists()
    assert note.exists()
    assert swept.read_text() == "inf"


def test_a_raw_file_that_was_cut_off_is_gone_a_day_later_and_one_being_written_is_not(
    tmp_path, tomorrow
):
    assert not cut_off(tmp_path, 10**6)
    raw = tmp_path / "lake" / "raw"
    kept = RawFiles(raw).keep(b"whole")
    for name in (".abcd1234", ".x", ".DS_Store"):
        (raw / name).write_bytes(b"half")
    with ClinicalLake.open(tmp_path) as lake:
        lake.compact("resource")
        assert (raw / ".abcd1234").exists()
        tomorrow()
        lake.compact("resource")
        assert RawFiles(raw).has(kept)
    assert sorted(path.name for path in raw.glob(".*")) == [".DS_Store", ".x"]


def test_a_table_that_cannot_be_looked_through_loses_nothing_and_keeps_nobody_from_writing(
    tmp_path, tomorrow, monkeypatch
):
    assert cut_off(tmp_path, 3)
    left = lying(tmp_path)

    def fails(_):
        raise OSError("no such manifest")

    monkeypatch.setattr("attending.lake.clinical.iceberg._manifests", fails)
    tomorrow()
    with ClinicalLake.open(tmp_path) as lake:
        lake.append("check", [{"check": "once"}])
        assert lake.ever("check") == 1
    assert lying(tmp_path) >= left


def test_whoever_removes_must_hold_the_lock_that_a_running_load_holds_to_its_end(
    tmp_path, lake, send, observation, monkeypatch
):
    removed, loading = [], []

    def locked():
        with (tmp_path / "lake" / "lock").open("a") as file, pytest.raises(BlockingIOError):
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return True

    sweep, run = leftover._sweep, Loading.run
    monkeypatch.setattr(leftover, "_sweep", lambda *a: (removed.append(locked()), sweep(*a))[1])
    monkeypatch.setattr(Loading, "run", lambda *a: (run(*a), loading.append(locked()))[0])
    send(observation("o1", 1))
    assert (removed, loading) == ([True], [True])
