"""Every version is kept, the latest known holds, and what is said already writes nothing."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from pyiceberg.catalog.sql import SqlCatalog

from attending.errors import NoSuchName, Refused
from attending.lake.clinical.iceberg import Iceberg
from attending.lake.clinical.received import Aside, Batch, Received

T = ["2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z", "2026-01-03T00:00:00Z"]
AT = [datetime.fromisoformat(t) for t in T]


def written(folder):
    """Give every file of the lake with its size, but for those of whoever writes."""
    return {
        str(path): path.stat().st_size
        for path in folder.rglob("*")
        if path.is_file() and path.name not in ("lock", "swept")
    }


def in_view(lake, **asked):
    rows = lake.rows(lake.view("observed_values", **asked))
    return sorted((row["_id"], row["value"]) for row in rows)


def test_a_second_load_and_a_second_view_write_nothing_at_all(
    lake, send, observation, values_view, tmp_path
):
    bodies = [observation(f"o{n}", n, T[n % 3]) for n in range(200)]
    bodies += [b"{broken", observation("no-clock", 1)]
    first = send(*bodies)
    lake.materialize(values_view)
    before = written(tmp_path)

    second = send(*bodies)
    again = lake.materialize(values_view)

    assert (first.lines, first.new, first.parked) == (202, 201, {"not_json": 1})
    assert (second.lines, second.no_ops, second.rows) == (202, 201, 0)
    assert second.parked == {"not_json": 1}
    assert not second.changed
    assert (again.read, again.rows) == (0, 0)
    assert written(tmp_path) == before


def test_one_changed_one_deleted_one_late_are_three_changes(
    lake, send, observation, held, values_view
):
    bodies = [observation(f"o{n}", n, T[1]) for n in range(50)]
    send(*bodies)
    lake.materialize(values_view)
    then = (held(as_of=AT[1]), in_view(lake, as_of=AT[1]))

    late = observation("o2", -2, T[0])
    changed = [observation("o0", 100, T[2]), *bodies[1:2], late, *bodies[3:]]
    loaded = send(*changed)
    gone = Received(0, 1, "Observation", "o1", "", "", "delete", AT[2], "meta.lastUpdated")
    deleted = lake.load(Batch("ehr", "east", "d" * 64, AT[2] + timedelta(days=90)), [gone])
    lake.materialize(values_view)

    assert (loaded.corrected, loaded.late, loaded.no_ops, loaded.rows) == (1, 1, 48, 2)
    assert (deleted.deletes, deleted.rows) == (1, 1)
    assert held() == {"o0": 100} | {f"o{n}": n for n in range(2, 50)}
    assert in_view(lake) == sorted(held().items())
    assert (held(as_of=AT[1]), in_view(lake, as_of=AT[1])) == then
    assert held(as_of=AT[0]) == {"o2": -2}
    assert in_view(lake, as_of=AT[0]) == [("o2", -2)]


def test_what_two_sites_call_alike_are_two_things(lake, send, observation, held):
    send(observation("o1", 1), site="east")
    send(observation("o1", 2), site="west")

    assert held(site="east") == {"o1": 1}
    assert held(site="west") == {"o1": 2}


def test_a_resource_that_no_longer_gives_a_row_leaves_the_view(
    lake, send, observation, values_view
):
    send(observation("o1", 1, T[0]))
    lake.materialize(values_view)
    without = observation("o1", 1, T[1])
    del without["valueInteger"]
    send(without)
    lake.materialize(values_view)

    assert in_view(lake) == []
    assert in_view(lake, as_of=AT[0]) == [("o1", 1)]


def test_a_load_that_breaks_off_leaves_nothing_and_is_taken_in_whole_later(lake, observation, held):
    def told(n, *, breaks):
        for k in range(n):
            body = json.dumps(observation(f"o{k}", k))
            yield Received(k, 1, "Observation", f"o{k}", body, f"{k:064x}")
        if breaks:
            raise ConnectionError

    batch = Batch("ehr", "east", "a" * 64, AT[0])
    with pytest.raises(ConnectionError):
        lake.load(batch, told(20_000, breaks=True))
    assert held() == {}

    assert lake.load(batch, told(20_000, breaks=False)).new == 20_000
    assert len(held()) == 20_000


def test_a_crash_before_the_batch_is_told_of_loses_no_row_and_doubles_none(
    lake, send, observation, held, monkeypatch
):
    commit = Iceberg.commit

    def crashes(self, name, *rest):
        if name == "raw":
            raise OSError("full")
        commit(self, name, *rest)

    monkeypatch.setattr(Iceberg, "commit", crashes)
    with pytest.raises(OSError, match="full"):
        send(observation("o1", 1), observation("o2", 2), b"{broken")
    monkeypatch.undo()
    again = send(observation("o1", 1), observation("o2", 2), b"{broken")

    assert again.no_ops == 2
    assert held() == {"o1": 1, "o2": 2}
    assert len(lake.parked()) == 1


def test_a_batch_that_was_cut_off_before_its_own_row_gets_it_when_it_comes_again(
    lake, send, observation, monkeypatch
):
    bodies = [observation("o1", 1, "2026-02-01T00:00:00Z"), observation("o2", 2)]
    commit = Iceberg.commit

    def crashes(self, name, *rest):
        if name == "batch":
            raise OSError("full")
        commit(self, name, *rest)

    monkeypatch.setattr(Iceberg, "commit", crashes)
    with pytest.raises(OSError, match="full"):
        send(*bodies)
    monkeypatch.undo()
    assert lake.rows(lake.table("batch")) == []
    for _ in range(2):
        send(*bodies)

    [row] = lake.rows(lake.table("batch"))
    assert (row["lines"], row["from"].month, row["to"] > row["from"]) == (2, 2, True)
    send(*bodies, b"")  # other bytes that say the same are no batch of their own
    assert len(lake.rows(lake.table("batch"))) == 1


def test_what_one_sender_s_bytes_came_to_says_nothing_of_another_s(lake, send, tmp_path):
    bodies = [b"{broken", b"[]"]
    for site in ("east", "west"):
        assert send(*bodies, site=site).newly_parked == 2
    before = written(tmp_path)
    for site in ("east", "west"):
        assert not send(*bodies, site=site).changed
    assert written(tmp_path) == before
    assert sorted(each.site for each in lake.parked()) == ["east", "east", "west", "west"]


def test_what_fails_at_another_stage_is_set_aside_once_and_released_whole(lake):
    batch = Batch("ehr", "east", "a" * 64, AT[0])
    for stage, reason in (("decode", "not_json"), ("shape", "no_id")):
        lake.load(batch, [Aside(0, 9, stage, reason)])
        assert [(each.stage, each.reason) for each in lake.parked()] == [(stage, reason)]
    lake.load(batch, [Received(0, 9, "Patient", "a", "{}", "0" * 64)])
    assert lake.parked() == []


def test_compaction_changes_files_and_no_row(lake, send, observation):
    for n in range(6):
        send(*(observation(f"o{n}-{k}", k, T[k % 3]) for k in range(20)))
    columns = lake.table("resource").schema().names
    before = sorted(tuple(row[c] for c in columns) for row in lake.rows(lake.table("resource")))

    was, now = lake.compact("resource")["resource"]

    rows = lake.rows(lake.table("resource"))
    assert (was, now) == (6, 1)
    assert len(lake.files("resource")) == 1
    assert sorted(tuple(row[c] for c in columns) for row in rows) == before
    assert send(observation("o0-0", 0, T[0])).no_ops == 1


def test_another_reader_of_iceberg_finds_the_same_rows_divided_as_promised(
    lake, send, observation, tmp_path
):
    send(observation("a", 1, "2026-01-31T23:59:59Z"), observation("b", 2, "2026-02-01T00:00:00Z"))
    catalog = SqlCatalog("attending", uri=f"sqlite:///{tmp_path / 'lake' / 'catalog.db'}")
    table = catalog.load_table("clinical.resource")
    found = table.scan(selected_fields=("id", "known_at")).to_arrow().to_pylist()

    assert sorted(row["id"] for row in found) == ["a", "b"]
    assert [f.name for f in table.spec().fields] == ["type", "site", "known_at_month"]
    february = table.scan(row_filter="known_at >= '2026-02-01T00:00:00+00:00'")
    assert len(list(february.plan_files())) == 1


def test_a_raw_file_stays_the_bytes_that_every_row_names(lake, send, observation):
    send(observation("o1", 1), b"  ", observation("o2", 2))

    for row in lake.rows(lake.table("resource")):
        there = lake.raw.slice(row["raw"], row["offset"], row["length"])
        assert there.decode() == row["body"]


def test_a_name_that_is_no_table_and_a_column_that_is_none_are_refused(lake):
    with pytest.raises(NoSuchName, match="did you mean 'resource'"):
        lake.table("resources")
    with pytest.raises(NoSuchName, match="did you mean 'rule'"):
        lake.append("person", [{"rules": "x"}])
    with pytest.raises(Refused):
        lake.append("resource", [{"id": "x"}])
    assert lake.rows(lake.table("person")) == []
    assert lake.append("person", [{"site": "east", "known_at": datetime(2026, 1, 1, tzinfo=UTC)}])
    assert [row["site"] for row in lake.rows(lake.table("person"))] == ["east"]
