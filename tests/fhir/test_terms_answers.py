"""`$translate` and `$validate-code` over our own maps, in FHIR's own words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attending.errors import NoSuchName, Refused
from attending.fhir.terms import TermRow, Terms
from attending.fhir.terms_answers import translate, validate_code

TERMS = Terms(
    [
        TermRow(map="urn:map", version="7", source_system="a", source_code=source,
                target_system="b", target_code=target, equivalence=how, valid_to=until)
        for source, target, how, until in (
            ("1", "one", "equal", ""),
            ("2", "two", "wider", ""),
            ("2", "zwei", "equivalent", ""),
            ("3", "", "unmatched", ""),
            ("4", "four", "equal", "2020-01-01"),
            ("5", "five", "disjoint", ""),
        )
    ],
    {("b", "one"): "One", ("a", "1"): "Eins"},
)  # fmt: skip


def asked(**values):
    kinds = {"url": "valueUri", "system": "valueUri", "code": "valueCode"}
    kinds |= {"coding": "valueCoding", "codeableConcept": "valueCodeableConcept"}
    kinds |= {"reverse": "valueBoolean"}
    parts = [{"name": name, kinds.get(name, "valueString"): v} for name, v in values.items()]
    return {"resourceType": "Parameters", "parameter": parts}


def told(parameters):
    parts = parameters["parameter"]
    (result,) = (each["valueBoolean"] for each in parts if each["name"] == "result")
    matches = [
        (each["part"][0]["valueCode"], each["part"][1]["valueCoding"]["code"])
        for each in parts
        if each["name"] == "match"
    ]
    return result, matches


@pytest.mark.parametrize(
    ("code", "there"),
    [
        ("1", (True, [("equal", "one")])),
        ("2", (True, [("wider", "two"), ("equivalent", "zwei")])),
        ("3", (False, [])),
        ("4", (False, [])),
        ("5", (False, [("disjoint", "five")])),
        ("9", (False, [])),
    ],
)
def test_every_target_is_told_with_how_it_stands_to_the_source(code, there):
    ways = (
        {"code": code, "system": "a"},
        {"coding": {"code": code, "system": "a"}},
        {"codeableConcept": {"coding": [{"code": code, "system": "a"}]}},
    )
    for way in ways:
        assert told(translate(asked(url="urn:map", **way), TERMS, "2026-06-01")) == there


def test_a_day_and_a_version_may_be_asked_for():
    on = asked(url="urn:map", system="a", code="4", date="2019-06-01")

    assert told(translate(on, TERMS, "2026-06-01")) == (True, [("equal", "four")])
    this = asked(url="urn:map", system="a", code="1", conceptMapVersion="7")
    assert told(translate(this, TERMS, "2026-06-01")) == (True, [("equal", "one")])


@pytest.mark.parametrize("code", ["1", "9"])
def test_a_version_that_is_not_here_is_refused_and_never_answered_with_no(code):
    of_map = asked(url="urn:map", system="a", code=code, conceptMapVersion="8")
    of_set = asked(url="urn:map", system="a", code=code, valueSetVersion="8")

    for question, answer in ((of_map, translate), (of_set, validate_code)):
        with pytest.raises(NoSuchName, match=r"'8'.*accepted: 7"):
            answer(question, TERMS, "2026-06-01")


def test_what_a_target_is_called_and_whose_row_said_it_are_told():
    answer = translate(asked(url="urn:map", system="a", code="1"), TERMS, "2026-06-01")

    assert answer["parameter"][1]["part"][1:] == [
        {"name": "concept", "valueCoding": {"system": "b", "code": "one", "display": "One"}},
        {"name": "source", "valueUri": "urn:map|7"},
    ]


@pytest.mark.parametrize(("code", "there"), [("1", True), ("4", False), ("9", False)])
def test_a_code_is_in_a_set_or_it_is_not(code, there):
    answer = validate_code(asked(url="urn:map", system="a", code=code), TERMS, "2026-06-01")

    assert told(answer)[0] is there


@pytest.mark.parametrize(
    "question",
    [
        {},
        {"resourceType": "Patient"},
        asked(url="urn:map"),
        asked(system="a", code="1"),
        asked(url="urn:map", code="1"),
        asked(url="urn:map", system="a", code="1", reverse=True),
        asked(url="urn:map", system="a", code="1", dependency="x"),
        asked(url="urn:map", coding={"code": "1"}),
        asked(url="urn:map", codeableConcept={}),
        asked(url="urn:map", system="a", code="1", date="2026"),
        {"resourceType": "Parameters", "parameter": [{"name": "url"}]},
        {"resourceType": "Parameters", "parameter": [{"name": "url", "valueUri": 3}]},
        {"resourceType": "Parameters", "parameter": asked(url="m", code="1")["parameter"] * 2},
    ],
)
def test_a_question_that_is_not_whole_is_refused_and_never_answered_no(question):
    for answer in (translate, validate_code):
        if answer is validate_code and {"name": "reverse", "valueBoolean": True} in question.get(
            "parameter", ()
        ):
            continue
        with pytest.raises(Refused):
            answer(question, TERMS, "2026-06-01")


def test_a_map_that_is_not_here_is_refused_by_name():
    with pytest.raises(NoSuchName):
        translate(asked(url="urn:mop", system="a", code="1"), TERMS, "2026-06-01")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["name", "valueUri", "valueCoding", "valueCodeableConcept", "coding"]),
            inner,
            max_size=3,
        )
    ),
    max_leaves=12,
)


@given(parts=JSON)
def test_no_question_does_anything_but_be_answered_or_refused(parts):
    for answer in (translate, validate_code):
        try:
            answer({"resourceType": "Parameters", "parameter": parts}, TERMS, "2026-06-01")
        except Refused:
            continue
