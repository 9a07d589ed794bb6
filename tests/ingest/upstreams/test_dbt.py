"""What dbt's files say of tables is read as dbt means it, and no words of theirs are kept."""

from __future__ import annotations

import json

import msgspec
import pytest

from attending.errors import Refused
from attending.ingest.upstreams.dbt import dbt

SECRET = "a patient was moved from ward 4"
V12 = "https://schemas.getdbt.com/dbt/manifest/v12.json"
AT = "2026-10-13T04:10:00.000000Z"


def node(kind, name, *, on=(), schema="analytics", **more):
    plain = {"resource_type": kind, "name": name, "schema": schema, "database": "edw"}
    plain |= {"depends_on": {"macros": [], "nodes": list(on)}, "description": SECRET}
    return plain | {"raw_code": f"select '{SECRET}'"} | more


def check_of(table, name, column=None, **more):
    """Give a generic test as dbt writes it."""
    more = {"test_metadata": {"name": name}} | more
    return node("test", f"{name}_{table}", on=[table], attached_node=table, column_name=column,
                schema="audit", **more)  # fmt: skip


MANIFEST = {
    "metadata": {"dbt_schema_version": V12, "project_name": "warehouse", "generated_at": AT},
    "nodes": {
        "model.w.labs": node("model", "labs", on=["model.w.stg_labs", "source.w.raw.results"],
                             columns={"lactate": {"name": "lactate", "description": SECRET}}),
        "model.w.stg_labs": node("model", "stg_labs", on=["source.w.raw.results"], alias="labs_1"),
        "model.w.beds": node("model", "beds", on=["model.w.stg_labs"]),
        "test.w.a": check_of("model.w.labs", "not_null", "lactate"),
        "test.w.b": check_of("model.w.labs", "unique", "id"),
        "test.w.c": check_of("model.w.stg_labs", "not_null", "id"),
        "test.w.d": node("test", SECRET, on=["model.w.beds"]),
        "test.w.e": check_of("model.w.beds", "unique", "bed"),
        "analysis.w.x": node("analysis", "x", on=["model.w.labs"]),
    },
    "sources": {"source.w.raw.results": node("source", "results", schema="raw", identifier="RES")},
    "exposures": {"exposure.w.sepsis": {"resource_type": "exposure", "name": "sepsis_watch",
                                        "owner": {"email": "x@example.org"},
                                        "depends_on": {"nodes": ["model.w.labs"]}}},
}  # fmt: skip


def result(key, status):
    timing = [{"name": "compile", "completed_at": "2026-10-13T04:00:00Z"},
              {"name": "execute", "completed_at": "2026-10-13T04:05:00Z"}]  # fmt: skip
    return {"unique_id": key, "status": status, "timing": timing, "message": SECRET}


def laid(path, results=(), sources=None, manifest=MANIFEST):
    labs = {"metadata": {}, "columns": {"ID": {}, "LACTATE": {}}, "stats": {}}
    files = {"manifest": manifest, "catalog": {"metadata": {}, "nodes": {"model.w.labs": labs}}}
    if results:
        files["run_results"] = {"metadata": {"generated_at": "2026-10-13T04:20:00Z"},
                                "results": list(results)}  # fmt: skip
    if sources is not None:
        files["sources"] = {"metadata": {"generated_at": AT}, "results": sources}
    for name, content in files.items():
        (path / f"{name}.json").write_text(json.dumps(content), "utf-8")
    return path


RESULTS = [
    result("model.w.labs", "success"), result("model.w.stg_labs", "error"),
    result("model.w.beds", "skipped"), result("test.w.a", "fail"), result("test.w.b", "pass"),
    result("test.w.c", "warn"), result("test.w.d", "error"), result("test.w.e", "skipped"),
]  # fmt: skip


@pytest.fixture
def told(tmp_path):
    return {t.name: t for t in dbt(laid(tmp_path, RESULTS)).tables}


def test_a_table_has_the_name_a_query_has_and_rests_on_what_dbt_says(told):
    assert {*told} == {"analytics.labs", "analytics.labs_1", "analytics.beds", "raw.RES"}
    assert told["analytics.labs"].rests_on == ("analytics.labs_1", "raw.RES")
    assert told["analytics.beds"].rests_on == ("analytics.labs_1",)
    assert told["analytics.labs"].columns == ("ID", "LACTATE")  # what is there, not what is said


def test_a_run_is_well_or_failed_and_one_that_was_skipped_did_not_run(told):
    states = {name: table.state for name, table in told.items()}
    assert states == {"analytics.labs": "ok", "analytics.labs_1": "failed",
                      "analytics.beds": "failed", "raw.RES": "not_known"}  # fmt: skip
    assert told["analytics.labs"].at == "2026-10-13T04:05:00Z"


def test_tests_are_counted_where_they_were_run_and_a_warning_is_no_failure(told):
    tests = {name: (t.tests, t.failed, t.failing) for name, t in told.items()}
    assert tests == {
        "analytics.labs": (2, 1, ("not_null(lactate)",)),
        "analytics.labs_1": (1, 0, ()),
        "analytics.beds": (1, 1, ("a test",)),  # not a name: it may say anything
        "raw.RES": (0, 0, ()),
    }


def test_a_source_is_as_fresh_as_dbt_found_it(tmp_path):
    late = {"unique_id": "source.w.raw.results", "status": "error",
            "max_loaded_at": "2026-10-11T01:00:00Z"}  # fmt: skip
    tables = {t.name: t for t in dbt(laid(tmp_path, RESULTS, [late])).tables}
    assert tables["raw.RES"].is_stale
    assert tables["raw.RES"].at == "2026-10-11T01:00:00Z"
    assert not tables["analytics.labs"].is_stale


def test_what_people_wrote_is_nowhere_in_what_is_told(tmp_path):
    read = dbt(laid(tmp_path, RESULTS))
    told = msgspec.json.encode(read).decode()
    assert SECRET not in told
    assert "select" not in told
    assert "example.org" not in told
    assert read.exposures == {"sepsis_watch": ("analytics.labs",)}
    assert (read.project, read.at) == ("warehouse", "2026-10-13T04:20:00Z")


def test_the_digest_changes_with_any_of_the_files(tmp_path):
    before = dbt(laid(tmp_path, RESULTS)).digest
    assert dbt(tmp_path / "manifest.json").digest == before
    after = dbt(laid(tmp_path, RESULTS[:-1])).digest
    assert after != before


def test_two_tables_of_one_name_are_told_apart_by_their_databases(tmp_path):
    twin = node("model", "labs") | {"database": "archive"}
    both = MANIFEST | {"nodes": MANIFEST["nodes"] | {"model.w.old": twin}}
    names = {t.name for t in dbt(laid(tmp_path, manifest=both)).tables}
    assert {"edw.analytics.labs", "archive.analytics.labs"} <= names


@pytest.mark.parametrize(
    "text",
    ['{"metadata": {"dbt_schema_version": "https://x/dbt/manifest/v99.json"}, "nodes": {}}',
     '{"metadata": {}, "nodes": {}}', '{"nodes": {}}', "[]", "{", "NaN", "[" * 100_000],
    ids=["later", "none", "bare", "list", "cut", "nan", "deep"],
)  # fmt: skip
def test_what_is_no_manifest_that_is_known_is_refused(tmp_path, text):
    (tmp_path / "manifest.json").write_text(text, "utf-8")
    with pytest.raises(Refused, match=r"not (a manifest|what dbt writes)"):
        dbt(tmp_path)
