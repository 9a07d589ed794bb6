"""The public suite of SQL on FHIR v2: every test of every file, on the one way of reading."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from attending.errors import Refused
from attending.fhir.conformance import Outcome, outcomes, report

ROOT = Path(__file__).resolve().parents[2]
DATA = Path(os.environ.get("ATTENDING_DATA") or ROOT.parent / "shared" / "data")
FILES = sorted((DATA / "sql-on-fhir-v2" / "tests").glob("*.json"))
RAN = {path.name: outcomes(path.read_bytes()) for path in FILES}
EACH = [(name, outcome) for name, found in RAN.items() for outcome in found]


@pytest.mark.parametrize(
    "outcome",
    [outcome for _, outcome in EACH]
    or [pytest.param(None, marks=pytest.mark.skip("the suite is not on this machine"))],
    ids=[f"{name}-{outcome.title}" for name, outcome in EACH] or ["suite"],
)
def test_the_rows_are_those_of_the_standard(outcome):
    assert outcome.passed, outcome.because


def test_the_suite_is_whole(data):
    assert len(FILES) == 22
    assert len(EACH) == 134


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
