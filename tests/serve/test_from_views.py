"""A request's resources become features: by views, about one patient, and nothing else."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from attending.fhir.decode import n_leaves
from attending.fhir.feature import Feature
from attending.fhir.mapped import MappedColumn
from attending.fhir.mapped_view import Through
from attending.fhir.terms import TermRow, Terms
from attending.fhir.view import view
from attending.serve.features.from_views import FromViews

AT = datetime(2026, 7, 21, 8, tzinfo=UTC)
VIEWS = [
    view(each)
    for each in (
        {
            "name": "people",
            "resource": "Patient",
            "select": [{"column": [{"name": "born", "path": "birthDate"}]}],
        },
        {
            "name": "pulses",
            "resource": "Observation",
            "where": [{"path": "code.coding.where(code = '8867-4').exists()"}],
            "select": [
                {
                    "column": [
                        {"name": "taken", "path": "effective.ofType(dateTime)"},
                        {"name": "rate", "path": "value.ofType(Quantity).value"},
                    ]
                }
            ],
        },
    )
]
FEATURES = {
    "age": Feature(view="people", column="born", reduce="one", since="a"),
    "pulse": Feature(view="pulses", column="rate", reduce="last", order="taken", on_missing="null"),
    "n": Feature(view="pulses", column="rate", reduce="count"),
    "worst": Feature(view="pulses", column="rate", reduce="max", on_missing="value", value=80),
}
CANARY = "canary-3c1f"


def maker() -> FromViews:
    return FromViews(FEATURES, VIEWS, {"pulse": 75, "age": 50})


def pulse(n: int, rate: object, hours: float, **more: Any) -> dict[str, Any]:
    return {
        "resourceType": "Observation",
        "id": f"o{n}",
        "status": "final",
        "subject": {"reference": "Patient/p1"},
        "code": {"coding": [{"system": "http://loinc.org", "code": "8867-4"}]},
        "effectiveDateTime": (AT - timedelta(hours=hours)).isoformat(),
        "valueQuantity": {"value": rate, "unit": "/min"},
    } | more


def sent(*told: dict[str, Any], born: str = "1960-01-01") -> dict[str, Any]:
    person = {"resourceType": "Patient", "id": "p1", "birthDate": born}
    entries = [{"resource": each} for each in told]
    return {"patient": person, "observation": {"resourceType": "Bundle", "entry": entries}}


def test_features_are_made_of_the_resources_sent() -> None:
    cut = maker().cut(sent(pulse(1, 80, 3), pulse(2, 95, 1)), "p1", AT)

    assert cut.fields["pulse"] == cut.fields["worst"] == 95
    assert cut.fields["n"] == 2
    assert cut.fields["age"] == pytest.approx(66.55, abs=0.01)
    assert cut.missing == {}
    assert len(cut.seen.rows["pulses"]) == 2


def test_nothing_sent_is_not_nothing_found() -> None:
    without = {key: value for key, value in sent().items() if key == "patient"}
    failed = without | {"observation": {"resourceType": "OperationOutcome", "issue": []}}

    for asked in (without, failed):
        cut = maker().cut(asked, "p1", AT)
        assert cut.missing == dict.fromkeys(("pulse", "n", "worst"), "not_sent")
        assert "n" not in cut.fields
    found = maker().cut(sent(), "p1", AT)
    assert found.fields["n"] == 0
    assert found.missing == {"pulse": "absent", "worst": "absent"}


def test_what_may_be_filled_is_filled_as_declared_and_a_refused_feature_never_is() -> None:
    cut = maker().cut(sent(born=""), "p1", AT)

    assert (cut.fields["pulse"], cut.fields["worst"]) == (75, 80)
    assert set(cut.filled) == {"pulse", "worst"}
    assert "age" not in cut.fields, "the model's own rule is not for a feature that refuses"


def test_another_patients_resource_makes_no_feature() -> None:
    other = pulse(9, 200, 0, subject={"reference": "Patient/p2"})

    cut = maker().cut(sent(pulse(1, 80, 3), other), "p1", AT)

    assert cut.fields["worst"] == 80
    assert cut.n_other_patient == 1


def test_a_resource_updated_after_the_moment_asked_about_is_not_seen() -> None:
    later = pulse(2, 200, 0.5, meta={"lastUpdated": (AT + timedelta(hours=1)).isoformat()})

    cut = maker().cut(sent(pulse(1, 80, 3), later), "p1", AT)

    assert cut.fields["worst"] == 80
    assert cut.fields["n"] == 1


def test_of_two_versions_of_one_resource_the_later_is_read() -> None:
    old = pulse(1, 60, 3, meta={"lastUpdated": (AT - timedelta(hours=2)).isoformat()})
    new = pulse(1, 90, 3, meta={"lastUpdated": (AT - timedelta(hours=1)).isoformat()})

    for order in ((old, new), (new, old)):
        cut = maker().cut(sent(*order), "p1", AT)
        assert (cut.fields["pulse"], cut.fields["n"]) == (90, 1)


def test_a_resource_a_view_cannot_read_is_not_left_out_in_silence() -> None:
    twice = pulse(2, 90, 1)
    twice["effectiveDateTime"] = [AT.isoformat(), AT.isoformat()]

    cut = maker().cut(sent(pulse(1, 80, 3), twice), "p1", AT)

    assert cut.missing == dict.fromkeys(("pulse", "n", "worst"), "not_a_value")


def test_no_undeclared_leaf_goes_further() -> None:
    planted = pulse(1, 80, 3, note=[{"text": CANARY}], device={"display": CANARY})
    planted["subject"] |= {"display": CANARY}
    planted["text"] = {"status": "generated", "div": f"<div>{CANARY}</div>"}
    planted["extension"] = [{"url": CANARY, "valueString": CANARY}]
    planted["contained"] = [{"resourceType": "Patient", "id": CANARY}]
    asked = sent(planted)
    asked["patient"] |= {"name": [{"family": CANARY}]}
    asked["condition"] = {"resourceType": "Condition", "code": {"text": CANARY}}

    cut = maker().cut(asked, "p1", AT)

    assert CANARY not in msgspec.json.encode(cut).decode()
    assert -cut.n_dropped < n_leaves(planted) / 2, "views are given what they read, and no more"
    assert cut.fields["pulse"] == 80


def test_the_order_in_which_resources_are_sent_does_not_matter() -> None:
    told = [pulse(n, 60 + n, n % 3) for n in range(8)]

    first = maker().cut(sent(*told), "p1", AT)
    second = maker().cut(sent(*reversed(told)), "p1", AT)

    assert msgspec.json.encode(first) == msgspec.json.encode(second)


def test_a_client_is_asked_for_the_types_that_views_read() -> None:
    assert maker().prefetch == {
        "observation": "Observation?patient={{context.patientId}}",
        "patient": "Patient/{{context.patientId}}",
    }
    assert json.dumps(maker().prefetch)


LOCAL = view(
    {
        "name": "rhythms",
        "resource": "Observation",
        "select": [
            {
                "column": [
                    {"name": "taken", "path": "effective.ofType(dateTime)"},
                    {"name": "rhythm", "path": "code.coding.code.first()"},
                ]
            }
        ],
    }
)
RHYTHM = MappedColumn(view="rhythms", column="rhythm", map="local", system="urn:alder")
ROWS = [
    TermRow(
        map="local",
        version="7",
        source_system="urn:alder",
        source_code="L1",
        target_system="urn:ours",
        target_code="sinus",
        valid_to=until,
    )
    for until in ("2026-07-21", "")
]


def test_a_code_reaches_a_feature_through_its_map_on_the_day_asked_about_or_not_at_all() -> None:
    features = {
        "rhythm": Feature(view="rhythms", column="rhythm", reduce="last", order="taken"),
        "n": Feature(view="rhythms", column="rhythm", reduce="count"),
        "seen": Feature(view="rhythms", column="rhythm", reduce="any"),
    }
    known, unknown = (
        pulse(n, 80, 3 - n, code={"coding": [{"code": code}]})
        for n, code in enumerate(("L1", CANARY))
    )

    def cut(rows: list[TermRow], *told: dict[str, Any]) -> Any:
        through = Through((RHYTHM,), Terms(rows))
        return FromViews(features, [LOCAL], {}, through=through).cut(sent(*told), "p1", AT)

    mapped = cut(ROWS, known)
    assert mapped.fields == {"rhythm": "sinus", "n": 1, "seen": True}
    both = cut(ROWS, known, unknown)
    assert both.missing == {"rhythm": "unmapped", "n": "unmapped"}
    assert both.fields == {"seen": True}
    assert CANARY not in msgspec.json.encode(both).decode()
    over = cut(ROWS[:1], known)
    assert over.missing == dict.fromkeys(features, "unmapped"), "the map's row ended that day"
    assert mapped.seen.views != over.seen.views, "another map is another view, by digest"
