"""A query sets aside what it cannot be sure of, and is not made where it never can be."""

from __future__ import annotations

import contextlib
import json

import msgspec
import pytest

from attending.fhir.view import view
from attending.lake.fast_view import FastView
from attending.lake.view_shape import NotCompiled

as_text = msgspec.json.Encoder(decimal_format="number").encode


def test_two_values_for_one_column_and_digits_that_a_query_loses_are_set_aside(parity):
    tried = {
        "resource": "Patient",
        "select": [{"column": parity.columns(key="id", family="name.family", n_score="score")}],
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
    assert not parity.compared(tried, bodies).otherwise
    assert 9 in answered.aside  # two names
    assert {6, 7} <= set(answered.aside)  # no numbers
    said = {n: row["n_score"] for n, row in answered.rows}
    assert [str(said[n]) for n in (0, 5)] == ["1.5", "7"]
    assert all(str(said.get(n, scores[n])) == scores[n] for n in range(6))


@pytest.mark.parametrize("operator", ["=", "!="])
def test_two_dates_are_never_compared_as_texts(operator, parity):
    asked = [{"path": f"birthDate {operator} @1970-06"}]
    tried = {
        "resource": "Patient",
        "where": asked,
        "select": [{"column": parity.columns(key="id")}],
    }
    born = {"resourceType": "Patient", "id": "a", "birthDate": "1970-06-12"}
    assert view(tried).rows(born) == []  # neither equal nor unequal: no text can say that
    with pytest.raises(NotCompiled, match="no literal"):
        FastView(view(tried).definition)


def test_a_number_is_not_taken_for_another_that_is_spelled_shorter(parity):
    column = parity.columns(n="value.ofType(Quantity).value")
    tried = {"resource": "Observation", "select": [{"column": column}]}
    for other in ("1.00", "1.0000000000000000001", "1e0", "1.0e0"):
        two = f'"note":{{"x":1.0}},"valueQuantity":{{"value":{other}}}'
        found = FastView(view(tried).definition).answer([f'{{"resourceType":"Observation",{two}}}'])
        assert found.aside == [0], other


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("subject.getReferenceKey()", '"subject":{"reference":["Patient/1"]}'),
        ("extension('a').value.ofType(string)", '"extension":[{"url":["a"],"valueString":"x"}]'),
        ("getResourceKey()", '"id":["a"]'),
    ],
)
def test_a_list_where_fhir_has_none_is_set_aside_though_every_resource_has_it(path, body, parity):
    tried = {"resource": "Patient", "select": [{"column": parity.columns(key=path)}]}
    found = parity.compared(tried, [f'{{"resourceType":"Patient",{body}}}'] * 3)
    assert (found.aside, found.otherwise) == (3, [])


def test_lists_beside_each_other_that_multiply_are_set_aside(parity):
    beside = [
        {"forEach": "name", "column": parity.columns(family="family")},
        {"forEach": "address", "column": parity.columns(city="city")},
    ]
    tried = {"resource": "Patient", "select": beside}
    lists = [(400, 400), (2, 3), (101, 100)]
    bodies = [
        json.dumps(
            {
                "resourceType": "Patient",
                "name": [{"family": "a"}] * n,
                "address": [{"city": "b"}] * m,
            }
        )
        for n, m in lists
    ]
    found = FastView(view(tried).definition).answer(bodies)
    assert (found.aside, len(found.rows)) == ([0, 2], 6)
    assert not parity.compared(tried, bodies).otherwise


def test_a_list_whose_rows_multiply_within_it_is_set_aside(parity):
    inner = {"forEach": "coding", "column": parity.columns(code="code")}
    again = {"forEach": "coding", "column": parity.columns(system="system")}
    tried = {
        "resource": "Patient",
        "select": [{"forEach": "communication.language", "select": [inner, again]}],
    }

    def body(n):
        language = {"coding": [{"code": "a", "system": "s"}] * 90}
        return json.dumps(
            {"resourceType": "Patient", "communication": [{"language": language}] * n}
        )

    bodies = [body(n) for n in (1, 13, 2)]
    assert FastView(view(tried).definition).answer(bodies).aside == [1, 2]
    assert not parity.compared(tried, bodies).otherwise


def test_an_element_that_is_compared_and_has_elements_is_left_to_the_other_reading(parity):
    asked = [{"path": "code = 'a'"}]
    column = parity.columns(kind="code.text")
    tried = {"resource": "Patient", "where": asked, "select": [{"column": column}]}
    with pytest.raises(NotCompiled, match="compared"):
        FastView(view(tried).definition)


def test_most_views_of_the_suite_are_one_query(data, parity):
    every = list(parity.suite_views(data))
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
        assert not parity.compared(tried, [as_text(each).decode() for each in resources]).otherwise


@pytest.mark.long
def test_every_view_of_the_suite_that_is_one_query_gives_the_same_rows(data, parity):
    for tried, resources in parity.suite_views(data):
        with contextlib.suppress(NotCompiled):
            texts = [as_text(each).decode() for each in resources]
            assert not parity.compared(tried, texts).otherwise
