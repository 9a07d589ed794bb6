"""A bad line is set aside with its place and a reason; a query engine alone would let it in."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from decimal import Decimal
from typing import NamedTuple

import duckdb
import pytest

from attending.fhir.decode import LONGEST
from attending.fhir.view import view
from attending.ingest.feed import Hints
from attending.ingest.feeds.fhir_ndjson import fhir_ndjson
from attending.lake.clinical.received import Batch

N_BAD, N_GOOD = 1_000, 3_000
AT = datetime(2026, 3, 1, tzinfo=UTC)
EMPTY = (None, None, None, None, None)
COLUMNS = """{resourceType: 'VARCHAR', id: 'VARCHAR', status: 'VARCHAR', valueInteger: 'BIGINT',
  valueBoolean: 'BOOLEAN', valueQuantity: 'STRUCT(value DECIMAL(38, 18))',
  meta: 'STRUCT(lastUpdated TIMESTAMP)'}"""
READ = f"""
SELECT id, status, valueInteger, valueBoolean, valueQuantity.value
FROM read_ndjson(?, columns = {COLUMNS}, ignore_errors = true)
"""
GOOD = [
    b'{"resourceType":"Observation","id":"ID","status":"final","valueInteger":7}',
    b'{"resourceType":"Observation","id":"ID","status":"final","valueQuantity":{"value":1.00}} ',
    b' { "resourceType" : "Observation" , "id" : "ID" , "valueBoolean" : true }\r',
    b'{"resourceType":"Observation","id":"ID","status":"final","note":[{"text":"\\"{[:1e9999"}]}',
    '{"resourceType":"Observation","id":"ID","language":"é\\ud83d\\ude00:"}'.encode(),
]


class Kind(NamedTuple):
    """A kind of bad line: why it is set aside, and the row that a query engine makes of it."""

    line: bytes
    reason: str
    made: tuple[object, ...] = EMPTY


def said(more, reason, *made, name=b'"ID"'):
    """Give a kind whose line says something of a resource that is otherwise good."""
    line = b'{"resourceType":"Observation","id":' + name + b',"status":"final",' + more + b"}"
    return Kind(line, reason, ("ID", "final", *made) if made else EMPTY)


def alone(line, reason, *made):
    return Kind(line, reason, made or EMPTY)


HOLE = (None, None, None)
WHOLE = said(b'"valueInteger":7', "").line
# What another reader is given of the same bytes differs, or nothing at all is said of it.
KINDS = {
    "cut off in a text": alone(WHOLE[:50], "not_json"),
    "cut off before its end": alone(WHOLE[:-1], "not_json"),
    "something behind it": alone(WHOLE + b" x", "not_json"),
    "two on a line": alone(WHOLE + WHOLE, "not_json"),
    "two with a space between": alone(WHOLE + b" " + WHOLE, "not_json"),
    "two with a carriage return between": alone(WHOLE + b"\r" + WHOLE, "not_json"),
    "two in a list": alone(b"[" + WHOLE + b"," + WHOLE + b"]", "not_an_object"),
    "a value said twice": said(b'"valueInteger":7,"valueInteger":8', "said_twice", 7, None, None),
    "an id said twice": said(b'"id":"other"', "said_twice", *HOLE),
    "a key said twice further in": said(
        b'"valueQuantity":{"value":1.0,"value":2.0}', "said_twice", None, None, Decimal(1)
    ),
    "a key said twice with an escape": said(
        b'"valueInteger":7,"valu\\u0065Integer":8', "said_twice", 7, None, None
    ),
    "not a number": said(b'"valueQuantity":{"value":NaN}', "not_json", *HOLE),
    "infinity": said(b'"valueQuantity":{"value":-Infinity}', "not_json", *HOLE),
    "past a double": said(b'"valueQuantity":{"value":1e999}', "not_json", *HOLE),
    "nearer to nothing than a double": said(
        b'"valueQuantity":{"value":1e-5000}', "not_json", None, None, Decimal("0E-18")
    ),
    "a comma too many": said(b'"valueInteger":7,', "not_json", 7, None, None),
    "a leading zero": said(b'"valueInteger":07', "not_json"),
    "a number in hexadecimal": said(b'"valueInteger":0x1F', "not_json"),
    "a sign too many": said(b'"valueInteger":+7', "not_json"),
    "half a character, escaped": said(b'"language":"\\ud800"', "not_json"),
    "half a character, in bytes": said(b'"language":"\xed\xa0\x80"', "not_json"),
    "another encoding": said(b'"language":"caf\xe9"', "not_json"),
    "an encoding of two bytes": alone(WHOLE.decode().encode("utf-16-le")[:100], "not_json"),
    "a mark before it": alone(b"\xef\xbb\xbf" + WHOLE, "not_json"),
    "a null character in it": said(b'"language":"a\x00b"', "not_json"),
    "a null character behind it": alone(WHOLE + b"\x00", "not_json"),
    "a tab in a text": said(b'"language":"a\tb"', "not_json"),
    "nested too deep": said(b'"a":' + b"[" * 64 + b"]" * 64, "too_deep", *HOLE),
    "a comment": alone(b"/* so */" + WHOLE, "not_json"),
    "single quotes": alone(WHOLE.replace(b'"', b"'"), "not_json"),
    "a list": alone(b'["ID"]', "not_an_object"),
    "a null": alone(b"null", "not_an_object"),
    "a number": alone(b"17", "not_an_object"),
    "nothing in it": alone(b"{}", "no_type"),
    "no type": alone(b'{"id":"ID","status":"final"}', "no_type", "ID", "final", *HOLE),
    "a type misspelled": alone(
        b'{"resourceType":"Obs","id":"ID"}', "unknown_type", "ID", None, *HOLE
    ),
    "a number for a type": alone(b'{"resourceType":7,"id":"ID"}', "no_type", "ID", None, *HOLE),
    "no id": Kind(
        b'{"resourceType":"Observation","status":"final"}', "no_id", (None, "final", *HOLE)
    ),
    "a number for an id": said(b'"valueInteger":7', "no_id", name=b"7")._replace(
        made=("7", "final", 7, None, None)
    ),
    "a path for an id": said(b'"valueInteger":7', "illegal_id", name=b'"../x"')._replace(
        made=("../x", "final", 7, None, None)
    ),
    "a day that is none": said(b'"meta":{"lastUpdated":"2026-02-30"}', "illegal_time", *HOLE),
    "a time in words": said(b'"meta":{"lastUpdated":"soon"}', "illegal_time", *HOLE),
}
# These are resources, and a view that reads the element cannot hold what is said there.
OF_A_VIEW = {
    "a text for a whole number": said(b'"valueInteger":"7"', "wrong_type", 7, None, None),
    "a fraction for a whole number": said(b'"valueInteger":1.6', "wrong_type", 2, None, None),
    "a boolean for a whole number": said(b'"valueInteger":true', "wrong_type", 1, None, None),
    "two values for one": said(b'"valueInteger":[7,8]', "many", *HOLE),
    "a whole number too large": said(b'"valueInteger":9223372036854775808', "does_not_fit", *HOLE),
    "a text for a decimal": said(
        b'"valueQuantity":{"value":"7.5"}', "wrong_type", None, None, Decimal("7.5")
    ),
    "more digits than a column has": said(
        b'"valueQuantity":{"value":0.1234567890123456789012}',
        "does_not_fit",
        None,
        None,
        Decimal("0.123456789012345680"),
    ),
    "a text for a boolean": said(b'"valueBoolean":"true"', "wrong_type", None, True, None),
    "a number for a boolean": said(b'"valueBoolean":1', "wrong_type", None, True, None),
}
EVERY = KINDS | OF_A_VIEW


def columns():
    typed = {
        "status": ("status", "code"),
        "whole": ("value.ofType(integer)", "integer"),
        "yes": ("value.ofType(boolean)", "boolean"),
        "value": ("value.ofType(Quantity).value", "decimal"),
    }
    return [{"name": n, "path": path, "type": kind} for n, (path, kind) in typed.items()]


@pytest.fixture
def values():
    return view({"name": "v", "resource": "Observation", "select": [{"column": columns()}]})


def planted():
    """Give good and bad lines in a seeded order, each under an id of its own, and the kinds."""
    seeded = random.Random(11)
    kinds = [*EVERY, *seeded.choices([*EVERY], k=N_BAD - len(EVERY))]
    told = [(EVERY[name].line, EVERY[name].reason) for name in kinds]
    told += [(seeded.choice(GOOD), "") for _ in range(N_GOOD)]
    seeded.shuffle(told)
    return [(line.replace(b"ID", b"o-%d" % n), reason) for n, (line, reason) in enumerate(told)]


def load(lake, raw):
    digest = lake.raw.keep(raw)
    batch = Batch("ehr", "east", digest, AT, spec="s")
    return lake.load(batch, fhir_ndjson(lake.raw.pieces(digest), Hints()))


def test_a_thousand_bad_lines_are_parked_with_place_and_reason_and_every_good_one_is_in(
    lake, values
):
    told = planted()
    raw = b"\n".join(line for line, _ in told)
    loaded = load(lake, raw)
    lake.materialize(values)

    expected, at = {}, 0
    for line, reason in told:
        bare = line.strip(b" \r")
        if reason:
            expected[at + line.index(bare)] = (len(bare), reason)
        at += len(line) + 1
    parked = lake.parked()
    assert loaded.lines == N_BAD + N_GOOD
    assert len(parked) == len(expected) == N_BAD
    assert {each.offset: (each.length, each.reason) for each in parked} == expected
    good = {b"o-%d" % n for n, (_, reason) in enumerate(told) if not reason}
    assert {row["_id"].encode() for row in lake.rows(lake.view("v"))} == good


def test_a_line_longer_than_is_ever_read_is_parked_and_the_next_is_in(lake):
    long = said(b'"language":"' + b"y" * LONGEST + b'"', "too_long").line
    loaded = load(lake, b"\n".join([GOOD[0], long, WHOLE]))

    [parked] = lake.parked()
    assert (parked.offset, parked.length) == (len(GOOD[0]) + 1, len(long))
    assert (parked.reason, loaded.lines, sum(loaded.parked.values())) == ("too_long", 3, 1)


@pytest.mark.parametrize("name", [*EVERY])
def test_a_query_engine_alone_lets_the_line_in_and_says_nothing(tmp_path, name):
    kind = EVERY[name]
    file = tmp_path / "lines.ndjson"
    good = [GOOD[0].replace(b"ID", b"before"), GOOD[0].replace(b"ID", b"behind")]
    file.write_bytes(b"\n".join([good[0], kind.line, good[1], b""]))

    with duckdb.connect() as con:
        before, made, behind = con.execute(READ, [str(file)]).fetchall()

    assert (before[0], behind[0]) == ("before", "behind")
    assert made == kind.made
