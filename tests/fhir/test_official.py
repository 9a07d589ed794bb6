"""The public suite of SQL on FHIR v2: every test of every file, on the one way of reading."""

from __future__ import annotations

import json

import pytest

from attending.errors import Refused
from attending.fhir.conformance import Outcome, outcomes, report

SUITE = {  # its files, and how many tests each has
    "basic": 11,
    "collection": 4,
    "combinations": 6,
    "constant": 8,
    "constant_types": 14,
    "fhirpath": 11,
    "fhirpath_numbers": 1,
    "fn_boundary": 8,
    "fn_empty": 1,
    "fn_extension": 2,
    "fn_first": 2,
    "fn_join": 3,
    "fn_oftype": 2,
    "fn_reference_keys": 3,
    "foreach": 13,
    "logic": 3,
    "repeat": 7,
    "row_index": 9,
    "union": 10,
    "validate": 5,
    "view_resource": 3,
    "where": 8,
}


@pytest.mark.parametrize(("name", "n"), SUITE.items())
def test_every_test_of_the_suite_gives_what_the_standard_says(name, n, data):
    found = outcomes((data / "sql-on-fhir-v2" / "tests" / f"{name}.json").read_bytes())
    assert [(each.title, each.because) for each in found if not each.passed] == []
    assert len(found) == n


def test_the_suite_is_whole(data):
    files = (data / "sql-on-fhir-v2" / "tests").glob("*.json")
    assert {path.stem for path in files} == set(SUITE)
    assert sum(SUITE.values()) == 134


def planted(**other):
    suite = {
        "title": "planted",
        "resources": [{"resourceType": "Patient", "id": "a", "active": True}],
        "tests": [
            {
                "title": "one",
                "view": {
                    "resource": "Patient",
                    "select": [{"column": [{"name": "id", "path": "id"}]}],
                },
            }
            | other
        ],
    }
    (found,) = outcomes(json.dumps(suite).encode())
    return found


@pytest.mark.parametrize(
    ("other", "passes"),
    [
        ({"expect": [{"id": "a"}]}, True),
        ({"expect": [{"id": "b"}]}, False),
        ({"expect": [{"id": "a"}, {"id": "a"}]}, False),
        ({"expect": [{"id": None}]}, False),
        ({"expect": [{}]}, False),
        ({"expectCount": 1}, True),
        ({"expectCount": 0}, False),
        ({"expectError": True}, False),
        ({"view": {}, "expectError": True}, True),
        ({"view": {}, "expect": []}, False),
        ({"expect": [{"id": "a"}], "expectColumns": ["id"]}, True),
        ({"expect": [{"id": "a"}], "expectColumns": ["other"]}, False),
    ],
)
def test_a_test_that_should_fail_fails(other, passes):
    assert planted(**other).passed is passes


def test_the_report_has_the_published_form():
    assert report({"a.json": [Outcome("x", ""), Outcome("y", "no rows")]}) == {
        "a.json": {
            "tests": [
                {"name": "x", "result": {"passed": True}},
                {"name": "y", "result": {"passed": False, "error": "no rows"}},
            ]
        }
    }


def test_what_is_no_suite_is_refused():
    for raw in (b"{}", b'{"resources": [], "tests": [1]}'):
        with pytest.raises(Refused, match="not a file of tests"):
            outcomes(raw)
