"""Trying views at the terminal: rows are data, what is refused is told, and the suite is run."""

from __future__ import annotations

import gzip
import json
import os
from hashlib import sha256

import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from attending.cli.data.views import views
from attending.errors import Refused
from attending.fhir.decode import LONGEST
from attending.lake.raw import RawFiles

PATIENT = {
    "resource": "Patient",
    "select": [
        {
            "column": [
                {"name": "id", "path": "id"},
                {"name": "family", "path": "name.family"},
                {"name": "score", "path": "score", "type": "decimal"},
            ]
        }
    ],
}


def suite(**test):
    one = {"title": "one", "view": PATIENT} | test
    resource = {"resourceType": "Patient", "id": "a"}
    return json.dumps({"title": "s", "resources": [resource], "tests": [one]})


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "view.json").write_text(json.dumps(PATIENT))
    return tmp_path


def test_rows_are_printed_and_what_is_refused_is_told_by_its_line(folder):
    lines = [
        b'{"resourceType":"Patient","id":"a","name":[{"family":"x"}],"score":1.00}',
        b'{"resourceType":"Patient","id":"b","name":[{"family":"x"},{"family":"y"}]}',
        b"",
        b'{"resourceType":"Patient","id":"' + b"c" * (2 * LONGEST) + b'"}',
        b'{"resourceType":"Patient","id":"d"',
        b'{"resourceType":"Observation","id":"e"}',
        b'{"resourceType":"Patient","id":"f"}',
    ]
    (folder / "few.ndjson.gz").write_bytes(gzip.compress(b"\n".join(lines), 1))
    args = ["run", str(folder / "view.json"), str(folder / "few.ndjson.gz")]
    ran = CliRunner().invoke(views, args)
    assert ran.exit_code == 1
    assert ran.stdout.splitlines() == [
        '{"id":"a","family":"x","score":1.00}',
        '{"id":"f","family":null,"score":null}',
    ]
    assert [line.split(":")[0] for line in ran.stderr.splitlines()] == [
        "line 2",
        "line 4",
        "line 5",
    ]
    assert "family" in ran.stderr.splitlines()[0]


def test_a_column_that_no_row_fills_is_told_and_one_that_a_row_fills_is_not(folder):
    (folder / "few.ndjson").write_bytes(
        b'{"resourceType":"Patient","id":"a"}\n{"resourceType":"Patient","id":"b","score":1}\n'
    )

    ran = CliRunner().invoke(views, ["run", str(folder / "view.json"), str(folder / "few.ndjson")])

    assert ran.exit_code == 0
    assert ran.stderr == "no value in 2 rows: family; are the paths spelled as in FHIR?\n"


def test_a_file_that_was_cut_short_is_refused_after_what_it_gave(folder):
    whole = gzip.compress(b'{"resourceType":"Patient","id":"a"}\n' * 9_999)
    (folder / "cut.ndjson.gz").write_bytes(whole[: len(whole) // 2])
    args = ["run", str(folder / "view.json"), str(folder / "cut.ndjson.gz")]
    ran = CliRunner().invoke(views, args)
    assert isinstance(ran.exception, Refused)
    assert "cannot be unpacked" in str(ran.exception)
    assert ran.stdout.startswith('{"id":"a"')


def test_a_view_is_tried_where_the_use_case_has_it_and_several_are_told_apart(folder):
    told = (
        "kind: View\nname: {}\nresource: Patient\nselect:\n  - column: [{{name: id, path: {}}}]\n"
    )
    path = folder / "views.yaml"
    path.write_text("---\n".join([told.format("people", "id"), told.format("born", "birthDate")]))
    (folder / "one.ndjson").write_bytes(b'{"resourceType":"Patient","id":"a","birthDate":"1950"}')

    def ran(*args):
        return CliRunner().invoke(views, ["run", str(path), str(folder / "one.ndjson"), *args])

    assert ran("--view", "people").stdout == '{"id":"a"}\n'
    assert ran("--view", "born").stdout == '{"id":"1950"}\n'
    assert "--view people, --view born" in str(ran().exception)
    assert "did you mean 'people'" in str(ran("--view", "peopel").exception)
    shown = CliRunner().invoke(views, ["show", str(path)])
    assert "reads Patient.birthDate" in shown.stdout
    path.write_text(told.format("people", "id"))
    assert ran().stdout == '{"id":"a"}\n'
    path.rename(folder / "views.txt")
    other = CliRunner().invoke(views, ["show", str(folder / "views.txt")])
    assert "`kind: View` documents" in str(other.exception)


def test_the_suite_is_reported_in_its_own_form_and_a_failure_is_an_exit_code(folder):
    tests = folder / "tests"
    tests.mkdir()
    row = {"id": "a", "family": None, "score": None}
    (tests / "good.json").write_text(suite(expect=[row]))
    good = CliRunner().invoke(views, ["test", str(tests), "-o", "json"])
    assert good.exit_code == 0
    assert json.loads(good.stdout) == {
        "good.json": {"tests": [{"name": "one", "result": {"passed": True}}]}
    }
    (tests / "bad.json").write_text(suite(expect=[]))
    bad = CliRunner().invoke(views, ["test", str(tests)])
    assert bad.exit_code == 1
    assert "1 of 2 passed" in bad.stdout


def test_a_folder_without_tests_is_refused_and_not_passed(folder):
    (folder / "none").mkdir()
    ran = CliRunner().invoke(views, ["test", str(folder / "none")])
    assert isinstance(ran.exception, Refused)


def test_what_views_read_is_shown_before_they_are_used(folder):
    ran = CliRunner().invoke(views, ["show", str(folder / "view.json")])
    assert ran.exit_code == 0
    assert "view.json: 3 columns of Patient; plain" in ran.stdout
    assert "reads Patient.name.family" in ran.stdout


def test_a_view_that_is_none_is_refused_with_its_place(folder):
    (folder / "view.json").write_text(json.dumps(PATIENT | {"selct": []}))
    ran = CliRunner().invoke(views, ["show", str(folder / "view.json")])
    assert isinstance(ran.exception, Refused)
    assert "unknown here: selct" in str(ran.exception)
    assert "view.json" in str(ran.exception)


def test_the_public_suite_passes_whole(data):
    ran = CliRunner().invoke(views, ["test", str(data / "sql-on-fhir-v2" / "tests")])
    assert ran.exit_code == 0
    assert ran.stdout.splitlines()[-1] == "134 of 134 passed"


def test_the_plan_tells_the_way_of_every_view_and_the_share_of_those_by_one_query(folder):
    low = {"name": "low", "path": "birthDate.lowBoundary()"}
    kept = [{"name": "site", "path": "id"}]  # every view's table has a column of that name
    tests = [{"title": "slow", "view": PATIENT | {"select": [{"column": [low]}]}},
             {"title": "kept", "view": PATIENT | {"select": [{"column": kept}]}},
             {"title": "none", "view": {"resource": "Patient", "select": []}},
             {"title": "fast", "view": PATIENT}]  # fmt: skip
    (folder / "suite.json").write_text(json.dumps({"resources": [], "tests": tests}))
    (folder / "use_case.yaml").write_text(
        "kind: Source\nname: s\n---\nkind: View\nname: born\nresource: Patient\n"
        "select:\n  - column:\n      - {name: born, path: birthDate}\n"
    )
    ran = CliRunner().invoke(views, ["plan", str(folder)])
    told = [line.removeprefix(f"{folder.name}/") for line in ran.stdout.splitlines()]
    assert told == [
        "suite.json: slow: one at a time, for lowBoundary()",
        "suite.json: kept: one at a time, for a column that every view's table has",
        "suite.json: none: no view, for select: a view has at least one column",
        "suite.json: fast: one query",
        "use_case.yaml: born: one query",
        "view.json: one query",
        "3 of 5 views by one query, 60.0%",
    ]
    told = json.loads(CliRunner().invoke(views, ["plan", str(folder), "-o", "json"]).stdout)
    assert (told["schema"], told["by_query"], told["n_views"]) == ("views_plan/1", 3, 5)
    assert {each["way"] for each in told["views"]} == {"one_query", "one_at_a_time", "no_view"}


def test_the_plan_puts_a_folders_views_through_its_maps_and_says_why_one_takes_no_query(tmp_path):
    written = {"source_system": "s", "target_system": "t", "rows": [{"source": "a", "target": "b"}]}
    terms = {"kind": "Terms", "name": "m", "version": "1", "credit": "us", "written": [written],
             "columns": [{"view": name, "column": "code", "map": "m", "system": "s"}
                         for name in ("coded", "counted")]}  # fmt: skip
    (tmp_path / "terms.yaml").write_text(json.dumps(terms))
    for name, path, kind in (("coded", "gender", "code"), ("counted", "active", "boolean")):
        column = {"name": "code", "path": path, "type": kind}
        told = {"kind": "View", "name": name, "resource": "Patient",
                "select": [{"column": [column]}]}  # fmt: skip
        (tmp_path / f"{name}.yaml").write_text(json.dumps(told))
    ran = CliRunner().invoke(views, ["plan", str(tmp_path)])
    told = [line.removeprefix(f"{tmp_path.name}/") for line in ran.stdout.splitlines()]
    slow = "one at a time, for the type of column code, which goes through a map"
    assert told == [
        "coded.yaml: coded: one query",
        f"counted.yaml: counted: {slow}",
        "1 of 2 views by one query, 50.0%",
    ]


def test_most_views_of_the_suite_and_all_of_the_use_cases_take_one_query(data, root):
    paths = [str(path) for path in root.glob("usecases/*") if (path / "views.yaml").exists()]
    own = CliRunner().invoke(views, ["plan", *paths, "-o", "json"])
    counted = json.loads(own.stdout)
    assert counted["by_query"] == counted["n_views"] > 0
    suite = data / "sql-on-fhir-v2" / "tests"
    counted = json.loads(CliRunner().invoke(views, ["plan", str(suite), "-o", "json"]).stdout)
    assert len(counted["views"]) == 134
    assert counted["by_query"] >= 0.6 * 134


def test_a_file_that_holds_no_view_is_named_with_what_would_do(tmp_path):
    (tmp_path / "notes.md").write_text("# x")
    ran = CliRunner().invoke(views, ["plan", str(tmp_path / "notes.md")])
    assert isinstance(ran.exception, Refused)
    assert "notes.md: " in str(ran.exception)
    assert "accepted: a ViewDefinition in JSON" in str(ran.exception)


def test_a_folder_without_a_view_is_refused(tmp_path):
    (tmp_path / "notes.txt").write_text("x")
    ran = CliRunner().invoke(views, ["plan", str(tmp_path)])
    assert isinstance(ran.exception, Refused)


def test_rows_go_into_a_file_with_the_bytes_they_are_from(folder):
    lines = [b'{"resourceType":"Patient","id":"a%d","score":1.5}' % n for n in range(40)]
    bad = [b'{"resourceType":"Patient","id":"x","id":"y"}', lines[0].replace(b"1.5", b'"1.5"')]
    raw = b"\n".join([*lines[:20], bad[0], *lines[20:], bad[1]])
    (folder / "p.ndjson").write_bytes(raw)
    asked = ["run", str(folder / "view.json"), str(folder / "p.ndjson")]
    into = ["--into", str(folder / "rows.parquet")]

    told = CliRunner().invoke(views, asked + into)
    again = CliRunner().invoke(views, asked + into)

    rows = pq.read_table(folder / "rows.parquet").to_pylist()
    own = [raw[row["_offset"] : row["_offset"] + row["_length"]] for row in rows]
    assert sorted(own) == sorted(lines)
    assert {row["_raw"] for row in rows} == {sha256(raw).hexdigest()}
    assert told.exit_code == 1
    assert f"byte {raw.index(bad[0])}, {len(bad[0])} long: said_twice\n" in told.stderr
    assert f"byte {raw.index(bad[1])}, {len(bad[1])} long: wrong_type at score\n" in told.stderr
    assert isinstance(again.exception, Refused)


def test_the_file_that_rows_are_from_is_kept_under_the_digest_they_name(folder):
    raw = b'{"resourceType":"Patient","id":"a","score":1.5}'
    (folder / "p.ndjson").write_bytes(raw)
    asked = ["run", str(folder / "view.json"), str(folder / "p.ndjson")]
    keep = ["--keep", str(folder / "kept" / "raw")]

    printed = CliRunner().invoke(views, asked + keep)
    told = CliRunner().invoke(views, [*asked, *keep, "--into", str(folder / "rows.parquet")])

    [row] = pq.read_table(folder / "rows.parquet").to_pylist()
    assert RawFiles(folder / "kept" / "raw").slice(row["_raw"], row["_offset"], 99) == raw
    assert told.exit_code == 0
    assert isinstance(printed.exception, Refused)
    assert "accepted: --into" in str(printed.exception)


def test_a_file_that_cannot_be_read_to_its_end_leaves_no_rows(folder):
    os.mkfifo(folder / "pipe.ndjson")
    (folder / ".rows.parquet").write_text("somebody's own")
    before = sorted(folder.iterdir())
    asked = ["run", str(folder / "view.json")]
    into = ["--into", str(folder / "rows.parquet")]

    twice = CliRunner().invoke(views, [*asked, str(folder / "pipe.ndjson"), *into])
    failed = CliRunner().invoke(
        views, [*asked, "/proc/self/mem", *into, "--keep", str(folder / "kept")]
    )

    assert "no file that can be read twice" in str(twice.exception)
    assert "cannot be read: Input/output error" in str(failed.exception)
    assert sorted(folder.iterdir()) == sorted([*before, folder / "kept"])
    assert list((folder / "kept").iterdir()) == []


TERMS = """
kind: Terms
name: scores
version: "1"
credit: written for this test
written:
  - source_system: urn:a
    target_system: urn:b
    rows: [{source: low, target: "1"}, {source: old, target: "2", valid_to: "2025-12-31"}]
columns: [{view: scored, column: said, map: scores, system: urn:a}]
"""


def test_rows_go_through_the_maps_of_the_day_that_is_asked_about(folder):
    tried = PATIENT | {"name": "scored", "select": [{"column": [{"name": "said", "path": "id"}]}]}
    (folder / "view.json").write_text(json.dumps(tried))
    (folder / "terms.yaml").write_text(TERMS)
    codes = ("low", "old", "none")
    lines = [json.dumps({"resourceType": "Patient", "id": code}) for code in codes]
    (folder / "p.ndjson").write_text("\n".join(lines))
    asked = ["run", str(folder / "view.json"), str(folder / "p.ndjson")]
    asked += ["--terms", str(folder / "terms.yaml"), "--as-of"]

    then = CliRunner().invoke(views, [*asked, "2025-06-01"])
    later = CliRunner().invoke(views, [*asked, "2026-06-01"])
    into = [*asked, "2026-06-01", "--into", str(folder / "rows.parquet")]
    written = CliRunner().invoke(views, into)
    wrong = CliRunner().invoke(views, [*asked, "soon"])
    (folder / "terms.yaml").write_text(TERMS.replace("view: scored", "view: other"))
    other = CliRunner().invoke(views, [*asked, "2026-06-01"])

    def told(done):
        rows = map(json.loads, done.stdout.splitlines())
        return [(row["said"], row["said_raw"], row["said_map"]) for row in rows]

    mapped, unmapped = ("1", "low", "scores@1"), (None, "none", "unmapped")
    assert told(then) == [mapped, ("2", "old", "scores@1"), unmapped]
    assert told(later) == [mapped, (None, "old", "retired"), unmapped]
    assert written.exit_code == 0
    rows = pq.read_table(folder / "rows.parquet").to_pylist()
    assert [(row["said"], row["said_raw"], row["said_map"]) for row in rows] == told(later)
    assert "%Y-%m-%d" in wrong.stderr
    assert isinstance(other.exception, Refused)


LABS = {
    "resource": "Observation",
    "name": "labs",
    "status": "active",
    "select": [
        {
            "column": [
                {"name": "id", "path": "id"},
                {"name": "amount", "path": "value.ofType(Quantity).value", "type": "decimal"},
            ]
        }
    ],
}


def labs(tmp_path, *paths):
    """Write a view of results, with further columns, and three results of which one is a limit."""
    told = json.loads(json.dumps(LABS))
    told["select"][0]["column"] += [{"name": f"c{n}", "path": p} for n, p in enumerate(paths)]
    (tmp_path / "labs.json").write_text(json.dumps(told), "utf-8")
    values = [{"value": 0.01, "comparator": "<"}, {"value": 0.01}, {"value": 2}]
    lines = [
        json.dumps({"resourceType": "Observation", "id": f"o{n}", "valueQuantity": value})
        for n, value in enumerate(values)
    ]
    (tmp_path / "labs.ndjson").write_text("\n".join(lines) + "\n", "utf-8")
    return [str(tmp_path / "labs.json"), str(tmp_path / "labs.ndjson")]


def test_a_limit_that_a_view_gives_as_measured_is_told_with_the_rows(tmp_path):
    asked = labs(tmp_path)

    ran = CliRunner().invoke(views, ["run", *asked], catch_exceptions=False)
    into = ["run", *asked, "--into", str(tmp_path / "labs.parquet")]
    written = CliRunner().invoke(views, into, catch_exceptions=False)

    assert ran.exit_code == written.exit_code == 0
    assert "1 value of 1 resource came with a comparator that is not read" in ran.stderr
    assert len(ran.stdout.splitlines()) == 3, "the rows are as SQL on FHIR has them"
    assert "labs: Observation.valueQuantity.value is read without its comparator" in written.stderr


def test_nothing_is_told_of_a_view_that_reads_the_comparator(tmp_path):
    asked = labs(tmp_path, "value.ofType(Quantity).comparator")

    ran = CliRunner().invoke(views, ["run", *asked], catch_exceptions=False)

    assert "comparator" not in ran.stderr


def test_what_views_read_is_shown_with_the_values_whose_comparators_are_not(tmp_path):
    asked, _ = labs(tmp_path)

    shown = CliRunner().invoke(views, ["show", asked], catch_exceptions=False)
    told = CliRunner().invoke(views, ["show", asked, "-o", "json"], catch_exceptions=False)

    assert "valueQuantity.value is read without its comparator: <0.01 gives 0.01" in shown.stdout
    assert json.loads(told.stdout)["views"][0]["without_comparator"] == ["valueQuantity"]
    read, _ = labs(tmp_path, "value.ofType(Quantity).comparator")
    shown = CliRunner().invoke(views, ["show", read], catch_exceptions=False)
    assert "without" not in shown.stdout
