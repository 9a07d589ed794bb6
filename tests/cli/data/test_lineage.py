"""`attending lineage` takes in what tools tell, says what rests on what, and exits by it."""

from __future__ import annotations

import json
import shutil
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner

from attending.admit import admit
from attending.cli.data.lineage import lineage
from attending.cli.data.tracing import take as taking
from attending.cli.replay import recorded_source, run_history
from attending.errors import NoSuchName, ProofFailed, Refused
from attending.lake.seal_store import seal_store
from attending.ledger.key_file import key_in
from attending.ledger.open_reader import open_reader

READS = """
kind: Upstream
name: edw
source: history
site: teaching_hospital
tables:
  - {table: analytics.vitals, views: [heart_rates.rate], holds: [death_in_hospital]}
"""
NODES = {
    name: {"resource_type": "model", "name": name, "schema": "analytics",
           "depends_on": {"nodes": on}}
    for name, on in (("vitals", ["stg"]), ("stg", []), ("lone", []))
}  # fmt: skip
MANIFEST = {
    "metadata": {"dbt_schema_version": "https://schemas.getdbt.com/dbt/manifest/v12.json",
                 "project_name": "w", "generated_at": "2026-10-13T04:00:00Z"},
    "nodes": NODES,
}  # fmt: skip


@pytest.fixture(scope="module")
def declared(tmp_path_factory):
    """Give a store in which a use case is declared, over a history of one stay."""
    files, store = tmp_path_factory.mktemp("files"), tmp_path_factory.mktemp("store")
    stay = {"resourceType": "Encounter", "id": "e", "subject": {"reference": "Patient/p"},
            "identifier": [{"system": "http://mimic.mit.edu/fhir/mimic/identifier/encounter-hosp"}],
            "serviceProvider": {"reference": "Organization/ee172322-118b-5716-abbc-18e4c5437e15"},
            "period": {"start": "2020-03-01T12:00:00Z"}}  # fmt: skip
    (files / "all.ndjson").write_text(json.dumps(stay) + "\n", "utf-8")
    folder = admit(Path(__file__).resolve().parents[3] / "usecases" / "death_in_hospital")
    run_history(folder, recorded_source(folder), files, store)
    return store


@pytest.fixture
def run(declared, tmp_path):
    store = Path(shutil.copytree(declared, tmp_path / "store"))
    (tmp_path / "reads.yaml").write_text(READS, "utf-8")

    def ran(*asked):
        found = CliRunner().invoke(lineage, [*asked, "--store", str(store), "-o", "json"])
        if found.exception is not None and not isinstance(found.exception, SystemExit):
            raise found.exception
        return found.exit_code, json.loads(found.stdout)

    ran.at = tmp_path
    return ran


def told(path, stg, at="2026-10-13T05:00:00Z"):
    path.mkdir(exist_ok=True)
    results = [{"unique_id": name, "status": status, "timing": [{"completed_at": at}]}
               for name, status in (("vitals", "success"), ("stg", stg))]  # fmt: skip
    for name, content in (
        ("manifest", MANIFEST),
        ("run_results", {"metadata": {"generated_at": at}, "results": results}),
    ):
        (path / f"{name}.json").write_text(json.dumps(content), "utf-8")
    return str(path)


def test_a_failure_upstream_is_exit_four_and_nothing_is_taken_twice(run):
    reads = ("--reads", str(run.at / "reads.yaml"))
    assert run("take", told(run.at / "one", "success"), *reads)[0] == 0
    target = told(run.at / "two", "error", "2026-10-13T06:00:00Z")

    code, found = run("take", target)
    again, same = run("take", target)

    assert (code, again) == (4, 4)
    assert (found["new"], same["new"]) == (1, 0)
    states = {result["check"]: result["state"] for result in found["results"]}
    assert states == {"upstream_run": "breach", "upstream_tests": "not_connected"}
    assert run("take")[0] == 4  # judged anew, without a file


EVENT = {
    "eventTime": "2026-10-13T05:00:00Z", "eventType": "COMPLETE",
    "producer": "https://collector.example/1",
    "schemaURL": "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent",
    "run": {"runId": "0f0e0d0c-0b0a-4009-8807-060504030201"},
    "job": {"namespace": "w", "name": "j"},
    "outputs": [{"namespace": "w", "name": "analytics.stg"}],
    "words": "which the ledger does not keep",
}  # fmt: skip


@pytest.mark.parametrize("is_sealed", [False, True])
def test_what_was_told_is_kept_as_it_came_and_given_back(run, is_sealed):
    store = run.at / "store"
    if is_sealed:
        key_in(run.at / "lake.key")
        seal_store(store, run.at / "lake.key")
    events = run.at / "e.ndjson"
    events.write_text(json.dumps(EVENT) + "\nno event\n", "utf-8")
    target = Path(told(run.at / "one", "success"))
    for _ in range(2):
        assert run("take", str(target), str(events))[0] == 0

    dbt, collected = run("told")[1]["tellings"]
    assert dbt["files"].keys() == {"manifest.json", "run_results.json"}
    came = {digest: target / name for name, digest in dbt["files"].items()}
    came[collected["files"]["events"]] = events
    for digest, path in came.items():
        given = CliRunner().invoke(lineage, ["told", digest[:20], "--store", str(store)])
        assert given.stdout_bytes == path.read_bytes()
        at = store / "lake" / "raw" / digest[:2] / digest[2:]
        assert (at.read_bytes() == path.read_bytes()) == (not is_sealed)
    assert "which the ledger" not in str(facts(store, "ingested"))
    with pytest.raises(NoSuchName):
        run("told", "0" * 12)
    held = bytearray(at.read_bytes())
    held[-20] ^= 1
    at.write_bytes(held)
    with pytest.raises(ProofFailed):
        run("told", digest)


def test_a_telling_of_which_nothing_was_kept_stands_and_is_kept_once_it_is_taken_again(
    run, monkeypatch
):
    target = told(run.at / "one", "error")
    monkeypatch.setattr(taking, "write_kept", lambda *_: None)  # as earlier releases took it
    before = run("take", target, "--reads", str(run.at / "reads.yaml"))
    monkeypatch.undo()
    [earlier] = run("told")[1]["tellings"]
    assert earlier["files"] == {}

    after = run("take", target)
    assert (before[1]["new"], after[1]["new"]) == (1, 0)
    assert after[1]["results"] == before[1]["results"], "nothing was told anew"
    [same] = run("told")[1]["tellings"]
    assert same["files"]
    assert same | {"files": {}} == earlier


def test_a_file_that_changes_while_it_is_read_is_refused_and_nothing_is_written(run, monkeypatch):
    target = told(run.at / "one", "success")
    read = taking.read_told

    def meanwhile(path):
        found = read(path)
        told(path, "error")
        return found

    monkeypatch.setattr(taking, "read_told", meanwhile)
    before = len(facts(run.at / "store", "ingested"))
    with pytest.raises(Refused, match="changed while it was read"):
        run("take", target)
    assert len(facts(run.at / "store", "ingested")) == before


def facts(store, kind):
    with closing(open_reader(store)) as reader:
        return [entry.fact.body for entry in reader.entries(kinds=(kind,))]


def test_what_rests_on_a_table_a_column_and_a_code_is_said(run):
    run("take", told(run.at / "one", "success"), "--reads", str(run.at / "reads.yaml"))
    for name in ("analytics.stg", "heart_rates.rate", "8867-4"):
        _, found = run("impact", name)
        assert {each["what"] for each in found["rests"]} == {"feature heart_rate"}, name
    code, found = run("impact", "analytics.lone")
    assert (code, found["rests"]) == (0, [])


def test_a_misspelled_name_is_refused_with_the_nearest_and_never_answered_with_nothing(run):
    for wrong, right in (("heart_rates.rat", "heart_rates.rate"), ("8867-5", "8867-4")):
        with pytest.raises(NoSuchName) as refused:
            run("impact", wrong)
        assert right in refused.value.accepted


def test_what_is_no_word_of_tables_is_refused_and_so_is_an_answer_nobody_gave(run):
    (run.at / "x.csv").write_text("a\n", "utf-8")
    with pytest.raises(Refused, match="nothing here tells of tables"):
        run("take", str(run.at / "x.csv"))
    with pytest.raises(NoSuchName, match="no-such-answer"):
        run("no-such-answer")


DATA = """
kind: View
name: labs
resource: Observation
select:
  - column:
      - {name: code, path: code.coding.code.first(), type: code}
      - {name: value, path: value.ofType(Quantity).value, type: decimal}
      - {name: taken, path: effective.ofType(dateTime), type: dateTime}
---
kind: Terms
name: codes
version: "3"
credit: mapped by the laboratory
written:
  - source_system: "urn:lab"
    target_system: "http://loinc.org"
    rows: [{source: LACT, target: 2524-7}, {source: PULS, target: 8867-4}]
columns:
  - {view: labs, column: code, map: codes, system: "urn:lab"}
---
kind: Checks
name: lab_checks
source: lab_feed
table: labs
key: key
order: received
order_as: number
site: site
day: taken
checks:
  - {check: is_mapped, column: code_map}
  - {check: in_range, column: value, low: 0, high: 30, holds: [sepsis_watch]}
---
kind: Checks
name: drop_checks
source: arrivals
table: bed_watch/arrivals
key: _file_row
order: _file_row
checks: [{check: present, column: bed, holds: [bed_watch]}]
"""


MAPPED = {"what its map covers", "is_mapped of labs.code_map"}


@pytest.mark.parametrize(
    ("name", "wanted", "held"),
    [
        ("Observation.value", {"in_range of labs.value"}, {"sepsis_watch"}),
        ("labs.value", {"in_range of labs.value"}, {"sepsis_watch"}),
        ("labs.taken", {"rows of labs"}, {"sepsis_watch"}),
        ("LACT", MAPPED, set()),
        ("urn:lab|LACT", MAPPED, set()),
        ("http://loinc.org|2524-7", MAPPED, set()),
        ("codes@3", MAPPED, set()),
        ("arrivals.bed", {"present of bed_watch/arrivals.bed"}, {"bed_watch"}),
        ("bed_watch/arrivals.bed", {"present of bed_watch/arrivals.bed"}, {"bed_watch"}),
    ],
)
def test_what_a_data_folder_maps_and_checks_is_said_with_what_it_holds(run, name, wanted, held):
    (run.at / "labs.yaml").write_text(DATA, "utf-8")

    code, found = run("impact", name, "--data", str(run.at / "labs.yaml"))

    assert code == 0
    assert {each["what"] for each in found["watched"]} == wanted
    assert {name for each in found["watched"] for name in each["holds"]} == held


def test_a_code_that_only_a_data_folder_maps_leads_to_the_features_that_read_what_it_makes(run):
    (run.at / "labs.yaml").write_text(DATA, "utf-8")
    with pytest.raises(NoSuchName):
        run("impact", "PULS")

    _, found = run("impact", "PULS", "--data", str(run.at / "labs.yaml"))

    assert {each["what"] for each in found["rests"]} == {"feature heart_rate"}
    assert {each["by"] for each in found["watched"]} == {"codes@3", "lab_checks"}


def test_a_name_that_neither_use_cases_nor_a_data_folder_know_is_refused_with_its_nearest(run):
    (run.at / "labs.yaml").write_text(DATA, "utf-8")
    with pytest.raises(NoSuchName) as refused:
        run("impact", "labs.valu", "--data", str(run.at / "labs.yaml"))
    assert "labs.value" in refused.value.accepted


def test_a_map_s_file_in_a_data_folder_that_cannot_be_read_is_told(run):
    wanting = DATA.replace("columns:\n  - {view", "files: [{file: no.csv}]\ncolumns:\n  - {view")
    assert wanting != DATA
    (run.at / "labs.yaml").write_text(wanting, "utf-8")

    _, found = run("impact", "labs.value", "--data", str(run.at / "labs.yaml"))

    assert found["unread"] == ["what codes declares, the data folder"]


def test_help_after_a_command_is_that_command_s():
    for command, option in (("take", "--reads"), ("impact", "NAME"), ("answer", "PREDICTION")):
        told = CliRunner().invoke(lineage, [command, "--help"])
        assert told.exit_code == 0
        assert f"lineage {command}" in told.stdout
        assert option in told.stdout
