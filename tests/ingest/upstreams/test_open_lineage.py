"""OpenLineage events are read run by run, and what breaks the standard is counted, not read."""

from __future__ import annotations

import json
import random
from uuid import UUID

import pytest

from attending.errors import Refused
from attending.ingest.upstreams.open_lineage import open_lineage
from attending.lake.edges import Edge
from attending.report.data.open_lineage import events

SPEC = "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/"
MADE = {"_producer": "https://example.org/airflow", "_schemaURL": "https://example.org/facet.json"}


def dataset(name, **facets):
    return {"namespace": "postgres://edw:5432", "name": name,
            "facets": {key: MADE | facet for key, facet in facets.items()}}  # fmt: skip


def event(word, at, run=1, **more):
    plain = {
        "eventType": word,
        "eventTime": f"2026-10-13T0{at}:00:00.000Z",
        "producer": "https://example.org/airflow",
        "schemaURL": f"{SPEC}RunEvent",
        "run": {"runId": str(UUID(int=run))},
        "job": {"namespace": "nightly", "name": f"labs_{run}", "facets": {}},
    }
    return plain | more


def written(path, *events):
    file = path / "events.ndjson"
    lines = [each if isinstance(each, str) else json.dumps(each) for each in events]
    file.write_text("\n".join(lines) + "\n", "utf-8")
    return file


COLUMNS = {"fields": [{"name": "lactate", "type": "numeric"}, {"name": "id", "type": "text"}]}
LINEAGE = {"fields": {"lactate": {"inputFields": [
    {"namespace": "postgres://edw:5432", "name": "raw.results", "field": "value"}]}}}  # fmt: skip
TESTS = {"assertions": [{"assertion": "not_null", "success": False, "column": "value"},
                        {"assertion": "row_count", "success": True}]}  # fmt: skip
RUN = [
    event("START", 4, inputs=[dataset("raw.results", dataQualityAssertions=TESTS)]),
    event("RUNNING", 5, outputs=[dataset("analytics.labs", schema=COLUMNS, columnLineage=LINEAGE)]),
    event("COMPLETE", 6),
]


def tables(path):
    return {table.name: table for table in open_lineage(path).tables}


def test_the_events_of_one_run_are_taken_together_in_whatever_order_they_come(tmp_path):
    shuffled = [*RUN]
    random.Random(2).shuffle(shuffled)
    assert shuffled != RUN
    found = tables(written(tmp_path, *shuffled))

    labs, results = found["analytics.labs"], found["raw.results"]
    assert (labs.state, labs.at) == ("ok", "2026-10-13T06:00:00.000Z")
    assert labs.rests_on == ("raw.results",)
    assert labs.columns == ("id", "lactate")
    assert labs.fields == {"lactate": ("raw.results.value",)}
    assert (results.state, results.tests, results.failing) == ("not_known", 2, ("not_null(value)",))


@pytest.mark.parametrize(
    ("word", "state"), [("COMPLETE", "ok"), ("FAIL", "failed"), ("ABORT", "failed")]
)
def test_the_last_run_that_ended_says_how_a_table_went(tmp_path, word, state):
    later = [event("START", 7, run=2, outputs=[dataset("analytics.labs")]), event(word, 8, run=2)]
    begun = event("START", 9, run=3, outputs=[dataset("analytics.labs")])
    found = tables(written(tmp_path, *later, begun, *RUN))
    assert found["analytics.labs"].state == state
    assert found["analytics.labs"].at == "2026-10-13T08:00:00.000Z"


def test_of_the_ends_of_one_run_the_latest_holds_whichever_comes_first(tmp_path):
    again = event("COMPLETE", 8, outputs=[dataset("analytics.labs")])
    labs = tables(written(tmp_path, again, *RUN[:2], event("FAIL", 6)))["analytics.labs"]
    assert (labs.state, labs.at) == ("ok", "2026-10-13T08:00:00.000Z")


BAD = {
    "no time": {"eventTime": None},
    "no zone": {"eventTime": "2026-10-13T04:00:00"},
    "month 13": {"eventTime": "2026-13-13T04:00:00Z"},
    "run": {"run": {"runId": "nightly-1"}},
    "no run": {"run": None},
    "job": {"job": {"name": "labs"}},
    "producer": {"producer": "airflow"},
    "word": {"eventType": "DONE"},
    "dataset": {"inputs": [{"name": "raw.results"}]},
    "facet": {"inputs": [{"namespace": "n", "name": "m", "facets": {"schema": {"fields": []}}}]},
    "lineage": {
        "outputs": [
            dataset(
                "t",
                columnLineage={"fields": {"a": {"inputFields": [{"namespace": "n", "name": "m"}]}}},
            )
        ]
    },
}


@pytest.mark.parametrize("name", sorted(BAD))
def test_a_line_that_breaks_the_standard_is_passed_over_and_counted(tmp_path, name):
    broken = event("COMPLETE", 9, run=5, outputs=[dataset("analytics.labs")]) | BAD[name]
    broken = {key: value for key, value in broken.items() if value is not None}
    told = open_lineage(written(tmp_path, *RUN, broken, "{", "[" * 100_000))
    assert told.passed_over == {"breaks the standard": 3}
    assert {t.name: t.at for t in told.tables}["analytics.labs"] == "2026-10-13T06:00:00.000Z"


def test_events_of_clients_that_name_the_schema_as_it_was_are_read(tmp_path):
    older = SPEC.replace("2-0-2", "1-0-5").replace("$defs", "definitions")
    told = [event("COMPLETE", 6, schemaURL=f"{older}RunEvent", outputs=[dataset("labs")])]

    assert tables(written(tmp_path, *told))["labs"].state == "ok"


def test_events_of_no_run_are_told_apart(tmp_path):
    of_a_dataset = event("COMPLETE", 6) | {"schemaURL": f"{SPEC}DatasetEvent"}
    assert open_lineage(written(tmp_path, *RUN, of_a_dataset)).passed_over == {"not of a run": 1}
    with pytest.raises(Refused, match="no line here"):
        open_lineage(written(tmp_path, of_a_dataset))


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        ([""], "it is empty"),
        (["Quill, room 4"], "breaks the standard: 1; line 1: no event in JSON"),
        (["", event("COMPLETE", 6, job={"name": "labs"})], "line 2: .*`namespace` - at `\\$.job`"),
        ([event("Quill", 6)], "line 1: not as it has `\\$.eventType`"),
        ([event("COMPLETE", 6) | {"run": {"runId": "Quill"}}], "at `\\$.run.runId`"),
    ],
)
def test_a_file_without_a_run_is_refused_with_what_its_first_line_breaks(tmp_path, lines, says):
    with pytest.raises(Refused, match=says) as refused:
        open_lineage(written(tmp_path, *lines))
    assert "Quill" not in str(refused.value)


def test_two_datasets_of_one_name_are_told_apart_by_their_namespaces(tmp_path):
    other = {"namespace": "s3://archive", "name": "analytics.labs"}
    found = tables(written(tmp_path, *RUN, event("COMPLETE", 7, run=2, inputs=[other])))
    assert {"postgres://edw:5432/analytics.labs", "s3://archive/analytics.labs"} <= {*found}


def test_what_we_tell_ourselves_keeps_the_standards_rules(tmp_path):
    """The rules are written from the standard's JSON Schema, and not from what is told."""
    edges = [
        Edge(from_="view:labs.lactate", to="feature:sepsis.lactate", kind="derived", how="last"),
        Edge(from_="feature:sepsis.lactate", to="pred:sepsis", kind="read", how="score"),
    ]
    pair = events(edges, run=str(UUID(int=9)), use_case="sepsis", at="2026-10-13T06:00:00.000Z")
    told = open_lineage(written(tmp_path, *pair))
    assert told.passed_over == {}
    assert {table.name: table.fields for table in told.tables} == {
        "view__labs": {},
        "sepsis.features": {"lactate": ("view__labs.lactate",)},
        "sepsis.answers": {"score": ("sepsis.features.lactate",)},
    }
    assert {table.state for table in told.tables if table.fields} == {"ok"}
