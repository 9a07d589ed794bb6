"""A view that would give `<0.01` as 0.01 is told, and so is how often it does."""

from __future__ import annotations

import gzip
import json

import pytest

from attending.fhir.comparator import SaidExactly, values_alone
from attending.fhir.view import view

VALUE = "value.ofType(Quantity).value"
PARTS = "component.value.ofType(Quantity).value"


def of(*paths, each="", where=""):
    columns = [{"name": f"c{n}", "path": path} for n, path in enumerate(paths)]
    select = {"column": columns} | ({"forEach": each} if each else {})
    told = {"resource": "Observation", "name": "labs", "status": "active", "select": [select]}
    return view(told | ({"where": [{"path": where}]} if where else {}))


def observation(sign="<", value=0.01, **more):
    quantity = {"value": value} | ({"comparator": sign} if sign else {})
    return {"resourceType": "Observation", "id": "a", "valueQuantity": quantity} | more


@pytest.mark.parametrize(
    ("made", "alone"),
    [
        (of("id", VALUE), ("valueQuantity",)),
        (of(VALUE, "value.ofType(Quantity).comparator"), ()),
        (of("value.ofType(Quantity).where(comparator.empty()).value"), ()),
        (of(VALUE, where="value.ofType(Quantity).comparator.empty()"), ()),
        (of("value", each="component.value.ofType(Quantity)"), ("component.valueQuantity",)),
        (of("value", "comparator", each="component.value.ofType(Quantity)"), ()),
        (of(PARTS, "value.ofType(Quantity).comparator"), ("component.valueQuantity",)),
        (of("value.ofType(Ratio).numerator.value"), ("valueRatio.numerator",)),
        (of("identifier.value.first()"), ()),
        (of("value.ofType(Quantity).code"), ()),
        (of("value.value"), ()),
    ],
)
def test_a_view_that_reads_a_value_and_not_its_comparator_is_known_by_its_paths(made, alone):
    assert values_alone(made) == alone


def test_a_dose_has_no_comparator_to_be_read():
    select = [{"column": [{"name": "d", "path": "dosage.dose.ofType(Quantity).value"}]}]
    told = {"resource": "MedicationAdministration", "name": "m", "status": "active"}

    assert values_alone(view(told | {"select": select})) == ()
    rate = "dosageInstruction.doseAndRate.dose.ofType(Quantity).value.first()"
    select = [{"column": [{"name": "d", "path": rate}]}]
    told = {"resource": "MedicationRequest", "name": "m", "status": "active"}
    assert values_alone(view(told | {"select": select})) == ()


@pytest.mark.parametrize(
    ("made", "resource", "n"),
    [
        (of("id", VALUE), observation(), 1),
        (of("id", VALUE, VALUE), observation(), 2),
        (of("id", VALUE), observation(""), 0),
        (of("id", VALUE, "value.ofType(Quantity).comparator"), observation(), 0),
        (of("value.ofType(Quantity).where(comparator.empty()).value"), observation(), 0),
        (of("id", VALUE, where="status = 'final'"), observation(), 0),
        (of("id", VALUE, where="value.ofType(Quantity).value < 1"), observation(), 1),
        (of("id", PARTS), observation(), 0),
        (of("id", "value.value"), observation(), 1),
        (of("id"), observation(), 0),
    ],
)
def test_the_cells_that_rest_on_a_limit_are_counted_and_no_others(made, resource, n):
    before = repr(resource)

    assert SaidExactly(made)(resource) == n
    assert repr(resource) == before


def test_only_the_part_that_a_row_is_of_counts():
    parts = [
        {"code": {"coding": [{"code": code}]}, "valueQuantity": {"value": 5} | sign}
        for code, sign in (("a", {"comparator": ">"}), ("b", {}))
    ]
    resource = {"resourceType": "Observation", "component": parts}

    def read(code):
        where = f"component.where(code.coding.where(code = '{code}').exists())"
        return of("value", each=f"{where}.value.ofType(Quantity)")

    assert [SaidExactly(read(code))(resource) for code in "ab"] == [1, 0]


def test_in_a_real_export_the_limits_of_sensitivity_are_counted_one_by_one(data):
    """Most dilutions at which a germ was tested are limits: at most, or at least, so much."""
    with gzip.open(data / "mimic-iv-fhir-demo" / "MimicObservationMicroSusc.ndjson.gz") as lines:
        resources = [json.loads(line) for line in lines]
    dilutions = [e for each in resources for e in each.get("extension", ())]
    limits = [e for e in dilutions if e.get("valueQuantity", {}).get("comparator")]
    address = limits[0]["url"]
    value = f"extension('{address}').value.ofType(Quantity)"
    alone = SaidExactly(of("id", f"{value}.value"))
    beside = SaidExactly(of("id", f"{value}.value", f"{value}.comparator"))

    assert len(limits) == 807
    assert sum(map(alone, resources)) == len(limits)
    assert sum(map(beside, resources)) == 0
