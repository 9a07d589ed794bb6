"""A view's table holds the same rows whether a query reads its versions or one at a time."""

from __future__ import annotations

import random
import time
from datetime import UTC, datetime
from itertools import product

import duckdb
import msgspec
import pyarrow as pa
import pytest

from attending.errors import Refused
from attending.fhir.view import view
from attending.ingest.flat.stored import stored
from attending.lake.clinical import unread, views
from attending.lake.clinical.at_once import ManyVersions
from attending.lake.clinical.received import Batch, Received
from attending.lake.clinical.store import ClinicalLake

DAY_ONE = datetime(2026, 3, 1, tzinfo=UTC)
as_bytes = msgspec.json.Encoder(decimal_format="number").encode
COLUMNS = {
    "patient": ("subject.getReferenceKey(Patient)", "string"),
    "code": ("code.coding.code.first()", "code"),
    "value": ("value.ofType(Quantity).value", "decimal"),
    "whole": ("value.ofType(integer)", "integer"),
    "issued_at": ("issued", "instant"),
    "n": ("status = 'final'", "boolean"),
}
VIEW = {
    "name": "bent",
    "resource": "Observation",
    "select": [
        {
            "column": [
                *({"name": n, "path": path, "type": kind} for n, (path, kind) in COLUMNS.items()),
                {"name": "Displays", "path": "code.coding.display", "collection": True},
            ],
        },
        {
            "forEachOrNull": "component",
            "column": [{"name": "part", "path": "code.coding.code.first()"}],
        },
    ],
}
LISTS_OR_TIMES = {"Displays", "issued_at"}  # with which a view is not read so
NUMBERS = [
    b"1.00", b"1.0", b"1e0", b"1E+2", b"-0.0", b"0.1", b"0.1000000000000000055511151231257827",
    b"12345678901234567890.123456789012345678", b"123456789012345678901", b"0.0000000000000000001",
    b"1e-18", b"0.00001", b"9007199254740993", b"9007199254740993.5", b"-7", b"3.14",
    b"0.0012345678901234567",
]  # fmt: skip
WHOLES = [b"9223372036854775807", b"9223372036854775808", b"-9223372036854775808", b"-0", b"1.0"]
INSTANTS = [
    b"2020-01-01T10:00:00Z", b"2020-01-01T10:00:00.123456789Z", b"2020-01-01T10:00:00+14:00",
    b"2020-01-01T10:00:00.5-05:30", b"2020-02-30T10:00:00Z", b"2020-01-01T10:00:60Z", b"2020-01-01",
    b"2020-01-01T24:00:00Z", b"0001-01-01T00:00:00+14:00", b"2020-01-01T10:00:00",
    b"9999-12-31T23:59:59-14:00", b"2020-01-01 10:00:00Z", b"2020-01-01T10Z", b"",
]  # fmt: skip


def spelled():
    """Give observations in which numbers and moments are spelled in every way, beside another."""
    given = [b'"valueQuantity":{"value":%b},"x":%b' % pair for pair in product(NUMBERS, NUMBERS)]
    given += [b'"valueInteger":%b' % each for each in WHOLES]
    given += [b'"issued":"%b"' % each for each in INSTANTS]
    for n, each in enumerate(given):
        yield b'{"resourceType":"Observation","id":"s%d",%b}' % (n, each)


@pytest.fixture
def mutator(bending, data):
    return bending.Mutator(data, seed=11)


@pytest.fixture
def materialized(tmp_path, send_to, monkeypatch):
    """Give what a view's table holds, what was set aside, and what was told."""

    def made(bodies, *, fewest):
        monkeypatch.setattr(views, "FEWEST", fewest)
        monkeypatch.setattr(views, "TOGETHER", 300)
        monkeypatch.setattr(unread, "AT_A_TIME", 100)
        with ClinicalLake.open(tmp_path / str(fewest)) as lake:
            send_to(lake)(*bodies)
            told = lake.materialize(view(VIEW))
            rows = sorted(lake.rows(lake.view("bent")), key=lambda row: row["key"])
            parked = [(p.raw, p.offset, p.reason, p.path) for p in lake.parked()]
        return told, rows, sorted(parked)

    return made


def test_the_table_is_the_same_whichever_way_its_versions_were_read(materialized, mutator):
    bent = [mutator.resource(i, "Observation") | {"id": f"o{i}"} for i in range(700)]
    bodies = [*map(as_bytes, bent), *spelled()]

    by_query, rows, parked = materialized(bodies, fewest=1)
    by_hand, expected, parked_by_hand = materialized(bodies, fewest=10**9)

    assert rows == expected
    assert parked == parked_by_hand
    assert len(parked) > 100
    assert by_query.read == by_hand.read
    assert (by_query.rows, by_query.parked) == (by_hand.rows, by_hand.parked)
    assert by_query.by_query > 300
    assert by_query.one_at_a_time > len(parked)
    assert (by_hand.by_query, by_hand.one_at_a_time) == (0, by_hand.read)


ALIKE = 40  # of a kind; a form is looked for from 16 on


def of_few_kinds():
    """Give observations of a few kinds, alike within each but for their values."""
    filled = [
        b'"status":"final","subject":{"reference":"Patient/p%d"},"valueQuantity":{"value":%d.%d}',
        b'"valueQuantity":{"value":%d.%d},"code":{"coding":[{"code":"a%d"},{"code":"b"}]}',
        b'"component":[{"code":{"coding":[{"code":"x%d"}]}},{"code":{"text":"%d %d"}}]',
        b'"subject":{"reference":"Group/%d"},"valueInteger":%d,"note":"%d"',
        b'"subject":{"reference":"Patient/%d"},"valueQuantity":{"value":"%d %d"}',
        b'"note":"a line\\n%d %d","valueInteger":%d',
    ]
    for kind, each in enumerate(filled):
        for n in range(ALIKE):
            inside = each % (n, 7 * n, n % 9 + 1)
            yield b'{"resourceType":"Observation","id":"a%d-%d",%b}' % (kind, n, inside)


def test_the_table_is_the_same_where_those_that_are_alike_are_read_together(
    send_to, mutator, tmp_path, monkeypatch
):
    """A body of several lines is sent too, in a bundle: it is no line of a file."""
    monkeypatch.setattr(views, "FEWEST", 1)
    monkeypatch.setattr(views, "TOGETHER", 300)
    columns = [each for each in VIEW["select"][0]["column"] if each["name"] not in LISTS_OR_TIMES]
    tried = view(VIEW | {"select": [{"column": columns}, VIEW["select"][1]]})
    bent = [mutator.resource(i, "Observation") | {"id": f"o{i}"} for i in range(300)]
    lines = [*map(as_bytes, bent), *spelled(), *of_few_kinds()]
    random.Random(5).shuffle(lines)
    several = '{"resourceType":"Observation",\n"id":"l%d",\n"status":"final"}'
    found = {}
    for name, reads in {"alike": stored(tried), "query": None}.items():
        with ClinicalLake.open(tmp_path / name) as lake:
            send_to(lake)(*lines)
            told = [(several % n, f"{n:064}") for n in range(ALIKE)]
            of_bundle = [Received(n, 1, "Observation", f"l{n}", *t) for n, t in enumerate(told)]
            lake.load(Batch("ehr", "east", "e" * 64, DAY_ONE), of_bundle)
            made = lake.materialize(tried, reads)
            rows = sorted(lake.rows(lake.view("bent")), key=lambda row: row["key"])
            parked = sorted((p.raw, p.offset, p.reason, p.path) for p in lake.parked())
            assert lake.materialize(tried, reads).read == 0
        found[name] = (rows, parked, made.read, made.rows, made.parked)
        assert made.alike > 4 * ALIKE if reads else made.by_query > 4 * ALIKE

    lines_only = pa.chunked_array([[several % 1] * 20])
    assert stored(tried)(lines_only).left.all()
    assert found["alike"] == found["query"]
    assert len(found["alike"][1]) > 100
    assert len(found["alike"][0]) > 700


def test_a_view_that_no_query_can_answer_is_read_one_at_a_time_and_says_why(
    lake, send, observation, monkeypatch
):
    monkeypatch.setattr(views, "FEWEST", 1)
    send(*(observation(f"o{n}", n) for n in range(5)))
    column = {"name": "low", "path": "value.ofType(integer).lowBoundary()", "type": "decimal"}
    tried = view({"name": "low", "resource": "Observation", "select": [{"column": [column]}]})
    told = lake.materialize(tried)

    assert (told.rows, told.by_query, told.one_at_a_time) == (5, 0, 5)
    assert told.why_one_at_a_time == "lowBoundary()"


def test_versions_that_a_query_has_no_room_for_are_read_one_at_a_time(
    lake, send, observation, values_view, monkeypatch
):
    def has_no_room(*_):
        raise duckdb.OutOfMemoryException

    monkeypatch.setattr(views, "FEWEST", 1)
    monkeypatch.setattr(ManyVersions, "read", has_no_room)
    send(*(observation(f"o{n}", n) for n in range(5)))
    told = lake.materialize(values_view)

    assert (told.rows, told.by_query, told.one_at_a_time) == (5, 0, 5)


def test_a_column_that_every_table_of_a_view_has_is_refused_by_name(lake, send, observation):
    send(observation("o", 1))
    columns = [{"name": name, "path": "id", "type": "string"} for name in ("site", "key", "mine")]
    tried = view({"name": "low", "resource": "Observation", "select": [{"column": columns}]})

    with pytest.raises(Refused, match="has key, site already"):
        lake.materialize(tried)


@pytest.mark.parametrize("fewest", [1, 1000])
def test_a_moment_that_names_no_zone_is_no_instant_in_the_machines(
    materialized, monkeypatch, fewest
):
    monkeypatch.setenv("TZ", "Pacific/Auckland")
    time.tzset()
    row = b'{"resourceType":"Observation","id":"%d","issued":"2020-01-01T10:00:00%b"}'
    told, rows, parked = materialized([row % (0, b""), row % (1, b"Z")], fewest=fewest)
    monkeypatch.undo()
    time.tzset()

    assert [each["issued_at"].isoformat() for each in rows] == ["2020-01-01T10:00:00+00:00"]
    assert [each[2:] for each in parked] == [("does_not_fit", "issued_at")]
    assert told.rows == 1


def test_a_few_versions_are_read_one_at_a_time(lake, send, observation, values_view):
    send(*(observation(f"o{n}", n) for n in range(views.FEWEST - 1)))
    few = lake.materialize(values_view)
    send(*(observation(f"p{n}", n) for n in range(views.FEWEST)))
    many = lake.materialize(values_view)

    assert few.told == (
        "view observed_values: 999 rows of 999 versions; "
        "0 read by one query, 999 one at a time; 0 parked"
    )
    assert (few.by_query, few.one_at_a_time) == (0, views.FEWEST - 1)
    assert (many.by_query, many.one_at_a_time) == (views.FEWEST, 0)
