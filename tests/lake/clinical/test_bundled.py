"""A bundle whose entries name one another: joined in the lake, and traced to the bytes sent."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from attending.errors import ProofFailed, Refused
from attending.fhir.bundled import names_at
from attending.fhir.feature import Feature
from attending.fhir.view import view
from attending.ingest.feed import Hints
from attending.ingest.feeds.fhir_bundle import fhir_bundle
from attending.ingest.feeds.fhir_ndjson import fhir_ndjson
from attending.lake.clinical.received import Aside, Batch
from attending.lake.clinical.references import References
from attending.lake.lineage import Recorded, trace

AT = datetime(2026, 3, 1, tzinfo=UTC)
PATIENT, SEEN = "urn:uuid:0b0e1d80-0000-4000-8000-00000000000a", "urn:uuid:1"
BUNDLE = {
    "resourceType": "Bundle",
    "type": "transaction",
    "entry": [
        {
            "fullUrl": SEEN,
            "resource": {
                "resourceType": "Observation",
                "id": "o",
                "subject": {"reference": PATIENT},
                "specimen": {"reference": "urn:uuid:elsewhere"},
            },
            "request": {"method": "POST", "url": "Observation"},
        },
        {
            "fullUrl": PATIENT,
            "resource": {"resourceType": "Patient", "id": "p"},
            "request": {"method": "POST", "url": "Patient"},
        },
    ],
}
COLUMNS = [
    {"name": "result", "path": "getResourceKey()"},
    {"name": "patient", "path": "subject.getReferenceKey(Patient)"},
]
SUBJECTS = {"resource": "Observation", "name": "subjects", "select": [{"column": COLUMNS}]}


@pytest.fixture
def raw(lake):
    return lake.raw.keep(json.dumps(BUNDLE, indent=1).encode())


@pytest.fixture
def loaded(lake, raw):
    """Give what takes the bundle in."""

    def load():
        found = fhir_bundle(lake.raw.pieces(raw), Hints())
        return lake.load(Batch("ehr", "east", raw, AT), found)

    return load


def traced(lake, key, site="east", *, by_call=False):
    compiled = view(SUBJECTS)
    told = Recorded(
        prediction="one",
        use_case="tried",
        site=site,
        views={"subjects": compiled.digest},
        missing={},
        fields={},
        rows={"subjects": (key,)},
        at=AT,
        by_call=by_call,
    )
    return trace(lake, told, {}, {"subjects": compiled})


def test_a_bundle_s_own_names_join_resources_and_the_same_bytes_again_write_nothing(lake, loaded):
    first, again = loaded(), loaded()

    assert (first.new, again.rows, again.no_ops) == (2, 0, 2)
    assert lake.references() == References(said=2, relative=1, resolving=1, contained=0)


def test_such_a_resource_is_traced_to_the_bytes_that_were_sent(lake, raw, loaded):
    loaded()
    lake.materialize(view(SUBJECTS))
    [row] = lake.rows(lake.view("subjects"))
    [found] = traced(lake, row["key"].partition("/")[2]).resources

    assert row["patient"] == "Patient/p"
    sent = json.loads(lake.raw.slice(raw, found.offset, found.length))
    assert sent["subject"] == {"reference": PATIENT}


@pytest.mark.parametrize("changed", [b'"id": "o"', b'"id": "p"'])
def test_a_byte_changed_there_or_in_what_it_leads_to_is_found(lake, raw, loaded, changed):
    loaded()
    lake.materialize(view(SUBJECTS))
    [row] = lake.rows(lake.view("subjects"))
    path = lake.raw.path(raw)
    path.chmod(0o600)
    path.write_bytes(path.read_bytes().replace(changed, changed[:-2] + b'x"'))

    with pytest.raises(ProofFailed, match="those that were read"):
        traced(lake, row["key"].partition("/")[2])


@pytest.mark.parametrize("escaped", [rb"Patient\/p", rb"Patient\u002fp", rb"\u0050atient/p"])
def test_a_reference_with_a_sign_of_it_escaped_is_counted_like_any_other(lake, send, escaped):
    line = b'{"resourceType":"Encounter","id":"e","subject":{"reference":"' + escaped + b'"}}'
    send({"resourceType": "Patient", "id": "p"}, line)

    assert lake.references() == References(said=1, relative=1, resolving=1, contained=0)


@pytest.mark.parametrize("name", ["Patient?identifier=a&b", 'Patient/a"b', "#a\\b", "Patient/é\n"])
def test_a_reference_is_counted_whatever_signs_are_in_it(lake, send, name):
    send({"resourceType": "Encounter", "id": "e", "subject": {"reference": name}})

    counted = lake.references()
    assert (counted.said, counted.relative) == (1, 0)
    assert counted.contained == name.startswith("#")


def test_a_resource_of_a_bundle_in_a_line_is_traced_to_the_bytes_that_were_sent(lake):
    other = json.loads(json.dumps(BUNDLE).replace('"o"', '"o2"').replace('"p"', '"p2"'))
    raw = lake.raw.keep("\n".join([json.dumps(other), json.dumps(BUNDLE)]).encode())
    lake.load(Batch("ehr", "east", raw, AT), fhir_ndjson(lake.raw.pieces(raw), Hints()))
    lake.materialize(view(SUBJECTS))

    rows = lake.rows(lake.view("subjects"))
    assert {row["patient"] for row in rows} == {"Patient/p", "Patient/p2"}
    for row in rows:
        [found] = traced(lake, row["key"].partition("/")[2]).resources
        sent = json.loads(lake.raw.slice(raw, found.offset, found.length))
        assert sent["subject"] == {"reference": PATIENT}


def test_names_are_found_in_the_line_however_long_the_file_is():
    line = json.dumps(BUNDLE).encode()
    filler = b'{"resourceType":"Basic","id":"' + b"x" * (1 << 20) + b'"}\n'
    raw = filler * 20 + line + b"\n" + filler * 20
    at = len(filler) * 20 + 40
    cut = (raw[n : n + 70_000] for n in range(0, len(raw), 70_000))

    found = names_at(cut, at)

    assert found.names == {SEEN.encode(): b"Observation/o", PATIENT.encode(): b"Patient/p"}
    assert raw[found.begin : found.end] == line
    assert names_at([b"x" * (40 << 20)], 30 << 20).names == {}


def test_a_line_that_was_set_aside_whole_is_released_once_it_is_opened(lake):
    line, bad = json.dumps(BUNDLE).encode(), b'{"resourceType": "Patient"}'
    raw = lake.raw.keep(line + b"\n" + bad + b"\n" + line.replace(b'"p"', b'"p2"'))
    batch = Batch("ehr", "east", raw, AT)
    whole = Aside(0, len(line), "shape", "no_id", "id")  # as before bundles in lines were opened
    lake.load(batch, [whole, Aside(len(line) + 1, len(bad), "shape", "no_id", "id")])

    first, again = (lake.load(batch, fhir_ndjson(lake.raw.pieces(raw), Hints())) for _ in range(2))

    assert (first.released, again.released, again.rows) == (1, 0, 0)
    assert [each.offset for each in lake.parked()] == [len(line) + 1]


def test_what_came_by_an_export_is_traced_to_its_manifest_and_a_byte_changed_there_is_found(lake):
    line = lake.raw.keep(b'{"resourceType":"Observation","id":"o"}')
    manifest = lake.raw.keep(b'{"transactionTime": "2026-02-01T00:00:00Z"}')
    said = {"manifest": manifest, "transaction_time": "2026-02-01T00:00:00Z"}
    lake.load(Batch("ehr", "east", line, AT, **said), fhir_ndjson(lake.raw.pieces(line), Hints()))
    lake.materialize(view(SUBJECTS))
    key = lake.rows(lake.view("subjects"))[0]["key"].partition("/")[2]

    [found] = traced(lake, key).exports
    path = lake.raw.path(manifest)
    path.chmod(0o600)
    path.write_bytes(path.read_bytes().replace(b"2026", b"2027"))

    assert (found.raw, found.manifest) == (line, manifest)
    assert found.transaction_time == "2026-02-01T00:00:00Z"
    with pytest.raises(ProofFailed, match="other bytes than were sent") as failed:
        traced(lake, key)
    assert failed.value.where == f"raw:{manifest}"


@pytest.mark.parametrize("site", ["east", "west"])
def test_what_two_sites_sent_alike_is_traced_to_the_bytes_of_the_answer_s_own_site(lake, site):
    line = b'{"resourceType":"Observation","id":"o"}'
    raws = {"east": lake.raw.keep(line), "west": lake.raw.keep(line.replace(b":", b": "))}
    for name, raw in raws.items():
        lake.load(Batch("ehr", name, raw, AT), fhir_ndjson(lake.raw.pieces(raw), Hints()))
    lake.materialize(view(SUBJECTS))
    key = {row["key"].partition("/")[2] for row in lake.rows(lake.view("subjects"))}.pop()

    [found] = traced(lake, key, site).resources

    assert (found.site, found.raw) == (site, raws[site])


def test_what_was_made_of_free_text_is_made_again_where_the_use_case_read_it(lake):
    line = b'{"resourceType":"Observation","id":"o","code":{"text":"as she said"}}'
    raw = lake.raw.keep(line)
    lake.load(Batch("ehr", "east", raw, AT), fhir_ndjson(lake.raw.pieces(raw), Hints()))
    column = {"name": "remark", "path": "code.text"}
    remarks = view({"resource": "Observation", "name": "said", "select": [{"column": [column]}]})
    lake.materialize(remarks)
    key = lake.rows(lake.view("said"))[0]["key"].partition("/")[2]
    told = Recorded(
        prediction="one", use_case="tried", site="east", views={"said": remarks.digest},
        missing={}, fields={"remark": "as she said"}, rows={"said": (key,)}, at=AT,
    )  # fmt: skip
    feature = Feature(view="said", column="remark", reduce="one")

    made = trace(lake, told, {"remark": feature}, {"said": remarks}, free_text=True)

    assert made.features[0].value == "as she said"


def test_what_came_with_a_call_and_by_no_feed_is_wanting_and_no_failed_proof(lake, loaded):
    key = f"Observation/elsewhere@{'0' * 16}#0"

    with pytest.raises(Refused, match="came with its call, and no feed has brought it") as wanting:
        traced(lake, key, by_call=True)
    with pytest.raises(ProofFailed, match="holds no such version"):
        traced(lake, key)

    assert not isinstance(wanting.value, ProofFailed)
