"""A view gives the rows its definition says, or says why not; it never guesses."""

from __future__ import annotations

import contextlib
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attending.errors import Refused
from attending.fhir import cells
from attending.fhir.decode import decode_exact
from attending.fhir.reading import read
from attending.fhir.view import NoRow, NotAView, view

PATIENT = {
    "resourceType": "Patient",
    "id": "a",
    "active": True,
    "birthDate": "1970-06",
    "_birthDate": {"extension": [{"url": "u", "valueTime": "12:34:00"}]},
    "deceasedDateTime": "2020-03-01T10:00:00+02:00",
    "name": [{"family": "x", "given": ["g", None, "h"]}, None, {"family": "y"}, {}],
    "contact": [],
    "score": [Decimal("1.00"), 1, Decimal("2.5")],
    "link": [
        {"other": {"reference": "http://example.org/fhir/Patient/b/_history/2"}},
        {"other": {"reference": "#c"}},
        {"other": {"reference": "urn:uuid:d", "type": "Patient"}},
        {"other": {"reference": 4}},
        {"other": {"reference": "Group/e"}},
    ],
    "contained": [
        {"resourceType": "Organization", "id": "o"},
        {"resourceType": "Group", "id": "g"},
    ],
}


def of(path, **column):
    return view(
        {
            "resource": "Patient",
            "select": [{"column": [{"name": "x", "path": path, "collection": True} | column]}],
        }
    )


def values(path, **column):
    return of(path, **column).rows(PATIENT)[0]["x"]


def test_a_resource_whose_lists_multiply_within_each_other_has_no_row_and_says_why():
    beside = [
        {"forEach": "coding", "column": [{"name": name, "path": "code"}]} for name in ("a", "b")
    ]
    tried = view({"resource": "Patient", "select": [{"forEach": "language", "select": beside}]})
    language = {"coding": [{"code": "x"}] * 100}

    few = {"resourceType": "Patient", "language": [language] * 10}
    assert len(tried.rows(few)) == 100_000

    with pytest.raises(NoRow) as refused:
        tried.rows({"resourceType": "Patient", "language": [language] * 11})
    assert refused.value.reason == "too_many_rows"


@pytest.mark.parametrize(
    ("path", "body", "found"),
    [
        (
            "link.other.getReferenceKey(patient)",
            {"link": [{"other": {"reference": "patient/b"}}]},
            None,
        ),
        (
            "link.other.getReferenceKey()",
            {"link": [{"other": {"reference": "Group/b"}}]},
            "Group/b",
        ),
        (
            "link.other.getReferenceKey(Patient)",
            {"link": {"other": {"reference": "Group/b"}}},
            None,
        ),
        ("link.other.getReferenceKey()", {"link": {"other": "Group/b"}}, None),
        ("getResourceKey()", {"id": 4}, None),
        ("getResourceKey()", {"id": "4"}, "Patient/4"),
        ("name.where(given = 'g').family", {"name": {"given": ["g"], "family": "x"}}, "x"),
        ("name.where(given = 'g').family", {"name": {"given": ["h"], "family": "x"}}, None),
    ],
)
def test_one_value_is_found_the_short_way_and_the_long_way_alike(path, body, found):
    body = {"resourceType": "Patient"} | body

    assert of(path, collection=False).rows(body) == [{"x": found}]
    assert of(path).rows(body) == [{"x": [] if found is None else [found]}]


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("name.given", ["g", "h"]),  # a null is nothing, and keeps no place
        ("name.family", ["x", "y"]),
        ("name[1].family", ["y"]),
        ("name[7].family", []),
        ("name.given.first()", ["g"]),
        ("contact.first()", []),
        ("contact.exists()", [False]),
        ("name.exists(family = 'y')", [True]),
        ("Patient.active", [True]),
        ("$this.active", [True]),
        ("active.not()", [False]),
        ("contact.family.not()", []),  # nothing is neither true nor false
        ("contact.family = 'x'", []),
        ("contact.family = 'x' or active", [True]),
        ("contact.family = 'x' and active", []),
        ("contact.family = 'x' and active = false", [False]),
        ("score[0] = 1.0", [True]),  # equal as numbers, though said otherwise
        ("score[0]", [Decimal("1.00")]),
        ("active = 1", [False]),
        ("score[0] + score[2]", [Decimal("3.50")]),
        ("score[2] / 0", []),
        ("-score[1] < 0 - 0.5", [True]),
        ("1 + 2 * 3", [7]),
        ("(1 + 2) * 3", [9]),
        ("'a' + 'b' = 'ab'", [True]),
        ("score[0].lowBoundary()", [Decimal("0.995")]),
        ("score[1].highBoundary()", [Decimal("1.5")]),
        ("birthDate.lowBoundary()", ["1970-06-01"]),
        ("birthDate.extension('u').value.ofType(time)", ["12:34:00"]),
        ("deceased.exists()", [True]),
        ("deceased.ofType(dateTime)", ["2020-03-01T10:00:00+02:00"]),
        ("deceased.ofType(boolean)", []),
        ("deceased", ["2020-03-01T10:00:00+02:00"]),
        ("birthDate < @1970-07", [True]),
        ("birthDate < @1970-06-14", []),  # June is neither before nor after its fourteenth
        ("birthDate = @1970-06", [True]),
        ("deceased.ofType(dateTime) = @2020-03-01T08:00:00Z", [True]),
        ("deceased.ofType(dateTime) > @2020-03-01T08:00:01Z", [False]),
        ("link.other.getReferenceKey()", ["Patient/b", "urn:uuid:d", "Group/e"]),
        ("link.other.getReferenceKey(Patient)", ["Patient/b", "urn:uuid:d"]),
        ("getResourceKey()", ["Patient/a"]),
        ("contained.ofType(Group).id", ["g"]),
        ("name.given.join('-')", ["g-h"]),
        ("{}", []),
        (r"'it\'s \u00e9\n'", ["it's \u00e9\n"]),
        ("name.`family`", ["x", "y"]),
        ("name.where(given.exists()).family", ["x"]),
    ],
)
def test_a_path_leads_to(path, found):
    assert values(path) == found


@pytest.mark.parametrize(
    ("path", "column", "reason"),
    [
        ("name.family", {"collection": False}, "many"),
        ("name", {}, "not_a_value"),
        ("name[0]", {"collection": False}, "not_a_value"),
        ("birthDate", {"type": "decimal"}, "wrong_type"),
        ("active", {"type": "integer"}, "wrong_type"),
        ("score", {"type": "integer"}, "wrong_type"),
        ("name.family = 'x' and active", {}, None),
        ("name.family + 'x'", {}, "many"),
        ("active > 1", {}, "wrong_type"),
        ("active + 1", {}, "wrong_type"),
        ("name[0] = name[1]", {}, "wrong_type"),
        ("score.join(',')", {}, "wrong_type"),
    ],
)
def test_a_resource_that_breaks_a_rule_has_no_row_and_the_column_is_named(path, column, reason):
    tried = of(path, **column)
    if reason is None:
        assert tried.rows(PATIENT)[0]["x"] == [False]  # two are not one, and no order is asked
        return
    with pytest.raises(NoRow) as refused:
        tried.rows(PATIENT)
    assert refused.value.reason == reason
    assert "1970" not in str(refused.value)


def test_a_condition_that_is_no_boolean_is_refused_and_an_unknown_one_gives_no_row():
    asked = {"resource": "Patient", "select": [{"column": [{"name": "x", "path": "id"}]}]}
    assert view(asked | {"where": [{"path": "contact.family = 'x'"}]}).rows(PATIENT) == []
    with pytest.raises(NoRow, match="no boolean"):
        view(asked | {"where": [{"path": "birthDate"}]}).rows(PATIENT)


def test_lists_beside_each_other_are_refused_before_they_fill_the_memory():
    many = [{"forEach": "name", "column": [{"name": f"c{i}", "path": "family"}]} for i in range(9)]
    resource = {"resourceType": "Patient", "name": [{"family": "x"}] * 100}
    with pytest.raises(NoRow, match="more than"):
        view({"resource": "Patient", "select": many}).rows(resource)


COLUMN = {"name": "x", "path": "id"}


@pytest.mark.parametrize(
    ("change", "because"),
    [
        ({"other": 1}, "unknown here: other"),
        ({"resource": "patient"}, "one type of resource"),
        ({"resourceType": "Patient"}, "not a ViewDefinition"),
        ({"name": "1st"}, "a name is"),
        ({"select": []}, "at least one column"),
        ({"select": {}}, "a list is expected"),
        ({"select": [{"column": [COLUMN, COLUMN]}]}, "two columns are called x"),
        ({"select": [{"column": [COLUMN]}, {"column": [COLUMN]}]}, "two columns are called x"),
        ({"select": [{"column": [COLUMN | {"name": "a-b"}]}]}, "a column's name is"),
        ({"select": [{"column": [COLUMN | {"Type": "id"}]}]}, "unknown here: Type"),
        ({"select": [{"column": [COLUMN | {"type": "Coding"}]}]}, "a table is flat"),
        ({"select": [{"column": [COLUMN | {"collection": "yes"}]}]}, "true or false"),
        ({"select": [{"forEach": "name", "repeat": ["name"], "column": [COLUMN]}]}, "together"),
        ({"select": [{"repeat": [], "column": [COLUMN]}]}, "at least one expression"),
        ({"constant": [{"name": "a", "valueString": "x", "valueCode": "y"}]}, "one value"),
        ({"constant": [{"name": "a", "valueInteger": True}]}, "not a integer"),
        ({"constant": [{"name": "rowIndex", "valueInteger": 1}]}, "one name"),
        (
            {
                "select": [
                    {
                        "unionAll": [
                            {"column": [COLUMN | {"type": "id"}]},
                            {"column": [COLUMN | {"type": "boolean"}]},
                        ]
                    }
                ]
            },
            "different types",
        ),
    ],
)
def test_a_definition_that_is_not_understood_is_refused_with_its_place(change, because):
    asked = {"resource": "Patient", "select": [{"column": [COLUMN]}]} | change
    with pytest.raises(NotAView, match=because):
        view(asked)


@pytest.mark.parametrize(
    "path",
    [
        "", "name.", "name..family", "name[", "name[-1]", "name['a']", "name.where()",
        "name.contains('x')", "name | contact", "1 = 1 = ", "%other", "Observation.status",
        "value.ofType()", "name.family.ofType(Nothing)x", "@2020-13-", "'open", "a" * 9 + "$that",
        "(" * 40 + "1" + ")" * 40, "-" * 300 + "1", "a." * 300 + "a", r"'\ud800'", "name.ofType(x)",
        "where(true).ofType(Quantity)", "extension(url)", "join(1)",
    ],
)  # fmt: skip
def test_what_is_no_expression_is_refused(path):
    with pytest.raises(Refused):
        of(path)


WORDS = st.sampled_from(
    [
        "name",
        ".",
        "family",
        "(",
        ")",
        "[",
        "0",
        "]",
        "where",
        "ofType",
        "(",
        "Quantity",
        ")",
        "=",
        "'x'",
        "and",
        "or",
        "not",
        "first",
        "exists",
        "%a",
        "$this",
        "-",
        "+",
        "value",
        "@2020",
        "{}",
        ",",
        "1.50",
        "extension",
        "('u')",
        "<",
        "true",
        "`",
        "'",
        "\\",
        "\n",
    ]
)


@given(st.lists(WORDS, max_size=12).map("".join) | st.text(max_size=20))
def test_any_text_is_read_or_refused(text):
    with contextlib.suppress(Refused):
        read(text, {})


def test_any_bent_resource_has_rows_or_a_reason(mutator):
    views = [
        of("name.where(use = 'official').given.first()", collection=False),
        of("extension('u').value", collection=True),
        of("birthDate.lowBoundary()", collection=False, type="date"),
        of("address[0].line.join(' ')", collection=False),
        of("multipleBirth.ofType(integer) + 1 > 2 or deceased.exists()", collection=False),
        of("telecom.value.first() < 'm'", collection=False),
    ]
    reasons = {"many", "wrong_type"}
    rows, found = 0, set()
    for i in range(300):
        resource = mutator.resource(i, "Patient" if i % 3 else "") | {"resourceType": "Patient"}
        for each in views:
            try:
                rows += len(each.rows(resource))
            except NoRow as refused:
                found.add(refused.reason)
    assert found == reasons
    assert rows > 1_000


SHORT = {  # what is read with no list built, wherever a resource is as most are
    "where": "code.coding.where(system = 'a').code.first()",
    "straight": "code.coding.code",
    "member": "status",
    "patient": "subject.getReferenceKey(Patient)",
    "anybody": "subject.getReferenceKey()",
    "nobody": "subject.getReferenceKey(patient)",
    "own": "getResourceKey()",
}
KINDS = ("", "string", "boolean", "decimal")
SIMPLE = st.sampled_from(["a", "b", "", True, 1, Decimal("1.0"), None])
ODD = SIMPLE | st.sampled_from([[], {}, ["a"], ["a", "a"], [None], [{"code": "a"}], {"code": "a"}])
CODING = st.fixed_dictionaries(
    {}, optional={"system": st.sampled_from("aab") | ODD, "code": st.sampled_from("abc") | ODD}
)
POINTED = st.sampled_from(["Patient/a", "patient/a", "Group/a", "urn:x", "#a", "x/Patient/a", ""])
REFERENCE = st.fixed_dictionaries(
    {}, optional={"reference": POINTED | ODD, "type": st.sampled_from(["Patient", "patient", 1])}
)
OBSERVATION = st.fixed_dictionaries(
    {"resourceType": st.just("Observation")},
    optional={
        "id": ODD,
        "status": ODD,
        "code": ODD
        | st.fixed_dictionaries({"coding": ODD | CODING | st.lists(CODING | ODD, max_size=4)})
        | st.lists(st.fixed_dictionaries({"coding": st.lists(CODING)}), max_size=2),
        "subject": ODD | REFERENCE | st.lists(REFERENCE | ODD, max_size=2),
    },
)


CODED = st.fixed_dictionaries(
    {
        "system": st.sampled_from(["a", "a", "b", {"value": "a"}]),
        "code": st.sampled_from(["a", "b", None]),
    }
)
WELL_CODED = st.lists(CODED, min_size=1, max_size=4).map(
    lambda told: {"resourceType": "Observation", "code": {"coding": told}}
)


def shown(tried, resource):
    try:
        return repr(tried.rows(resource))
    except NoRow as refused:
        return refused.reason, refused.column


@pytest.mark.parametrize("within", [None, "part"])
def test_a_short_way_leads_where_the_long_way_does(within, monkeypatch):
    def column(name, kind):
        return {"name": f"x_{kind}", "path": SHORT[name]} | ({"type": kind} if kind else {})

    selects = [
        {"column": [column(name, kind)]} | ({"forEachOrNull": within} if within else {})
        for name in SHORT
        for kind in KINDS
    ]
    asked = [{"resource": "Observation", "select": [each]} for each in selects]
    short = [view(each) for each in asked]
    monkeypatch.setattr(cells, "_shorter", lambda node, accepted, otherwise: otherwise)
    long = [view(each) for each in asked]

    @settings(max_examples=300, deadline=None)
    @given(
        st.lists(OBSERVATION | ODD, max_size=2) if within else st.one_of(OBSERVATION, WELL_CODED)
    )
    def leads(given):
        told = {"resourceType": "Observation", "part": given} if within else given
        for one, other in zip(short, long, strict=True):
            assert shown(one, told) == shown(other, told)

    leads()


def test_a_better_description_is_no_other_view_and_another_path_is():
    asked = {"resource": "Patient", "name": "v", "select": [{"column": [COLUMN]}]}
    told = asked | {
        "title": "Patients",
        "select": [{"column": [COLUMN | {"description": "the id"}]}],
    }
    digest = view(asked).digest
    assert view(told).digest == digest
    assert view(decode_exact(b'{"select":[{"column":[{"path":"id","name":"x"}]}],"name":"v",'
                             b'"resource":"Patient"}')).digest == digest  # fmt: skip
    other = asked | {"select": [{"column": [COLUMN | {"path": "active"}]}]}
    assert view(other).digest != digest
    assert view(asked | {"name": "w"}).digest != digest
    limits = [
        asked | {"constant": [{"name": "c", "valueDecimal": Decimal(n)}]} for n in ("1.0", "2")
    ]
    assert len({view(each).digest for each in limits}) == 2


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("name.where(use = 'official').family.first()", ""),
        ("value.ofType(Quantity).value", ""),
        ("item.net.value", ""),
        ("item[0].quantity.value", ""),
        ("extension('u').value.ofType(code)", ""),
        ("name.exists() and active = true", ""),
        ("%rowIndex", "%rowIndex"),
        ("value", "value without ofType()"),
        ("score.lowBoundary()", "lowBoundary()"),
        ("score > 1", "the operator >"),
        ("id = name.family", "= of what is no literal"),
        ("birthDate = @1970-06", "= of what is no literal"),
        ("contained.ofType(Group).id", "ofType(Group) of what is no choice"),
    ],
)
def test_a_view_tells_why_it_is_not_plain(path, why):
    assert of(path).why_not_plain == why
    assert of(path).plain is (why == "")


def test_a_result_below_a_limit_is_the_limit_unless_a_view_asks_for_its_comparator():
    quantity = "value.ofType(Quantity)"
    tried = view(
        {
            "resource": "Observation",
            "select": [
                {
                    "column": [
                        {"name": "said", "path": f"{quantity}.value"},
                        {"name": "sign", "path": f"{quantity}.comparator"},
                        {"name": "exact", "path": f"{quantity}.where(comparator.empty()).value"},
                    ]
                }
            ],
        }
    )
    below = {"resourceType": "Observation", "valueQuantity": {"value": 5, "comparator": "<"}}
    exact = {"resourceType": "Observation", "valueQuantity": {"value": 5}}

    assert tried.rows(below) == [{"said": 5, "sign": "<", "exact": None}]
    assert tried.rows(exact) == [{"said": 5, "sign": None, "exact": 5}]
