"""One query and one resource at a time give the same rows, on resources bent in every way."""

from __future__ import annotations

import importlib.util
import json

import msgspec
import pytest

from attending.fhir.conformance import _spelled
from attending.fhir.decode import decode_exact
from attending.fhir.view import NoRow, view
from attending.lake.fast_view import FastView
from attending.lake.view_query import NotCompiled

as_text = msgspec.json.Encoder(decimal_format="number").encode


def columns(**paths):
    found = []
    for name, path in paths.items():
        kind = {"n": "decimal", "i": "integer", "b": "boolean"}.get(
            name.partition("_")[0], "string"
        )
        found.append({"name": name, "path": path, "type": kind})
    return found


VIEWS = [
    {
        "resource": "Observation",
        "where": [{"path": "status.exists() and status != 'entered-in-error'"}],
        "select": [
            {
                "column": columns(
                    key="getResourceKey()",
                    patient="subject.getReferenceKey(Patient)",
                    encounter="encounter.getReferenceKey()",
                    code="code.coding.where(system = 'http://loinc.org').code.first()",
                    at="effective.ofType(dateTime)",
                    n_value="value.ofType(Quantity).value",
                    coded="value.ofType(CodeableConcept).coding[0].code",
                    b_some="category.coding.exists(code = 'laboratory') or component.empty()",
                )
            },
        ],
    },
    {
        "resource": "Observation",
        "select": [
            {"column": columns(key="getResourceKey()", status="status")},
            {
                "forEachOrNull": "component",
                "column": columns(part="code.coding.code.first()", n_part="value.ofType(Quantity).value"),
            },
            {
                "unionAll": [
                    {"forEach": "category", "column": columns(kind="coding.code.first()")},
                    {"forEach": "code.coding", "column": columns(kind="code")},
                ]
            },
        ],
    },
    {
        "resource": "Patient",
        "select": [
            {
                "column": [
                    *columns(
                        key="getResourceKey()",
                        sex="gender",
                        race="extension('http://hl7.org/fhir/us/core/StructureDefinition/us-core-race')"
                        ".extension('ombCategory').value.ofType(Coding).code.first()",
                        b_dead="deceased.ofType(dateTime).exists() or deceased.ofType(boolean) = true",
                        b_unwed="(maritalStatus.coding.code = 'M').not()",
                        i_twin="multipleBirth.ofType(integer)",
                        city="address.where(use != 'old')[0].city",
                    ),
                    {"name": "given", "path": "name.given", "type": "string", "collection": True},
                ]
            },
        ],
    },
    {
        "resource": "Encounter",
        "select": [
            {
                "column": columns(key="getResourceKey()", kind="class.code", begin="period.start"),
                "select": [
                    {
                        "forEach": "participant",
                        "column": columns(who="individual.getReferenceKey()"),
                        "select": [{"forEachOrNull": "type", "column": columns(role="coding.code")}],
                    }
                ],
            }
        ],
    },
]  # fmt: skip


@pytest.fixture(scope="module")
def mutator(data, root):
    spec = importlib.util.spec_from_file_location("mutator", root / "tests/fhir/mutator.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.Mutator(data, seed=7)


def compare(tried, bodies):
    """Compare the two ways; give how many resources the query answered."""
    one_by_one = view(tried)
    answered = FastView(one_by_one.definition).answer([as_text(each).decode() for each in bodies])
    by_number: dict[int, list] = {}
    for n, row in answered.rows:
        by_number.setdefault(n, []).append(_spelled(row))
    for n, body in enumerate(bodies):
        if n in answered.aside:
            continue
        try:
            expected = [_spelled(row) for row in one_by_one.rows(body)]
        except NoRow as refused:
            expected = refused.reason
        assert by_number.get(n, []) == expected, json.dumps(body, default=str)
    return len(bodies) - len(answered.aside)


@pytest.mark.parametrize("tried", VIEWS, ids=lambda each: each["resource"])
def test_the_query_and_the_other_reading_agree_on_bent_resources(tried, mutator):
    bodies = [mutator.resource(i, tried["resource"]) for i in range(600)]
    assert compare(tried, bodies) > 200


@pytest.mark.long
@pytest.mark.parametrize("tried", VIEWS, ids=lambda each: each["resource"])
def test_the_query_and_the_other_reading_agree_on_five_thousand_of_each(tried, mutator):
    bodies = [mutator.resource(i, tried["resource"]) for i in range(5_000)]
    assert compare(tried, bodies) > 2_000


def test_real_resources_are_answered_by_the_query_nearly_all(mutator):
    for tried in VIEWS:
        real = [each for each in mutator.real if each["resourceType"] == tried["resource"]]
        assert compare(tried, real) >= 0.5 * len(real)


def test_plain_views_of_the_suite_are_compiled_or_say_why(data):
    """The share that takes the quick way is printed; each that does gives the suite's rows."""
    n = n_fast = 0
    for path in sorted((data / "sql-on-fhir-v2" / "tests").glob("*.json")):
        suite = decode_exact(path.read_bytes())
        for test in suite["tests"]:
            if test.get("expectError"):
                continue
            n += 1
            try:
                compare(test["view"], suite["resources"])
            except NotCompiled:
                continue
            n_fast += 1
    print(f"{n_fast} of {n} views of the suite are one query")
    assert n_fast > 40
