"""What an engineer types to take clinical data in, and what the ledger then says."""

from __future__ import annotations

import gzip
import json
import sys
from datetime import datetime

import pytest

from attending.cli import main
from attending.cli.speaking import progress
from attending.ingest import feed
from attending.lake.clinical.store import ClinicalLake
from attending.ledger.open_reader import open_reader

LINES = [
    {"resourceType": "Patient", "id": "p1"},
    {"resourceType": "Goal", "id": "g1", "subject": {"reference": "Patient/p1"}},
    {"resourceType": "Goal", "id": "g2", "subject": {"reference": "Patient/p2"}},
]


@pytest.fixture
def typed(monkeypatch, capsys, tmp_path):
    def run(*words):
        words = ["attending", "ingest", *map(str, words), "--store", str(tmp_path / "l")]
        monkeypatch.setattr(sys, "argv", words)
        with pytest.raises(SystemExit) as left:
            main()
        out, err = capsys.readouterr()
        return left.value.code, out, err

    return run


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "export.ndjson.gz"
    raw = b"\n".join(json.dumps(line).encode() for line in LINES) + b'\n{"resourceType"'
    path.write_bytes(gzip.compress(raw))
    return path


OWN = ("--site", "east", "--source", "ehr_export", "-o", "json")


def facts(tmp_path):
    reader = open_reader(tmp_path / "l")
    try:
        return [each.fact for each in reader.entries()]
    finally:
        reader.close()


def test_the_same_file_twice_says_and_stores_nothing_new(typed, file, tmp_path):
    code, out, _ = typed(file, *OWN)
    [first] = json.loads(out)["files"]
    [told] = facts(tmp_path)
    _, out, _ = typed(file, *OWN)
    [second] = json.loads(out)["files"]

    assert code == 0
    assert (first["lines"], first["new"], first["parked"]) == (4, 3, {"not_json": 1})
    assert [each["offset"] for each in first["set_aside"]] == [
        sum(len(json.dumps(line)) + 1 for line in LINES)
    ]
    assert (second["no_ops"], second["rows"]) == (3, 0)
    assert [each.body for each in facts(tmp_path)] == [told.body]
    with ClinicalLake.open(tmp_path / "l") as lake:
        assert lake.raw.has(told.body["raw"])
        lake.raw.check(told.body["raw"])
        assert lake.references(site="east") == (2, 2, 1, 0)


def test_no_fact_holds_a_name_or_a_value_from_a_resource(typed, file, tmp_path):
    typed(file, *OWN)

    said = json.dumps([each.body for each in facts(tmp_path)])
    assert not any(name in said for name in ("p1", "g1", "Goal", "Patient"))


def test_what_was_set_aside_is_read_after_a_fix_and_released_once(typed, file):
    with pytest.MonkeyPatch.context() as before_the_fix:
        before_the_fix.setattr(feed, "RESOURCE_TYPES", frozenset({"Patient"}))
        typed(file, *OWN)
    _, out, _ = typed("parked", "--reason", "unknown_type", "-o", "json")
    waiting = json.loads(out)["parked"]
    [again] = json.loads(typed("rerun", "-o", "json")[1])["files"]
    [third] = json.loads(typed("rerun", "-o", "json")[1])["files"]
    still = json.loads(typed("parked", "-o", "json")[1])["parked"]

    assert [each["path"] for each in waiting] == ["resourceType"] * 2
    assert (again["released"], again["rows"], again["parked"]) == (2, 2, {"not_json": 1})
    assert (third["released"], third["rows"]) == (0, 0)
    assert [each["reason"] for each in still] == ["not_json"]


def test_a_feed_is_read_strictly_and_what_is_missing_is_asked_for(typed, file, tmp_path):
    spec = tmp_path / "feed.yaml"
    spec.write_text("kind: Feed\nname: ehr\nsite: east\nformat: fhir_ndjson\nknwon: issued\n")

    code, _, err = typed(file, "--feed", spec)
    assert code == 1
    assert "feed.yaml:5" in err
    assert "known" in err
    code, _, err = typed(file, "--site", "east")
    assert code == 1
    assert "--source" in err
    code, _, err = typed(file, "--feed", spec, "--site", "east")
    assert code == 1
    assert "--feed alone" in err


def test_what_is_mistyped_is_told_with_what_would_be_accepted_and_nothing_is_begun(
    typed, file, tmp_path
):
    sheet = tmp_path / "table.csv"
    sheet.write_text("a,b\n")
    asked = [
        ([tmp_path / "absent.ndjson", *OWN], "no such file"),
        ([file, tmp_path, *OWN], "DIR/*.ndjson.gz"),
        ([file, sheet, *OWN], "--format fhir_bundle"),
        ([file, "--site", "east", "--source", "EHR export"], "such as aki_alert"),
        ([file, *OWN, "--known", "Period End"], "such as issued or period.end"),
        (["parked"], "there is no ledger here"),
    ]
    for words, said in asked:
        code, _, err = typed(*words)
        assert code == 1
        assert said in err
    assert not (tmp_path / "l").exists()


def test_an_element_that_no_resource_has_is_told_and_not_taken_for_a_clock(typed, tmp_path):
    path = tmp_path / "one.ndjson"
    path.write_text(
        '{"resourceType": "Observation", "id": "o", "issued": "2026-10-13T05:00:00Z"}\n'
    )
    own = ("--site", "east", "--source", "ehr_export")
    _, misspelled, _ = typed(path, *own, "--known", "isued")
    _, named, _ = typed(path, *own, "--known", "issued")
    assert "became known by isued: is it spelled so?" in misspelled
    assert "known by issued: 1" in named
    assert "is it spelled so" not in named


def test_a_reason_that_is_none_is_refused_and_not_taken_for_nothing_found(typed, file):
    typed(file, *OWN)

    code, _, err = typed("parked", "--reason", "not_jsn")

    assert code == 1
    assert "did you mean 'not_json'" in err


def test_a_long_load_says_how_far_it_is_and_stdout_stays_data(typed, file, tmp_path, monkeypatch):
    monkeypatch.setattr(progress, "LINE_EVERY", -1.0)
    plain = tmp_path / "plain.ndjson"
    plain.write_bytes(json.dumps({"resourceType": "Patient", "id": "p", "x": "y" * 2**21}).encode())

    _, out, err = typed(file, plain, *OWN)

    assert len(json.loads(out)["files"]) == 2
    lines = err.splitlines()
    assert len(lines) > 3
    assert all(line.startswith("taking in: ") for line in lines)
    assert all("MB/s, about " in line for line in lines[:-1])
    assert "1.0 of 2.1 MB" in lines[1]
    assert "2.1 of 2.1 MB" in lines[-1]


def test_help_after_a_command_is_that_command_s(typed):
    assert "--known" in typed("files", "--help")[1]
    assert "--reason" in typed("parked", "--help")[1]


def test_small_files_are_written_together_and_what_held_at_any_moment_stays(typed, tmp_path):
    path, moments = tmp_path / "goals.ndjson", ["2026-03-01", "2026-03-02", "2026-03-03"]
    for n, day in enumerate(moments):
        goal = LINES[1] | {"meta": {"lastUpdated": f"{day}T00:00:00Z"}, "note": [{"text": str(n)}]}
        path.write_text(json.dumps(goal) + "\n", "utf-8")
        assert typed(path, *OWN)[0] == 0

    def held():
        with ClinicalLake.open(tmp_path / "l") as lake:
            at = [datetime.fromisoformat(f"{day}T12:00:00Z") for day in moments]
            return [lake.rows(lake.as_of(moment)) for moment in at], len(lake.files("resource"))

    rows, n_files = held()
    code, out, _ = typed("compact", "-o", "json")
    told = {each["table"]: each for each in json.loads(out)["tables"]}

    assert code == 0
    assert told["resource"] == {"table": "resource", "files_before": 3, "files": 1}
    assert (n_files, held()) == (3, (rows, 1))
    assert [len(each) for each in rows] == [1, 1, 1]
    assert len({each[0]["version"] for each in rows}) == 3
    assert "resource: 1 file, now 1" in typed("compact")[1]


def test_where_no_lake_is_none_is_begun_by_writing_files_together(typed, tmp_path):
    code, _, err = typed("compact")

    assert (code, (tmp_path / "l").exists()) == (1, False)
    assert "no clinical lake here" in err
