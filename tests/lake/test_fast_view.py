"""One query and one resource at a time give the same rows, on resources bent in every way."""

from __future__ import annotations

import contextlib
import importlib.util
import json

import msgspec
import pytest

from attending.fhir.decode import decode_exact
from attending.fhir.view import NoRow, view
from attending.lake.fast_view import FastView
from attending.lake.view_shape import NotCompiled

RACE = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-race"
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
                "column": columns(
                    part="code.coding.code.first()", n_part="value.ofType(Quantity).value"
                ),
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
                        race=f"extension('{RACE}')"
                        ".extension('ombCategory').value.ofType(Coding).code.first()",
                        b_dead="deceased.ofType(dateTime).exists()"
                        " or deceased.ofType(boolean) = true",
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
                        "select": [
                            {"forEachOrNull": "type", "column": columns(role="coding.code")}
                        ],
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
        by_number.setdefault(n, []).append(as_text(row))
    for n, body in enumerate(bodies):
        if n in answered.aside:
            continue
        try:
            expected = [as_text(row) for row in one_by_one.rows(body)]
        except NoRow as refused:
            expected = refused.reason
        assert by_number.get(n, []) == expected, json.dumps(body, default=str)
    return len(bodies) - len(answered.aside)


@pytest.mark.parametrize("tried", VIEWS, ids=lambda each: each["resource"])
def test_the_query_and_the_other_reading_agree_on_bent_resources(tried, mutator):
    bodies = [mutator.resource(i, tried["resource"]) for i in range(250)]
    assert compare(tried, bodies) > 80


def test_two_values_for_one_column_and_digits_that_a_query_loses_are_set_aside():
    tried = {
        "resource": "Patient",
        "select": [{"column": columns(key="id", family="name.family", n_score="score")}],
    }
    scores = [
        "1.5",
        "1.00",
        "1e2",
        "0.1000000000000000055511151231257827",
        "-0.0",
        "7",
        '"7"',
        "{}",
    ]
    bodies = [f'{{"resourceType":"Patient","id":"{i}","score":{n}}}' for i, n in enumerate(scores)]
    names = (["x"], ["x", "y"], ["x"])
    for each in names:
        family = [{"family": name} for name in each]
        bodies.append(json.dumps({"resourceType": "Patient", "name": family}))
    answered = FastView(view(tried).definition).answer(bodies)
    compare(tried, [decode_exact(body.encode()) for body in bodies])
    assert 9 in answered.aside  # two names
    assert {6, 7} <= set(answered.aside)  # no numbers
    said = {n: row["n_score"] for n, row in answered.rows}
    assert [str(said[n]) for n in (0, 5)] == ["1.5", "7"]
    assert all(str(said.get(n, scores[n])) == scores[n] for n in range(6))


@pytest.mark.long
@pytest.mark.parametrize("tried", VIEWS, ids=lambda each: each["resource"])
def test_the_query_and_the_other_reading_agree_on_five_thousand_of_each(tried, mutator):
    bodies = [mutator.resource(i, tried["resource"]) for i in range(5_000)]
    assert compare(tried, bodies) > 2_000


def test_real_resources_are_answered_by_the_query_nearly_all(mutator):
    for tried in VIEWS:
        real = [each for each in mutator.real if each["resourceType"] == tried["resource"]][::3]
        assert compare(tried, real) >= 0.5 * len(real)


@pytest.mark.parametrize("operator", ["=", "!="])
def test_two_dates_are_never_compared_as_texts(operator):
    asked = [{"path": f"birthDate {operator} @1970-06"}]
    tried = {"resource": "Patient", "where": asked, "select": [{"column": columns(key="id")}]}
    born = {"resourceType": "Patient", "id": "a", "birthDate": "1970-06-12"}
    assert view(tried).rows(born) == []  # neither equal nor unequal: no text can say that
    with pytest.raises(NotCompiled, match="no literal"):
        FastView(view(tried).definition)


def suite_views(data):
    for path in sorted((data / "sql-on-fhir-v2" / "tests").glob("*.json")):
        suite = decode_exact(path.read_bytes())
        for test in suite["tests"]:
            if not test.get("expectError"):
                yield test["view"], suite["resources"]


def test_most_views_of_the_suite_are_one_query(data):
    every = list(suite_views(data))
    fast = []
    for tried, resources in every:
        with contextlib.suppress(NotCompiled):
            read = view(tried)
            FastView(read.definition)
            assert read.plain, read.why_not_plain
            fast.append((tried, resources))
    print(f"{len(fast)} of {len(every)} views of the suite are one query")
    assert len(fast) >= 0.6 * len(every)
    for tried, resources in fast[::8]:
        compare(tried, resources)


@pytest.mark.long
def test_every_view_of_the_suite_that_is_one_query_gives_the_same_rows(data):
    for tried, resources in suite_views(data):
        with contextlib.suppress(NotCompiled):
            compare(tried, resources)
