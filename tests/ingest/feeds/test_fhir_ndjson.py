"""Nothing sent is lost: what is no resource is set aside with its place, and the rest is read."""

from __future__ import annotations

import gzip
import json
import random
import subprocess
import sys
from io import BytesIO
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attending.ingest.feed import Hints
from attending.ingest.feeds.fhir_ndjson import fhir_ndjson
from attending.lake.clinical.received import Aside
from attending.lake.inflate import pieces

if TYPE_CHECKING:
    from pathlib import Path

GOOD = b'{"resourceType": "Patient", "id": "p%d"}'
BAD = {
    b'{"resourceType": "Patient", "id": "x"': "not_json",
    b'{"resourceType": "Patient", "id": "x", "id": "y"}': "said_twice",
    b'{"resourceType": "Patient", "id": "x", "multipleBirthInteger": NaN}': "not_json",
    b'{"resourceType": "Patient", "id": "x", "language": "\\ud800"}': "not_json",
    b'{"resourceType": "Patient", "id": "x", "language": "\xff"}': "not_json",
    '{"resourceType": "Patient", "id": "x"}'.encode("utf-16-le"): "not_json",
    b'{"resourceType": "Patient", "id": "x", "a": ' + b"[" * 80 + b"]" * 80 + b"}": "too_deep",
    b'["resourceType"]': "not_an_object",
    b'{"id": "x"}': "no_type",
    b'{"resourceType": "Pateint", "id": "x"}': "unknown_type",
    b'{"resourceType": "Patient"}': "no_id",
    b'{"resourceType": "Patient", "id": 7}': "no_id",
    b'{"resourceType": "Patient", "id": "../x"}': "illegal_id",
    b'{"resourceType": "Patient", "id": "x", "meta": {"lastUpdated": "soon"}}': "illegal_time",
    b'{"resourceType": "Goal", "id": "x", "meta": {"lastUpdated": "2026-02-30"}}': "illegal_time",
}


def read(raw, known="", size=1 << 20):
    stream = BytesIO(raw)
    cut = iter(lambda: stream.read(size), b"") if size != 1 << 20 else pieces(stream)
    return list(fhir_ndjson(cut, Hints(known=known)))


def test_a_thousand_bad_lines_are_a_thousand_set_aside_at_their_offsets():
    seeded = random.Random(7)
    lines = [GOOD % n for n in range(2_000)]
    lines += [seeded.choice([*BAD]) for _ in range(1_000)]
    seeded.shuffle(lines)
    raw = b"\n".join(lines)

    found = read(gzip.compress(raw))

    asides = [each for each in found if isinstance(each, Aside)]
    assert (len(asides), len(found)) == (1_000, 3_000)
    at = 0
    for line, each in zip(lines, found, strict=True):
        assert (each.offset, each.length) == (at, len(line))
        if isinstance(each, Aside):
            assert each.reason == BAD[line], line
        else:
            assert each.body.encode() == line
        at += len(line) + 1


@given(st.lists(st.binary(max_size=12), max_size=12), st.integers(1, 9), st.booleans())
def test_no_way_of_cutting_a_stream_changes_what_is_found(lines, size, crlf):
    raw = (b"\r\n" if crlf else b"\n").join([GOOD % 1, *lines, GOOD % 2])

    assert read(raw, size=size) == read(raw)


def test_a_mark_and_blank_lines_are_passed_over_and_offsets_still_hold():
    raw = b"\xef\xbb\xbf" + GOOD % 1 + b"\r\n  \n\n \t" + GOOD % 2 + b" \n"

    for each in read(raw):
        assert raw[each.offset : each.offset + each.length].decode() == each.body
    assert len(read(raw)) == 2


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.999])
def test_a_compressed_file_that_was_cut_off_gives_what_it_holds_and_says_so(share):
    seeded = random.Random(3)
    lines = [GOOD % seeded.getrandbits(60) for _ in range(5_000)]
    whole = gzip.compress(b"\n".join(lines))
    found = read(whole[: int(len(whole) * share)])

    assert found[-1].reason == "truncated"
    assert [each.body.encode() for each in found[:-1]] == lines[: len(found) - 1]
    assert found[-1].offset == sum(len(line) + 1 for line in lines[: len(found) - 1])


def test_a_damaged_file_and_one_with_something_behind_it_are_set_aside_where_reading_ends():
    whole = bytearray(gzip.compress(b"\n".join(GOOD % n for n in range(2_000))))
    behind = bytes(whole) + b"more"
    whole[-6] ^= 255  # of the checksum

    assert read(bytes(whole))[-1].reason == "broken_compression"
    assert read(behind)[-1].reason == "broken_compression"
    twice = gzip.compress(GOOD % 1 + b"\n") + gzip.compress(GOOD % 2) + b"\0" * 512
    assert [each.id for each in read(twice)] == ["p1", "p2"]


BOUNDED = """
import resource, sys
from pathlib import Path
from attending.lake.inflate import pieces
from attending.ingest.feed import Hints
from attending.ingest.feeds.fhir_ndjson import fhir_ndjson
resource.setrlimit(resource.RLIMIT_AS, (300 << 20, 300 << 20))
with Path(sys.argv[1]).open("rb") as file:
    found = list(fhir_ndjson(pieces(file), Hints()))
print([(each.offset, each.length, each.reason) for each in found])
"""


def bounded(path):
    done = subprocess.run(
        [sys.executable, "-c", BOUNDED, str(path)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-500:]
    return json.loads(done.stdout.replace("(", "[").replace(")", "]").replace("'", '"'))


@pytest.mark.parametrize(
    "length", [200 << 20, pytest.param(1 << 30, marks=pytest.mark.long, id="a gigabyte")]
)
def test_a_line_without_end_and_a_bomb_are_set_aside_in_bounded_memory(tmp_path: Path, length):
    long = tmp_path / "long.ndjson"
    with long.open("wb") as file:
        file.truncate(length)
        file.seek(length)
        file.write(b"\n[]")
    bomb = tmp_path / "bomb.ndjson.gz"
    with gzip.open(bomb, "wb", compresslevel=9) as packed:
        for _ in range(80):
            packed.write(bytes(1 << 20))

    assert bounded(long) == [[0, length, "too_long"], [length + 1, 2, "not_an_object"]]
    assert [each[2] for each in bounded(bomb)] == ["expands_too_far"]


@pytest.mark.parametrize(
    ("told", "known"),
    [
        ("2026-03-01T10:00:00.5-05:00", "2026-03-01T15:00:00.500000+00:00"),
        ("2026-03-01", "2026-03-01T23:59:59.999999+00:00"),
        ("2026-02", "2026-02-28T23:59:59.999999+00:00"),
        ("2024", "2024-12-31T23:59:59.999999+00:00"),
    ],
)
def test_a_thing_is_known_once_it_is_over_and_by_the_clock_that_is_declared(told, known):
    body = {"resourceType": "Encounter", "id": "e", "period": {"end": told}}

    [by_path] = read(json.dumps(body).encode(), known="period.end")
    [by_receipt] = read(json.dumps(body).encode())
    stamped = body | {"meta": {"lastUpdated": "2026-05-05T00:00:00Z"}}
    [by_server] = read(json.dumps(stamped).encode(), known="period.end")

    assert (by_path.known_at.isoformat(), by_path.clock) == (known, "period.end")
    assert (by_receipt.known_at, by_receipt.clock) == (None, "receipt")
    assert by_server.clock == "meta.lastUpdated"


def bundle(kind, *entries):
    said = {"resourceType": "Bundle", "id": "b", "type": kind, "entry": list(entries)}
    return json.dumps(said).encode()


def test_a_line_that_is_a_bundle_is_opened_at_its_own_offsets():
    patient = {"resource": {"resourceType": "Patient", "id": "a"}, "fullUrl": "urn:uuid:1"}
    seen = {
        "resource": {
            "resourceType": "Observation",
            "id": "o",
            "subject": {"reference": "urn:uuid:1"},
        }
    }
    gone = {"request": {"method": "DELETE", "url": "Patient/z"}}
    raw = (
        b"\xef\xbb\xbf \t" + bundle("transaction", patient, seen, gone) + b"\r\n" + GOOD % 2 + b"\n"
    )

    first, second, third, last = read(raw)

    assert [(one.type, one.id, one.op) for one in (first, second, third, last)] == [
        ("Patient", "a", "upsert"),
        ("Observation", "o", "upsert"),
        ("Patient", "z", "delete"),
        ("Patient", "p2", "upsert"),
    ]
    assert json.loads(second.body)["subject"] == {"reference": "Patient/a"}
    for one, entry in ((first, patient), (second, seen)):
        assert json.loads(raw[one.offset : one.offset + one.length]) == entry["resource"]


def test_a_history_in_a_line_is_read_from_its_end():
    old, new = (
        {"resource": {"resourceType": "Patient", "id": "a", "gender": g}}
        for g in ("male", "female")
    )

    assert ["female" in one.body for one in read(bundle("history", new, old))] == [False, True]


@pytest.mark.parametrize("kind", ["document", "message"])
def test_a_document_or_a_message_in_a_line_is_set_aside_whole_and_its_neighbors_are_not(kind):
    patient = {"resource": {"resourceType": "Patient", "id": "a"}}
    line = bundle(kind, patient)

    aside, good = read(line + b"\n" + GOOD % 2)

    assert (aside.reason, aside.path, aside.offset, aside.length) == (
        "document_or_message", "type", 0, len(line),
    )  # fmt: skip
    assert good.id == "p2"


@pytest.mark.parametrize(
    ("line", "word"),
    [
        (b'{"resourceType": "Bundle", "type": "batch", "type": "document"}', "said_twice"),
        (b'{"resourceType": "Bundle", "type": "batch", "entry": 7}', "not_a_bundle"),
        (b'{"resourceType": "Bundle", "type": "batch"', "not_json"),
        (b'{"resourceType": "Patient", "language": "Bundle"}', "no_id"),
    ],
)
def test_a_line_that_is_no_whole_bundle_is_set_aside_by_its_own_word(line, word):
    (aside,) = read(line)

    assert (aside.reason, aside.offset, aside.length) == (word, 0, len(line))


def test_a_resource_that_only_names_bundles_is_one_resource():
    (found,) = read(b'{"resourceType": "SearchParameter", "id": "x", "base": ["Bundle"]}')

    assert (found.type, found.id) == ("SearchParameter", "x")


def test_what_was_updated_in_a_leap_second_is_known_when_that_ends():
    (found,) = read(
        b'{"resourceType": "Patient", "id": "x", "meta": {"lastUpdated": "2016-12-31T23:59:60Z"}}'
    )

    assert found.known_at.isoformat() == "2017-01-01T00:00:00+00:00"
