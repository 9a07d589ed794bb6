"""A lake's files are found where they lie, whatever folder it was begun from or lay in before."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from attending.ingest.feed import Hints
from attending.ingest.feeds.fhir_ndjson import fhir_ndjson
from attending.lake.clinical.received import Batch
from attending.lake.clinical.store import ClinicalLake

DAY_ONE = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def send_on(observation):
    def sent(lake, day, values):
        lines = [json.dumps(observation(name, n)).encode() for name, n in values.items()]
        raw = lake.raw.keep(b"\n".join(lines))
        batch = Batch("ehr", "east", raw, DAY_ONE + timedelta(days=day))
        return lake.load(batch, fhir_ndjson(lake.raw.pieces(raw), Hints(known="")))

    return sent


def in_view(lake):
    return sorted((row["_id"], row["value"]) for row in lake.rows(lake.view("observed_values")))


def test_a_lake_is_read_from_another_folder_than_it_was_begun_from(
    tmp_path, monkeypatch, send_on, values_view
):
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path)
    with ClinicalLake.open(Path("store")) as begun:
        send_on(begun, 0, {"o1": 1, "o2": 2})
    monkeypatch.chdir("elsewhere")
    with ClinicalLake.open(Path("../store")) as again:
        send_on(again, 1, {"o2": 2, "o3": 3})
        again.materialize(values_view)

        assert in_view(again) == [("o1", 1), ("o2", 2), ("o3", 3)]


def test_a_lake_that_was_moved_is_read_and_written_where_it_lies_now(
    tmp_path, send_on, values_view
):
    with ClinicalLake.open(tmp_path / "here") as begun:
        send_on(begun, 0, {"o1": 1, "o2": 2})
        begun.materialize(values_view)
    (tmp_path / "here").rename(tmp_path / "there")
    with ClinicalLake.open(tmp_path / "there") as moved:
        send_on(moved, 1, {"o3": 3})
        moved.materialize(values_view)
        moved.compact()

        assert in_view(moved) == [("o1", 1), ("o2", 2), ("o3", 3)]
    assert not (tmp_path / "here").exists()
