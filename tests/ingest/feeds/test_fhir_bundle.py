"""A bundle's resources come one by one, each with the place of its own bytes."""

from __future__ import annotations

import json

import pytest

from attending.ingest.feed import Hints
from attending.ingest.feeds.fhir_bundle import fhir_bundle
from attending.lake.clinical.received import Aside


def bundle(kind, *entries, indent=None):
    whole = {"resourceType": "Bundle", "type": kind, "entry": list(entries)}
    return json.dumps(whole, indent=indent).encode()


def patient(name, **more):
    return {"resource": {"resourceType": "Patient", "id": name} | more}


def deleted(url, at=None):
    said = {"request": {"method": "DELETE", "url": url}}
    return said | ({"response": {"lastModified": at}} if at else {})


def read(raw):
    return list(fhir_bundle([raw[:7], raw[7:]], Hints()))


@pytest.mark.parametrize("indent", [None, 2])
def test_each_resource_lies_where_it_says_even_beside_its_double(indent):
    twin = patient("same")
    raw = bundle("collection", patient("a"), twin, twin | {"fullUrl": "urn:x"}, indent=indent)
    found = read(raw)

    assert [each.id for each in found] == ["a", "same", "same"]
    assert len({each.offset for each in found}) == 3
    for each in found:
        assert raw[each.offset : each.offset + each.length].decode() == each.body


def test_a_transaction_brings_changes_and_deletes_and_nothing_for_a_question():
    asked = {"request": {"method": "GET", "url": "Patient/a"}}
    patched = patient("p") | {"request": {"method": "PATCH", "url": "Patient/p"}}
    put = patient("a") | {"request": {"method": "PUT", "url": "Patient/a"}}
    raw = bundle("transaction", put, asked, patched, deleted("Patient/b"), deleted("Patient?x=1"))
    found = read(raw)

    assert [(each.op, each.id) for each in found if not isinstance(each, Aside)] == [
        ("upsert", "a"),
        ("delete", "b"),
    ]
    assert [each.reason for each in found if isinstance(each, Aside)] == [
        "unsupported_change",
        "unknown_type",
    ]


def test_a_history_is_read_from_its_end_for_it_lists_what_is_newest_first():
    at = "2026-03-02T00:00:00Z"
    raw = bundle("history", deleted("Patient/a", at), patient("a", active=True), patient("a"))
    found = read(raw)

    assert [(each.op, "active" in each.body) for each in found] == [
        ("upsert", False),
        ("upsert", True),
        ("delete", False),
    ]
    assert found[-1].known_at.isoformat() == "2026-03-02T00:00:00+00:00"


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b'{"resourceType": "Bundle", "type": "batch", "type": "history"}', "said_twice"),
        (b'{"resourceType": "Patient", "id": "x"}', "not_a_bundle"),
        (b'{"resourceType": "Bundle", "entry": {}}', "not_a_bundle"),
        (b"[" * 100, "too_deep"),
        (b"", "not_json"),
        (bundle("batch", {"resource": 7}), "not_an_object"),
        (bundle("batch", {"resource": {"resourceType": "Patient"}}), "no_id"),
        (bundle("batch", deleted("Patient/x", "soon")), "illegal_time"),
        (b" " * (17 << 20), "too_long"),
    ],
)
def test_what_is_no_bundle_or_holds_no_resource_is_set_aside(raw, reason):
    [found] = read(raw)

    assert isinstance(found, Aside)
    assert found.reason == reason
