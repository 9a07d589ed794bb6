"""`attending lineage` takes in what tools tell, says what rests on what, and exits by it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from attending.admit import admit
from attending.cli.data.lineage import lineage
from attending.cli.replay import recorded_source, run_history
from attending.errors import NoSuchName, Refused

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
    for name, on in (("vitals", ["stg"]), ("stg", []))
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


def test_what_rests_on_a_table_a_column_and_a_code_is_said(run):
    run("take", told(run.at / "one", "success"), "--reads", str(run.at / "reads.yaml"))
    for name in ("analytics.stg", "heart_rates.rate", "8867-4"):
        _, found = run("impact", name)
        assert {each["what"] for each in found["rests"]} == {"feature heart_rate"}, name
    assert run("impact", "nothing")[1]["rests"] == []


def test_what_is_no_word_of_tables_is_refused_and_so_is_an_answer_nobody_gave(run):
    (run.at / "x.csv").write_text("a\n", "utf-8")
    with pytest.raises(Refused, match="nothing here tells of tables"):
        run("take", str(run.at / "x.csv"))
    with pytest.raises(NoSuchName, match="no-such-answer"):
        run("no-such-answer")
