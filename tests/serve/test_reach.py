"""A request is cut to the declared fields; nothing undeclared goes further."""

from __future__ import annotations

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from attending.errors import Refused
from attending.fhir.decode import Malformed, decode
from attending.serve.patient import keep_own
from attending.serve.reach import Reach, Walk, path

INPUTS = {
    "creatinine": "prefetch.labs.entry[code=2160-0][latest].valueQuantity.value",
    "sex": "prefetch.patient.gender",
    "order": "context.draftOrders.entry[resourceType=MedicationRequest][0].priority",
}
CANARY = "canary"
SYSTEM = "http://loinc.org"


def lab(value, *, code="2160-0", patient="p1", at="2026-10-13T07:00:00Z", **more):
    coding = [{"system": SYSTEM, "code": code}]
    return {
        "resource": {
            "resourceType": "Observation",
            "code": {"coding": coding},
            "subject": {"reference": f"Patient/{patient}"},
            "effectiveDateTime": at,
            "valueQuantity": {"value": value},
        }
        | more
    }


def bundle(*entries):
    return {"resourceType": "Bundle", "entry": list(entries)}


def cut(prefetch=None, context=None, *, inputs=None, fills=None, patient="p1"):
    return Reach(inputs or INPUTS, fills or {}).cut(context or {}, prefetch or {}, patient)


junk = st.recursive(
    st.none() | st.booleans() | st.integers() | st.just(CANARY) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "contained",
                    "extension",
                    "text",
                    "div",
                    "note",
                    "entry",
                    "resource",
                    "value",
                    "name",
                ]
            )
            | st.text(max_size=5),
            inner,
            max_size=4,
        )
    ),
    max_leaves=20,
)
resources = st.fixed_dictionaries(
    {"resourceType": st.sampled_from(["Observation", "Patient", "Bundle", "OperationOutcome"])},
    optional={
        "contained": st.lists(junk, max_size=2),
        "extension": st.lists(junk, max_size=2),
        "text": junk,
        "subject": junk,
        "entry": st.lists(st.fixed_dictionaries({"resource": junk}), max_size=3),
        "identifier": junk,
    },
)


@given(prefetch=st.dictionaries(st.sampled_from(["labs", "patient", "notes"]), junk | resources))
def test_nothing_undeclared_reaches_an_engine(prefetch):
    found = cut(prefetch, {"draftOrders": prefetch.get("notes"), "note": CANARY})

    assert set(found.fields) <= set(INPUTS)
    assert set(found.fields) | set(found.missing) == set(INPUTS)
    for value in found.fields.values():
        assert isinstance(value, str | int | float | bool)
    assert CANARY not in found.fields.values(), "no canary stands at a declared path"


@given(extra=junk)
def test_what_lies_around_a_declared_field_changes_nothing(extra):
    entry = lab(1.8, contained=extra, extension=extra, text=extra, note=extra)
    entry["resource"]["valueQuantity"]["extension"] = extra
    person = {"resourceType": "Patient", "id": "p1", "gender": "male", "name": extra}
    found = cut({"labs": bundle(entry), "patient": person, "notes": extra}, {"x": extra})

    assert found.fields == {"creatinine": 1.8, "sex": "male"}


def test_everything_not_delivered_is_counted():
    person = {"resourceType": "Patient", "id": "p1", "gender": "male", "name": ["a", "b"]}
    found = cut({"patient": person, "notes": {"a": [1, 2, None, {"b": "c"}]}}, {"userId": "u"})

    # resourceType, id, two names; two numbers and a text; the user
    assert found.n_dropped == 4 + 3 + 1
    assert found.missing == {"creatinine": "absent", "order": "absent"}


def test_the_latest_of_several_is_taken_and_a_tie_is_no_answer():
    early = lab(1.0, at="2026-10-13T05:00:00Z")
    late = lab(2.0, at="2026-10-13T09:00:00+02:00")
    last = lab(3.0, at="2026-10-13T08:00:00Z")
    assert cut({"labs": bundle(early, last, late)}).fields == {"creatinine": 3.0}
    assert cut({"labs": bundle(last, last)}).missing["creatinine"] == "many"


def test_what_was_taken_in_a_leap_second_is_later_than_the_second_before():
    before = lab(1.0, at="2016-12-31T23:59:59Z")
    leap = lab(2.0, at="2016-12-31T23:59:60Z")
    assert cut({"labs": bundle(leap, before)}).fields == {"creatinine": 2.0}


leaves = st.none() | st.booleans() | st.integers(0, 3) | st.just(0.5) | st.sampled_from(["", "x"])
trees = st.recursive(
    leaves,
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from("ab"), inner, max_size=2)
    ),
    max_leaves=6,
)
coded = st.sampled_from(["1", "2", 1, None]) | st.fixed_dictionaries(
    {"coding": st.lists(st.fixed_dictionaries({"code": st.sampled_from(["1", "2", 1])}) | leaves)}
)


def members(values, name):
    """Walk by name, an element at a time, with nothing remembered and nothing presumed."""
    inner = [value.get(name) for value in values if isinstance(value, dict)]
    flat = [each if isinstance(each, list) else [each] for each in inner if each is not None]
    return [part for each in flat for part in each]


def codes_of(value):
    told = value.get("code")
    codings = told.get("coding") if isinstance(told, dict) else [{"code": told}]
    named = [coding.get("code") for coding in codings if isinstance(coding, dict)]
    return [code for code in named if isinstance(code, str)]


@example(context={"a": 1}, entries=[("1", 2), ("1", 0.5)])
@example(context={"a": 1}, entries=[({"coding": [{"code": "2"}, {"code": "1"}]}, 3)])
@example(context={"a": {"b": 1}}, entries=[("2", {"a": {"b": 2}})])
@given(context=st.fixed_dictionaries({"a": trees}), entries=st.lists(st.tuples(coded, trees)))
def test_a_number_read_the_short_way_is_the_one_that_a_walk_finds(context, entries):
    inputs = {
        "straight": "context.a.b",
        "deeper": "context.a.a.b",
        "top": "context.a",
        "by_code": "prefetch.labs.entry[code=1].v",
        "below": "prefetch.labs.entry[code=2].v.a.b",
        "last": "prefetch.labs.entry[code=1][last].v.a",
        "second": "prefetch.labs.entry[code=1][1].v",
        "again": "prefetch.labs.entry[code=1].v",  # once its codes are known
    }
    made = [{"resourceType": "Observation", "code": code, "v": v, "b": 9} for code, v in entries]
    ones, twos = ([each for each in made if code in codes_of(each)] for code in "12")
    found = {
        "straight": members(members([context], "a"), "b"),
        "deeper": members(members(members([context], "a"), "a"), "b"),
        "top": members([context], "a"),
        "by_code": members(ones, "v"),
        "below": members(members(members(twos, "v"), "a"), "b"),
        "last": members(members(ones[-1:], "v"), "a"),
        "second": members(ones[1:2], "v"),
        "again": members(ones, "v"),
    }
    # a list that stands where one value should is given as its elements
    wanted = {n: v[0] for n, v in found.items() if len(v) == 1 and isinstance(v[0], int | float)}
    labs = bundle(*({"resource": each} for each in made))
    given = cut({"labs": labs}, context, inputs=inputs).fields

    assert {n: v for n, v in given.items() if not isinstance(v, str)} == wanted


def test_several_without_a_choice_is_no_answer():
    inputs = {"creatinine": "prefetch.labs.entry[code=2160-0].valueQuantity.value"}
    found = cut({"labs": bundle(lab(1.0), lab(2.0))}, inputs=inputs)
    assert found.missing == {"creatinine": "many"}


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("prefetch.labs.entry[code=2160-0].valueQuantity.value", [1.8]),
        ("prefetch.labs.entry[code=http://loinc.org|2160-0].valueQuantity.value", [1.8]),
        ("prefetch.labs.entry[code=http://other.org|2160-0].valueQuantity.value", []),
        ("prefetch.labs.entry.resource[code=2160-0].valueQuantity.value", [1.8]),
        ("prefetch.labs.entry[resourceType=Observation][last].valueQuantity.value", [7.0]),
        ("prefetch.labs.entry[1].code.coding.code", ["9999-9"]),
        ("prefetch.labs.entry[status=final].valueQuantity.value", []),
        ("prefetch.labs.total", []),
    ],
)
def test_a_path_leads_where_it_says(source, expected):
    root = {"labs": bundle(lab(1.8), lab(7.0, code="9999-9"))}
    declared = path(source)
    walk = Walk({declared.root: root})
    assert walk.read(declared) == expected
    assert walk.read(declared) == expected, "what is remembered is what was read"


@pytest.mark.parametrize(
    "source",
    [
        "",
        "prefetch",
        "labs.entry",
        "prefetch.labs.",
        "prefetch..labs",
        "prefetch.labs[",
        "prefetch.labs[a b]",
        "prefetch.labs.entry[0][code=1].value",
        "prefetch.note.text",
        "prefetch.note.text.div",
        "prefetch.patient.contained[0].id",
        "prefetch.patient.extension.valueString",
        "prefetch.patient.modifierExtension[0].valueString",
        "context.patientId",
        "context.userId",
        "fhirAuthorization.access_token",
        "prefetch.patient.name; drop",
        "prefetch.patient.__class__.mro()",
    ],
)
def test_a_path_outside_the_grammar_is_refused(source):
    with pytest.raises(Refused):
        path(source)


def test_an_extension_may_be_named_by_its_url():
    inputs = {"x": "prefetch.patient.extension[url=http://a.example/x].valueCode"}
    person = {
        "resourceType": "Patient",
        "extension": [
            {"url": "http://a.example/x", "valueCode": "yes"},
            {"url": "http://a.example/y", "valueCode": CANARY},
        ],
    }
    assert cut({"patient": person}, inputs=inputs).fields == {"x": "yes"}


def test_a_tree_or_a_note_is_not_a_value():
    inputs = {"a": "prefetch.patient.name", "b": "prefetch.patient.gender"}
    person = {"resourceType": "Patient", "name": [{"family": "x"}], "gender": "y" * 600}
    assert cut({"patient": person}, inputs=inputs).missing == {
        "a": "not_a_value",
        "b": "not_a_value",
    }


def test_a_stand_in_is_used_only_where_nothing_was_found():
    fills = {"sex": "unknown"}
    there = {"patient": {"resourceType": "Patient", "gender": "male"}}
    assert cut(there, fills=fills).fields["sex"] == "male"
    gone = cut({}, fills=fills)
    assert gone.fields == {"sex": "unknown"}
    assert gone.filled == ("sex",)
    assert gone.missing["sex"] == "absent"


@pytest.mark.parametrize(
    "resource",
    [
        {"resourceType": "Patient", "id": "p2"},
        {"resourceType": "Observation", "subject": {"reference": "Patient/p2"}},
        {"resourceType": "Observation", "subject": {"reference": "https://a.example/Patient/p2"}},
        {"resourceType": "Observation", "subject": {"reference": "Patient/p2/_history/3"}},
        {"resourceType": "Condition", "patient": {"reference": "Patient/p2"}},
        {"resourceType": "Coverage", "beneficiary": {"reference": "Patient/p2"}},
    ],
)
def test_another_patients_resource_is_dropped_wherever_it_stands(resource):
    assert keep_own(resource, "p1").n_other == 1
    assert keep_own(resource, "p1").value is None
    kept = keep_own(bundle({"resource": resource}, lab(1.0)), "p1")
    assert kept.n_other == 1
    assert len(kept.value["entry"]) == 1
    assert keep_own(resource, "p2").n_other == 0


def test_a_patient_carried_in_the_bundle_names_who_it_is():
    person = {"fullUrl": "urn:uuid:1", "resource": {"resourceType": "Patient", "id": "p2"}}
    entry = lab(9.0)
    entry["resource"]["subject"] = {"reference": "urn:uuid:1"}
    assert keep_own(bundle(person, entry), "p1").n_other == 2


def test_what_is_no_resource_is_unusable():
    for value in ("<html>", 3, [], {}, {"resourceType": 3}, {"resourceType": "OperationOutcome"}):
        assert keep_own(value, "p1").value is None
        assert keep_own(value, "p1").n_unusable == 1
    assert keep_own(None, "p1").n_unusable == 0


@given(
    st.dictionaries(
        st.text(max_size=4),
        st.recursive(
            st.none() | st.booleans() | st.text(max_size=6) | st.integers(-(2**40), 2**40),
            lambda x: st.lists(x, max_size=3) | st.dictionaries(st.text(max_size=4), x, max_size=3),
            max_leaves=12,
        ),
        max_size=4,
    )
)
def test_plain_json_is_read_as_the_standard_library_reads_it(value):
    for indent in (None, 1):
        assert decode(json.dumps(value, indent=indent).encode()) == value


@pytest.mark.parametrize(
    "raw",
    [
        b'{"a":1,"a":2}',
        b'{"b":{"a":1,"\\u0061":2}}',
        b'{"a":[{"x":1},{"x":1,"x":1}]}',
        b'{"a":Infinity}',
        b'{"a":1} {}',
        b'{"a":"\\udc00"}',
        b"{" + b'"a":{' * 70 + b"}" * 71,
    ],
)
def test_what_two_readers_would_read_differently_is_refused(raw):
    with pytest.raises(Malformed):
        decode(raw)


@pytest.mark.parametrize(
    ("found", "fields", "missing"),
    [
        ({"a": ["x"]}, {"a": "x"}, {}),
        ({"a": ["x", "y"]}, {}, {"a": "many"}),
        ({"a": []}, {}, {"a": "absent"}),
        ({"a": {"b": 1}}, {}, {"a": "not_a_value"}),
        ({"a": None}, {}, {"a": "absent"}),
    ],
)
def test_a_path_without_a_choice_ends_in_the_one_value_there_is(found, fields, missing):
    cut = Reach({"a": "context.a"}, {}).cut(found, {}, "p1")

    assert (cut.fields, cut.missing) == (fields, missing)


TEXTS = st.text('a:{[]}"\\\\\u00e9', max_size=4).map(json.dumps)
SPELLED = st.recursive(
    TEXTS | st.sampled_from(["1.50", "null", "-0"]),
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda each: f"[{' , '.join(each)}]")
        | st.lists(st.tuples(TEXTS, inner), max_size=3).map(
            lambda pairs: "{" + ",".join(f"{key}: {value}" for key, value in pairs) + "}"
        )
    ),
    max_leaves=6,
)


@given(st.lists(st.tuples(TEXTS, SPELLED), min_size=1, max_size=4))
def test_a_key_said_twice_is_refused_however_deep_and_nothing_else_is(pairs):
    raw = ("{" + ",".join(f"{key}:{value}" for key, value in pairs) + "}").encode()
    twice = []

    def noticed(found):
        twice.append(len({key for key, _ in found}) != len(found))
        return dict(found)

    value = json.loads(raw, object_pairs_hook=noticed)
    if any(twice):
        with pytest.raises(Malformed, match="said twice"):
            decode(raw)
    else:
        assert decode(raw) == value


def test_a_mebibyte_of_brackets_is_refused_before_it_is_built(monkeypatch):
    built = []
    monkeypatch.setattr("attending.fhir.decode._decode", built.append)
    for raw in (b"[" * 2**20, b'{"a":' * 200_000):
        with pytest.raises(Malformed, match="nested deeper"):
            decode(raw)
    assert built == []
