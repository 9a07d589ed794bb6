"""What a view costs: of one resource of eight columns, and of a bundle at the bedside."""

from __future__ import annotations

import json
import time

from measured import Row

from attending.fhir.decode import decode_exact
from attending.fhir.project import project
from attending.fhir.view import view

RESOURCES = 30
TURNS = 400


def columns(**paths):
    return [{"name": name, "path": path} for name, path in paths.items()]


EIGHT = {
    "resource": "Observation",
    "name": "results",
    "select": [
        {
            "column": columns(
                key="getResourceKey()",
                patient="subject.getReferenceKey(Patient)",
                encounter="encounter.getReferenceKey()",
                code="code.coding.where(system = 'http://loinc.org').code.first()",
                status="status",
                at="effective.ofType(dateTime)",
                value="value.ofType(Quantity).value",
                unit="value.ofType(Quantity).code",
            )
        }
    ],
}
PARTS = {
    "resource": "Observation",
    "name": "parts",
    "select": [
        {"column": columns(key="getResourceKey()")},
        {"forEach": "component", "column": columns(part="code.coding.code.first()")},
    ],
}
PERSON = {
    "resource": "Patient",
    "name": "person",
    "select": [{"column": columns(key="getResourceKey()", sex="gender", born="birthDate")}],
}


def observation(i):
    code = {"coding": [{"system": "http://loinc.org", "code": f"{i}-4"}], "text": "result"}
    return {
        "resourceType": "Observation",
        "id": f"o{i}",
        "meta": {"profile": ["http://example.org/result"]},
        "status": "final",
        "category": [{"coding": [{"system": "http://example.org", "code": "laboratory"}]}],
        "code": code,
        "subject": {"reference": "Patient/p1"},
        "encounter": {"reference": "Encounter/e1"},
        "effectiveDateTime": "2026-10-13T07:00:00+00:00",
        "issued": "2026-10-13T07:00:00.000+00:00",
        "valueQuantity": {
            "value": i + 0.25,
            "unit": "mg/dL",
            "system": "http://unitsofmeasure.org",
            "code": "mg/dL",
        },
        "component": [{"code": code}] * (i % 3),
    }


def rows(_root, runs):
    patient = {"resourceType": "Patient", "id": "p1", "gender": "female", "birthDate": "1970"}
    given = [observation(i) for i in range(RESOURCES - 1)] + [patient]
    bundle = [decode_exact(json.dumps(each).encode()) for each in given]
    eight, *others = (view(raw) for raw in (EIGHT, PARTS, PERSON))
    purpose = project([eight, *others])
    one, all_three, cut = [], [], []
    for _ in range(runs):
        one.append(each(lambda: [eight.rows(r) for r in bundle[:-1]]) / (RESOURCES - 1))
        all_three.append(slowest(lambda: [v.rows(r) for v in (eight, *others) for r in bundle]))
        cut.append(each(lambda: [purpose.cut(r) for r in bundle]) / RESOURCES)
    return [
        Row("view: a resource, 8 columns", [1e6 * t for t in one], 25, "µs", at_most=True),
        Row(
            "view: 30 resources, 3 views, p99", [1e3 * t for t in all_three], 1, "ms", at_most=True
        ),
        Row("purpose: a resource cut", [1e6 * t for t in cut], 50, "µs", at_most=True),
    ]


def times(work):
    taken = []
    for _ in range(TURNS):
        began = time.thread_time()  # what it costs, whatever else runs here
        work()
        taken.append(time.thread_time() - began)
    return sorted(taken)


def each(work):
    return times(work)[TURNS // 2]


def slowest(work):
    return times(work)[TURNS * 99 // 100]
