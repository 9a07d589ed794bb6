"""A history's views tell how many versions they read, and which way."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime

from attending.admit import admit
from attending.cli.replay import recorded_source
from attending.lake.clinical import views
from attending.lake.clinical.store import ClinicalLake
from attending.loops.data.history import take_history


def test_a_history_tells_of_every_view_how_many_versions_took_which_way(
    data, root, tmp_path, monkeypatch
):
    files = tmp_path / "files"
    files.mkdir()
    for name in ("MimicEncounter", "MimicPatient"):
        with gzip.open(data / "mimic-iv-fhir-demo" / f"{name}.ndjson.gz") as lines:
            (files / f"{name}.ndjson").write_bytes(b"".join(lines))
    folder = admit(root / "usecases" / "death_in_hospital")
    monkeypatch.setattr(views, "FEWEST", 200)  # of 275 encounters and 100 patients
    with ClinicalLake.open(tmp_path / "store") as lake:
        at = datetime(2026, 3, 1, tzinfo=UTC)
        taken = take_history(lake, folder, recorded_source(folder), files, at=at)
    told = {each.view: (each.alike, each.by_query, each.one_at_a_time) for each in taken.views}
    assert {*told} == {*folder.views}
    assert told["stays"] == told["departures"] == (225, 0, 50)  # 50 are like too few others
    assert told["patients"] == (0, 0, 100)
    assert len(taken.cases.rows) == 275
