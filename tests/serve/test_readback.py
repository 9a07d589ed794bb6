"""A suspension is done when the gateway has read it back, and a rollback when it can serve it."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from attending.facts.snapshot import Exposure
from attending.serve.readback import Watch, put_snapshot


@pytest.fixture
def watched(open_door, tmp_path):
    door = open_door()
    return door, Watch(door.gateway, tmp_path / "snapshot.json"), tmp_path / "snapshot.json"


def put(path, making, entries, seq):
    put_snapshot(path, making.snapshot(entries, making.now, 30, seq))


def entry(mode="live", release="r1", site="alder"):
    return Exposure("kidney_watch", site, "*", release, mode)


def look(door, watch):
    async def go():
        taken = watch.look()
        await asyncio.sleep(0.01)
        return taken

    return door.run(go())


def test_taking_a_snapshot_is_read_back_by_number(watched, making):
    door, watch, path = watched
    put(path, making, [entry("suspended")], 5)
    assert look(door, watch)
    (fact,) = [f for f in door.pen.facts if f.kind == "acted"]
    assert fact.body == {"type": "read_back/1", "gateway": "g1", "seq": 5, "not_loaded": []}
    assert not look(door, watch), "the same file is not taken twice"


def test_nothing_that_is_shown_later_comes_before_the_read_back(watched, making):
    door, watch, path = watched
    put(path, making, [entry("live")], 5)

    async def go():
        watch.look()
        async with door.client() as client:
            await client.post("/cds-services/kidney_watch", json=making.question())

    door.run(go())
    assert [f.kind for f in door.pen.facts] == ["acted", "served"]


def test_a_fault_in_reading_the_ledger_stops_no_suspension(watched, making, monkeypatch):
    door, watch, path = watched

    def broken(entries):
        raise OSError("the disk is gone")

    monkeypatch.setattr(door.parts.cases, "count", broken)
    put(path, making, [entry("suspended")], 5)
    assert look(door, watch)
    assert door.pen.bodies("acted")[0]["seq"] == 5


def test_a_rollback_to_what_is_not_loaded_is_not_read_back_as_done(watched, making):
    door, watch, path = watched
    put(path, making, [entry(release="r0"), entry(release="r9", site="elsewhere")], 5)
    look(door, watch)
    (body,) = door.pen.bodies("acted")
    assert body["not_loaded"] == [["kidney_watch", "r0"]]


def test_a_lower_number_changes_nothing(watched, making):
    door, watch, path = watched
    put(path, making, [entry("suspended")], 5)
    look(door, watch)
    put(path, making, [entry("live")], 4)
    assert not look(door, watch)
    assert door.parts.exposures.seq == 5
    assert door.parts.tally.count("snapshots_refused") == 1


@pytest.mark.parametrize("junk", [b"", b"{", b'{"schema":"snapshot/2"}', b"[]", b'{"seq":9}'])
def test_a_file_that_is_no_snapshot_leaves_the_last_one(watched, making, junk):
    door, watch, path = watched
    path.write_bytes(junk)
    assert not look(door, watch)
    assert len(door.cards()) == 1


def test_a_renewed_lease_is_taken_and_said_only_now_and_then(watched, making):
    door, watch, path = watched
    for seq in range(5, 12):
        put(path, making, [entry()], seq)
        assert look(door, watch)
        door.parts.clock.advance(timedelta(seconds=10))
    assert door.parts.exposures.seq == 11
    assert [b["seq"] for b in door.pen.bodies("acted")] == [5, 8, 11]


def test_a_read_back_that_could_not_be_written_is_written_when_it_can(watched, making):
    door, watch, path = watched
    door.pen.mode = "full"
    put(path, making, [entry("suspended")], 5)
    assert look(door, watch)
    assert door.parts.exposures.seq == 5, "the suspension does not wait for its record"
    door.pen.mode = "writes"
    door.wait(lambda: door.pen.bodies("acted"))


def test_a_running_watch_puts_a_suspension_in_force(watched, making):
    door, watch, path = watched

    async def go():
        task = asyncio.create_task(watch.run())
        await asyncio.sleep(0.05)
        put(path, making, [entry("suspended")], 5)
        async with asyncio.timeout(10):
            while door.parts.exposures.seq < 5:  # noqa: ASYNC110  it waits for a file to be seen
                await asyncio.sleep(0.005)
        task.cancel()

    door.run(go())
