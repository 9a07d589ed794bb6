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


def test_without_a_time_of_its_own_a_version_is_known_when_the_server_answered():
    answered = {"response": {"lastModified": "2026-03-01T00:00:00Z"}}
    own = {"meta": {"lastUpdated": "2026-02-01T00:00:00Z"}}
    raw = bundle("history", deleted("Patient/a", "2026-03-02T00:00:00Z"), patient("a") | answered)
    first, last = read(raw)
    [timed] = read(bundle("history", patient("a", **own) | answered))
    [wrong] = read(bundle("history", patient("a") | {"response": {"lastModified": "soon"}}))

    assert (first.known_at.isoformat(), first.clock) == (
        "2026-03-01T00:00:00+00:00",
        "meta.lastUpdated",
    )
    assert first.known_at < last.known_at
    assert timed.known_at.isoformat() == "2026-02-01T00:00:00+00:00"
    assert (wrong.reason, wrong.path) == ("illegal_time", "response.lastModified")


@pytest.mark.parametrize(
    "url",
    ["Patient/a", "/Patient/a", "Patient/a/_history/2", "https://h.org/fhir/Patient/a/_history/2"],
)
def test_a_delete_names_its_resource_whatever_stands_around(url):
    [found] = read(bundle("history", deleted(url)))

    assert (found.op, found.type, found.id) == ("delete", "Patient", "a")


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        ({"request": {"method": "delete", "url": "Patient/"}}, "illegal_id"),
        (patient("a") | {"request": {"method": "merge", "url": "Patient/a"}}, "unsupported_change"),
        ({"request": {"method": "PUT", "url": "Patient/a"}}, "not_an_object"),
        ({"fullUrl": "urn:x"}, "not_an_object"),
        ({}, "not_an_object"),
    ],
)
def test_no_entry_is_lost_that_should_have_brought_something(entry, reason):
    [found] = read(bundle("batch", entry))

    assert found.reason == reason


def test_a_mere_answer_brings_nothing():
    assert read(bundle("transaction-response", {"response": {"status": "201"}})) == []


def test_a_mark_before_a_bundle_is_passed_over_and_offsets_still_hold():
    raw = b"\xef\xbb\xbf" + bundle("collection", patient("a"))
    [found] = read(raw)

    assert raw[found.offset : found.offset + found.length].decode() == found.body


def test_references_by_a_bundle_s_own_names_lead_to_its_entries_and_no_others_are_touched():
    told = {
        "subject": {"reference": "urn:uuid:1"},
        "encounter": {"reference": "urn:uuid:7"},
        "performer": [{"reference": "urn:uuid:2"}, {"reference": "Practitioner/urn"}],
        "valueString": 'said "reference": "urn:uuid:1"',
    }
    seen = {"resource": {"resourceType": "Observation", "id": "o"} | told}
    raw = bundle(
        "transaction",
        patient("p") | {"fullUrl": "urn:uuid:1"},
        *(patient(name) | {"fullUrl": "urn:uuid:2"} for name in ("q", "r")),
        seen | {"fullUrl": "urn:uuid:3"},
    )
    found = read(raw)[-1]

    assert json.loads(found.body) == seen["resource"] | {"subject": {"reference": "Patient/p"}}
    assert json.loads(raw[found.offset : found.offset + found.length]) == seen["resource"]


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
