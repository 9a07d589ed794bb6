"""What a use case does not read, it does not see: not a leaf, a contained resource or a note."""

from __future__ import annotations

import json

import pytest

from attending.errors import Refused
from attending.fhir.decode import n_leaves
from attending.fhir.project import OTHER, project
from attending.fhir.view import NoRow, view

RACE = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-race"


def columns(*paths):
    return [{"name": f"c{i}", "path": path} for i, path in enumerate(paths)]


def of(resource, *paths, **more):
    return view({"resource": resource, "select": [{"column": columns(*paths)}]} | more)


VIEWS = [
    view(
        {
            "resource": "Observation",
            "constant": [{"name": "loinc", "valueUri": "http://loinc.org"}],
            "where": [{"path": "status.exists() and status != 'entered-in-error'"}],
            "select": [
                {
                    "column": columns(
                        "getResourceKey()",
                        "subject.getReferenceKey(Patient)",
                        "code.coding.where(system = %loinc).code.first()",
                        "effective.ofType(dateTime)",
                        "value.ofType(Quantity).value",
                        "value.ofType(CodeableConcept).coding[0].code",
                    )
                },
                {
                    "forEachOrNull": "component",
                    "column": [
                        {"name": "part", "path": "code.coding.code.first()"},
                        {"name": "of_part", "path": "value.ofType(Quantity).value"},
                    ],
                    "unionAll": [
                        {"column": [{"name": "why", "path": "dataAbsentReason.exists()"}]},
                        {
                            "forEach": "interpretation.coding",
                            "column": [{"name": "why", "path": "code = 'H'"}],
                        },
                    ],
                },
            ],
        }
    ),
    of(
        "Patient",
        "gender",
        "birthDate.lowBoundary()",
        f"extension('{RACE}').extension('ombCategory').value.ofType(Coding).code.first()",
        "birthDate.extension('http://example.org/exact').value.ofType(boolean)",
        "deceased.ofType(dateTime).exists() or deceased.ofType(boolean) = true",
        "address.where(use = 'home').postalCode.first()",
    ),
    of("MedicationRequest", "contained.ofType(Medication).code.coding.code.first()", "intent"),
    view(
        {
            "resource": "QuestionnaireResponse",
            "select": [{"repeat": ["item", "answer.item"], "column": columns("linkId")}],
        }
    ),
]

# Written by hand, from the views above: what they read, by element.
READ = {
    "Observation": {
        "id", "status", "subject.reference", "subject.type", "code.coding.system",
        "code.coding.code", "effectiveDateTime", "valueQuantity.value",
        "valueCodeableConcept.coding.code", "component.code.coding.code",
        "component.valueQuantity.value", "component.dataAbsentReason",
        "component.interpretation.coding.code",
    },
    "Patient": {
        "gender", "birthDate", "deceasedDateTime", "deceasedBoolean", "address.use",
        "address.postalCode", f"extension<{RACE}>.extension<ombCategory>.valueCoding.code",
        "_birthDate.extension<http://example.org/exact>.valueBoolean",
    },
    "MedicationRequest": {"contained<Medication>.code.coding.code", "intent"},
    "QuestionnaireResponse": {"item.linkId"},
}  # fmt: skip


class Planting:
    """Puts a word of its own into every leaf: one word for what is read, one for what is not."""

    def __init__(self):
        self.n, self.read, self.other = 0, [], []

    def word(self, path, read):
        self.n += 1
        if path in read:
            self.read.append(f"read-{self.n}-")
            return self.read[-1]
        self.other.append(f"canary-{self.n}-")
        return self.other[-1]

    def tree(self, value, path, read):
        if isinstance(value, list):
            # no element of FHIR is a list in a list: there nothing is read
            return [
                self.tree(each, path, set() if isinstance(each, list) else read) for each in value
            ]
        if not isinstance(value, dict):
            return value if value is None else self.word(path, read)
        out = {}
        for key, inner in value.items():
            if key == "resourceType" or (key == "url" and path.endswith(">")):
                out[key] = inner
                continue
            below = f"{path}.{key}".lstrip(".")
            below = below.replace("item.item", "item").replace("item.answer.item", "item")
            out[key] = self.below(inner, key, below, read)
        return out

    def below(self, inner, key, path, read):
        mark = {"extension": "url", "contained": "resourceType"}.get(key)
        if not mark:
            return self.tree(inner, path, read)
        many = isinstance(inner, list)
        named = [
            self.tree(each, f"{path}<{each.get(mark)}>" if isinstance(each, dict) else path, read)
            for each in (inner if many else [inner])
        ]
        return named if many else named[0]


def hidden(resource):
    """Give a resource things that no view here may see, beside what it has."""
    drug = {"resourceType": "Medication", "code": {"coding": [{"code": "x", "display": "x"}]}}
    person = {"resourceType": "RelatedPerson", "name": [{"family": "x"}]}
    race = [{"url": "ombCategory", "valueCoding": {"code": "x", "display": "x"}}]
    return resource | {
        "text": {"status": "generated", "div": "<div>x</div>"},
        "contained": [drug, person, {"resourceType": 3, "x": "x"}, "x", [drug]],
        "extension": [
            {"url": RACE, "extension": race, "valueString": "x"},
            {"url": "http://example.org/other", "valueString": "x"},
            {"valueString": "x"},
            "x",
            {"url": [RACE], "extension": race},
        ],
        "_birthDate": {"extension": [{"url": "http://example.org/exact", "valueBoolean": True}]},
        "_gender": {"extension": [{"url": "http://example.org/exact", "valueBoolean": True}]},
    }


def try_bundles(mutator, numbers):
    declared = project(VIEWS)
    seen = 0
    for i in numbers:
        planting = Planting()
        bundle = mutator.bundle(i)
        for entry in bundle["entry"]:
            whole = hidden(entry["resource"])
            entry["resource"] = planting.tree(whole, "", READ.get(whole["resourceType"], set()))
            entry["fullUrl"] = planting.word("fullUrl", set())
        cut = declared.cut(bundle)
        out = json.dumps(cut.tree)
        assert "canary-" not in out, f"bundle {i}"
        missing = [word for word in planting.read if word not in out]
        assert not missing, f"bundle {i}: {missing}"
        counted = sum(cut.dropped.values()) + n_leaves(cut.tree)
        assert counted == n_leaves(bundle), f"bundle {i}"
        seen += len(planting.read)
    return seen


def test_nothing_that_is_not_read_goes_further_and_all_that_is_read_does(mutator):
    assert try_bundles(mutator, range(2_000)) > 8_000


@pytest.mark.long
def test_nothing_that_is_not_read_goes_further_in_twenty_thousand_bundles(mutator):
    assert try_bundles(mutator, range(20_000)) > 80_000


def answer(tried, resource):
    try:
        return tried.rows(resource)
    except NoRow as refused:
        return refused.reason


@pytest.mark.parametrize("tried", VIEWS, ids=lambda each: each.resource)
def test_a_view_gives_the_same_rows_of_what_was_cut(tried, mutator):
    declared = project(VIEWS)
    tested = 0
    for i in range(800):
        # every second one of another type, taken for this: elements where nobody expects them
        kind = tried.resource if i % 2 else ""
        resource = mutator.resource(i, kind) | {"resourceType": tried.resource}
        whole = answer(tried, resource)
        assert answer(tried, declared.cut(resource).tree) == whole, i
        tested += len(whole)
    assert tested > 400


def test_the_cut_tree_shares_nothing_with_the_resource_it_was_cut_from():
    resource = {"resourceType": "Patient", "gender": "female", "address": [{"postalCode": "1"}]}
    cut = project(VIEWS).cut(resource).tree
    cut["address"][0]["city"] = "elsewhere"
    assert resource["address"] == [{"postalCode": "1"}]


@pytest.mark.parametrize(
    ("path", "because"),
    [
        ("text.div", "narrative"),
        ("text.status", "narrative"),
        ("contained.ofType(Medication).text.status", "narrative"),
        ("note.text", "free text"),
        ("code.text", "free text"),
        ("code.coding.display.first()", "free text"),
        ("value.ofType(string)", "free text"),
        ("value.ofType(string) = 'x'", "free text"),
        ("component.where(value.ofType(string) = 'x').code.coding.code", "free text"),
        ("extension('u').value.ofType(markdown)", "free text"),
        ("extension.url", "needs its address"),
        ("modifierExtension.value.ofType(code)", "needs its address"),
        ("contained.id", "needs its type"),
        ("contained.where(id = 'x').id", "needs its type"),
        ("value.exists()", "may be of any type"),
    ],
)
def test_what_may_not_be_declared_is_refused_and_not_left_out(path, because):
    with pytest.raises(Refused, match=because):
        project([of("Observation", path)])
    with pytest.raises(Refused, match=because):
        project([], [("Observation", path)])


def test_free_text_goes_further_only_where_the_use_case_says_that_it_reads_it():
    resource = {"resourceType": "Observation", "valueString": "x", "note": [{"text": "y"}]}
    noted = of("Observation", "note.exists()")
    cut = project([noted]).cut(resource)
    assert cut.tree == {"resourceType": "Observation", "note": [{}]}
    assert cut.dropped == {"valueString": 1, "text": 1}
    read = project([of("Observation", "value.ofType(string)", "note.text")], free_text=True)
    assert read.cut(resource).tree == resource
    assert read.elements == {"Observation": ("note.text", "valueString")}


def test_a_note_under_a_code_s_name_goes_nowhere():
    note, resource = "n" * 513, {"resourceType": "Observation", "status": "n" * 513}
    cut = project([of("Observation", "status")]).cut(resource)
    assert cut.tree == {"resourceType": "Observation"}
    assert cut.dropped == {"status": 1}
    assert (
        project([of("Observation", "status")], free_text=True).cut(resource).tree["status"] == note
    )


def test_what_was_left_out_is_counted_under_no_name_that_tells_something():
    resource = {
        "resourceType": "Patient",
        "Tall Man": "x",
        "birthDate": "1970",
        "photo": [{"x": 1}],
    }
    dropped = project([of("Patient", "gender")]).cut(resource).dropped
    assert dropped == {OTHER: 1, "birthDate": 1, "photo": 1}
    many = {"resourceType": "Patient"} | {f"a{i}": 1 for i in range(1_000)}
    dropped = project([of("Patient", "gender")]).cut(many).dropped
    assert len(dropped) == 65
    assert sum(dropped.values()) == 1_000


def test_a_type_that_no_view_is_of_is_not_seen_at_all():
    cut = project(VIEWS).cut({"resourceType": "Coverage", "subscriberId": "x"})
    assert cut.tree is None
    assert cut.dropped == {OTHER: 2}


def test_two_use_cases_that_see_the_same_have_the_same_digest():
    one = project([of("Patient", "gender", "birthDate")])
    same = project([of("Patient", "birthDate")], [("Patient", "gender")])
    assert one.digest == same.digest
    assert one.digest != project([of("Patient", "gender")]).digest
    assert one.digest != project([of("Patient", "gender", "birthDate")], free_text=True).digest


def test_every_path_of_a_view_is_listed():
    shown = project(VIEWS).elements
    assert shown["QuestionnaireResponse"] == ("repeat(item | answer.item).linkId",)
    assert shown["MedicationRequest"] == ("contained.ofType(Medication).code.coding.code", "intent")
    assert f"extension('{RACE}').extension('ombCategory').valueCoding.code" in shown["Patient"]
    assert "component.interpretation.coding.code" in shown["Observation"]
