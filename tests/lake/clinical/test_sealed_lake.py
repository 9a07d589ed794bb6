"""A sealed lake answers as any other, holds nothing that can be read, and loses nothing."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from attending.errors import ProofFailed, Refused
from attending.fhir.view import view
from attending.ingest.feed import Hints
from attending.ingest.feeds.fhir_ndjson import fhir_ndjson
from attending.lake import at_rest
from attending.lake.at_rest import DECLARED, VARIABLE, seal_lake
from attending.lake.clinical.received import Batch
from attending.lake.clinical.store import ClinicalLake

CANARY = "canary-5f0a"
VALUES = view(
    {
        "name": "values",
        "resource": "Observation",
        "select": [{"column": [{"name": "id", "path": "id"},
                               {"name": "value", "path": "value.ofType(integer)"},
                               {"name": "code", "path": "code.coding.code.first()"}]}],
    }
)  # fmt: skip


def lines(*values, day=1):
    told = ({"resourceType": "Observation", "id": f"{CANARY}-{n}", "status": "final",
             "code": {"coding": [{"code": f"{CANARY}-code"}]}, "valueInteger": value,
             "meta": {"lastUpdated": f"2026-01-{day:02}T00:00:00Z"}}
            for n, value in enumerate(values))  # fmt: skip
    return b"\n".join(json.dumps(each).encode() for each in told)


def load(store, raw):
    with ClinicalLake.open(store) as lake:
        name = lake.raw.keep(raw)
        batch = Batch("ehr", "east", name, datetime(2026, 3, 1, tzinfo=UTC))
        loaded = lake.load(batch, fhir_ndjson(lake.raw.pieces(name), Hints(known="")))
        lake.materialize(VALUES)
        return name, loaded


def told(store):
    """Give everything a lake says of what it holds, by each way of reading it."""
    with ClinicalLake.open(store) as lake:
        rows = lake.rows(lake.view("values"))
        found = sorted((r["id"], r["value"], r["code"]) for r in rows)
        held = sorted(json.loads(r["body"])["valueInteger"] for r in lake.rows(lake.current()))
        raws = sorted(r["digest"] for r in lake.rows(lake.table("raw")))
        for each in raws:
            lake.raw.check(each)
        sliced = [lake.raw.slice(each, 5, 40) for each in raws]
        return found, held, raws, sliced, [lake.raw.size(each) for each in raws]


def readable(store):
    """Name the files in which the canary can be read, or that look like what they are."""
    marks = (CANARY.encode(), b"PAR1", b"Observation")
    return [
        str(p.relative_to(store))
        for p in (store / "lake").rglob("*")
        if p.is_file() and p.name != "catalog.db" and any(m in p.read_bytes() for m in marks)
    ]


def tell_story(store):
    load(store, lines(*range(300)))
    load(store, lines(7, *range(1, 300), day=2))
    with ClinicalLake.open(store) as lake:
        lake.compact()
    load(store, lines(7, *range(1, 300), day=2))
    return told(store)


def test_a_sealed_lake_answers_as_any_other_and_nothing_in_it_can_be_read(tmp_path, key):
    plain = tell_story(tmp_path / "plain")
    (tmp_path / "sealed").mkdir()
    assert seal_lake(tmp_path / "sealed" / "lake", key("one")) == 0
    sealed = tell_story(tmp_path / "sealed")

    assert sealed == plain
    assert len(sealed[1]) == 300
    assert len(readable(tmp_path / "plain")) > 5
    assert readable(tmp_path / "sealed") == []
    assert key("one").read_bytes() not in (tmp_path / "sealed/lake" / DECLARED).read_bytes()


def test_a_lake_is_sealed_as_it_stands_and_its_key_is_changed_with_nothing_lost(tmp_path, key):
    before = tell_story(tmp_path)
    assert seal_lake(tmp_path / "lake", key("one")) > 10
    assert readable(tmp_path) == []
    assert told(tmp_path) == before
    assert seal_lake(tmp_path / "lake", key("one")) == 0

    assert seal_lake(tmp_path / "lake", key("two")) > 10
    key("one").unlink()
    assert told(tmp_path) == before
    _, loaded = load(tmp_path, lines(7, *range(1, 300), day=2))
    assert loaded.rows == 0
    assert readable(tmp_path) == []


def test_an_interrupted_change_of_key_loses_nothing_and_goes_on(tmp_path, key, monkeypatch):
    before = tell_story(tmp_path)
    for name in ("one", "two"):
        again, n = at_rest.write_anew, 0

        def cut(*given, again=again):
            nonlocal n
            n += 1
            if n == 4:
                raise OSError(5, "the disk went away")
            again(*given)

        monkeypatch.setattr(at_rest, "write_anew", cut)
        with pytest.raises(OSError, match="went away"):
            seal_lake(tmp_path / "lake", key(name))
        monkeypatch.undo()
        assert told(tmp_path) == before
        load(tmp_path, lines(7, *range(1, 300), day=2))
        assert seal_lake(tmp_path / "lake", key(name)) > 1
        assert readable(tmp_path) == []
        assert told(tmp_path) == before


def test_a_key_that_is_wanting_or_another_refuses_the_lake_and_changes_nothing(
    tmp_path, key, monkeypatch
):
    load(tmp_path, lines(1, 2))
    seal_lake(tmp_path / "lake", key("one"))
    before, there = told(tmp_path), key("one").read_bytes()
    files = sorted((p, p.stat().st_size) for p in (tmp_path / "lake").rglob("*") if p.is_file())

    key("one").unlink()
    with pytest.raises(Refused, match="key cannot be read"):
        load(tmp_path, lines(1, 2, 3))
    key("one")  # another, in its place
    with pytest.raises(Refused, match="sealed with key"):
        load(tmp_path, lines(1, 2, 3))
    key("one").chmod(0o644)
    with pytest.raises(Refused, match="others may read"):
        told(tmp_path)
    assert files == sorted(
        (p, p.stat().st_size) for p in (tmp_path / "lake").rglob("*") if p.is_file()
    )

    elsewhere = key("moved")
    elsewhere.write_bytes(there)
    monkeypatch.setenv(VARIABLE, str(elsewhere))
    assert told(tmp_path) == before
    with pytest.raises(Refused, match="inside the store"):
        seal_lake(tmp_path / "lake", tmp_path / "lake" / "own.key")


def test_without_its_key_a_lake_is_given_no_new_one_and_opens_when_the_key_is_back(
    tmp_path, key, monkeypatch
):
    load(tmp_path, lines(1, 2))
    seal_lake(tmp_path / "lake", key("one"))
    before, declared = told(tmp_path), (tmp_path / "lake" / DECLARED).read_bytes()

    key("one").rename(tmp_path / "moved")
    with pytest.raises(Refused, match="key cannot be read") as refused:
        seal_lake(tmp_path / "lake", key("two"))
    assert f"accepted: {VARIABLE}=FILE" in str(refused.value)
    assert (tmp_path / "lake" / DECLARED).read_bytes() == declared
    monkeypatch.setenv(VARIABLE, str(tmp_path / "moved"))
    assert told(tmp_path) == before


def test_where_the_variable_names_the_key_it_is_changed_as_well(tmp_path, key, monkeypatch):
    load(tmp_path, lines(1, 2))
    seal_lake(tmp_path / "lake", key("one"))
    before = told(tmp_path)
    moved = key("one").rename(tmp_path / "moved")

    monkeypatch.setenv(VARIABLE, str(moved))
    assert seal_lake(tmp_path / "lake", key("two")) > 1
    moved.unlink()
    monkeypatch.delenv(VARIABLE)
    assert told(tmp_path) == before


def test_a_change_of_key_that_broke_off_goes_on_where_only_the_variable_knew_the_old_key(
    tmp_path, key, monkeypatch
):
    load(tmp_path, lines(1, 2))
    seal_lake(tmp_path / "lake", key("one"))
    before = told(tmp_path)
    monkeypatch.setenv(VARIABLE, str(key("one").rename(tmp_path / "moved")))

    def cut(*_):
        raise OSError(5, "the disk went away")

    with monkeypatch.context() as broken:
        broken.setattr(at_rest, "write_anew", cut)
        with pytest.raises(OSError, match="went away"):
            seal_lake(tmp_path / "lake", key("two"))
    assert told(tmp_path) == before
    monkeypatch.delenv(VARIABLE)
    assert told(tmp_path) == before
    assert seal_lake(tmp_path / "lake", key("two")) > 1
    assert told(tmp_path) == before


def test_the_variable_that_names_the_lakes_key_shuts_no_exports_that_have_their_own(
    tmp_path, key, monkeypatch
):
    (tmp_path / "there").mkdir()
    (tmp_path / "there" / "a.ndjson").write_bytes(lines(1))
    seal_lake(tmp_path / "there", key("own"))

    monkeypatch.setenv(VARIABLE, str(key("one")))
    file = tmp_path / "there" / "a.ndjson"
    with at_rest.at_rest(file).reading(file) as found:
        assert found.read() == lines(1)


def test_threads_that_read_one_sealed_table_together_get_each_what_it_asked_for(tmp_path, key):
    content = bytes(range(256)) * 1000
    (tmp_path / "lake" / "raw").mkdir(parents=True)
    (tmp_path / "lake" / "raw" / "f").write_bytes(content)
    seal_lake(tmp_path / "lake", key("one"))
    lent = []
    there = at_rest.AtRest(tmp_path / "lake")
    there.lend(SimpleNamespace(register_filesystem=lent.append, execute=lent.append))

    with (
        closing(lent[0].open(there.readable(tmp_path / "lake" / "raw" / "f"), "rb")) as file,
        ThreadPoolExecutor(1) as another,
    ):
        file.seek(100)
        another.submit(file.seek, 200_000).result()  # between what DuckDB does in two steps
        assert file.read(50) == content[100:150]
        assert another.submit(file.read, 50).result() == content[200_000:200_050]


def test_a_file_put_in_the_place_of_a_sealed_one_is_not_taken(tmp_path, key):
    (tmp_path / "lake").mkdir()
    seal_lake(tmp_path / "lake", key("one"))
    name, _ = load(tmp_path, lines(1, 2))
    with ClinicalLake.open(tmp_path) as lake:
        path = lake.raw.path(name)
        path.write_bytes(lines(1, 2))
        with pytest.raises(ProofFailed, match="not sealed"):
            lake.raw.check(name)
