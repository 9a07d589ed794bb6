"""Stored messages reach the lake once, however often they are read; the ledger tells of it."""

from __future__ import annotations

from datetime import UTC, datetime
from hashlib import sha256

import pytest

from attending.errors import Refused
from attending.facts.data.identity import record
from attending.ingest import messages
from attending.ingest.hl7v2.keys import resource_id
from attending.ingest.hl7v2.mapping import Feed
from attending.ingest.hl7v2.tables import read_tables
from attending.ingest.hl7v2.values import authority_of
from attending.ingest.mllp.framing import Frame
from attending.ingest.mllp.reception import Door, receive
from attending.lake.clinical.store import ClinicalLake
from attending.lake.inbox import open_inbox
from attending.loops.system import identity
from attending.loops.system import wire as loop
from attending.loops.system.people import Voice
from attending.loops.system.wire import Wire
from attending.report.data.feeds import feeds
from attending.serve.pseudonym import pseudonyms_of
from attending.wiring import open_books

RECEIVED = "2026-10-13T12:00:00.000Z"


@pytest.fixture(scope="module")
def tables(data):
    return read_tables(data / "hl7v2" / "v2-to-fhir")


def result(number, value, status="F", at="20261013090000+0200", control=""):
    return (
        f"MSH|^~\\&|LAB|ELM|HUB|TERN|{at}||ORU^R01|{control or f'M{number}'}|P|2.5.1\r"
        f"PID|1||{number}^^^ELM^MR\r"
        f"OBR|1||F{number}^LAB|24323-8^Panel^LN|||20261013085000+0200||||||||||||||||||F\r"
        f"OBX|1|NM|2345-7^^LN||{value}|mmol/L^^UCUM|||||{status}|||20261013085500+0200\r"
    ).encode()


class Ward:
    """A store with messages in it, and what carries them."""

    def __init__(self, store, tables):
        self.inbox = open_inbox(store)
        self.lake = ClinicalLake.open(store)
        self.books = open_books(store)
        self.tables = tables
        self.names = pseudonyms_of(store)

    def named(self, number):
        return self.names.of("patient", number)

    def patient(self, number, site="elm"):
        key = f"{authority_of(('ELM',))}|{number}"
        return record(site, self.named(resource_id(site, "Patient", key)))

    def take(self, *messages, site="elm", at=RECEIVED):
        door = Door("lab", site)
        received = [receive(Frame(raw), door, at) for raw in messages]
        return self.inbox.keep([each for one in received for each in one.to_keep])

    def carry(self, *, zone=None, site="elm", **how):
        feed = Feed(site, "lab", zone)
        wire = Wire(self.inbox, self.lake, self.books, self.tables, feed, self.named)
        return wire.carry(**how)

    def observations(self, as_of=None):
        rows = self.lake.rows(self.lake.current(type="Observation", as_of=as_of))
        return {row["id"]: row for row in rows}

    def told(self):
        found = self.books.reader.entries(kinds=("ingested",))
        return [one.fact.body for one in found if one.fact.type == "messages/1"]

    def close(self):
        self.inbox.close()
        self.lake.close()
        self.books.close()


@pytest.fixture
def ward(tmp_path, tables):
    found = Ward(tmp_path, tables)
    yield found
    found.close()


def test_what_was_carried_is_left_alone_and_read_again_says_nothing_new(ward):
    ward.take(*[result(n, "5.6") for n in range(3)])
    first = ward.carry()
    files = ward.lake.files("resource")

    assert first.messages == 3
    assert ward.carry().messages == 0
    again = ward.carry(again=True)
    assert again.messages == 3
    assert set(again.rows.keys()) >= {"no_ops"}
    assert again.rows["no_ops"] == first.rows["new"] + first.rows["no_ops"]
    assert ward.lake.files("resource") == files
    assert len(ward.told()) == 1


def test_a_message_whose_mapping_fails_is_set_aside_and_keeps_no_other_waiting(ward, monkeypatch):
    whole = messages.map_message

    def fails_at_one(raw, *rest):
        if b"|M1|" in raw:
            raise ZeroDivisionError("Doe")
        return whole(raw, *rest)

    monkeypatch.setattr(messages, "map_message", fails_at_one)
    ward.take(*[result(n, "5.6") for n in range(3)])
    found = ward.carry()
    assert (found.messages, found.words["mapped"], found.words["parked"]) == (3, 2, 1)
    [aside] = ward.lake.parked()
    assert (aside.stage, aside.reason) == ("decode", "mapping_failed")
    assert ward.lake.raw.slice(aside.raw, aside.offset, aside.length) == result(1, "5.6")
    assert len(ward.observations()) == 2
    ward.take(result(9, "5.6"))
    assert ward.carry().messages == 1, "the stretch is done with, and the next one follows"

    monkeypatch.setattr(messages, "map_message", whole)  # as after a new release
    ward.carry(again=True)
    assert ward.lake.parked() == []
    assert len(ward.observations()) == 4


def test_no_message_of_one_site_becomes_a_record_of_another(ward):
    ward.take(result(1, "5.6"))
    with pytest.raises(Refused, match="lab brings the messages of elm"):
        ward.carry(site="oak")
    assert ward.observations() == {}

    ward.take(result(2, "7.7"), site="oak")  # both listened under one name before either had any
    ward.carry(site="oak")
    ward.carry()

    rows = ward.lake.rows(ward.lake.current(type="Observation"))
    assert sorted((row["site"], "7.7" in row["body"]) for row in rows) == [
        ("elm", False), ("oak", True),
    ]  # fmt: skip


def test_a_correction_and_a_deletion_reach_the_same_observation(ward):
    ward.take(
        result(1, "5.6"),
        result(1, "6.6", "C", at="20261013100000+0200", control="C1"),
        result(1, "", "D", at="20261013110000+0200", control="D1"),
    )
    ward.carry()

    assert ward.observations() == {}
    (before,) = ward.observations(datetime(2026, 10, 13, 8, 30, tzinfo=UTC)).values()
    (first,) = ward.observations(datetime(2026, 10, 13, 7, 30, tzinfo=UTC)).values()
    assert before["id"] == first["id"]
    assert '"status":"corrected"' in before["body"]
    assert '"value":5.6' in first["body"]


def test_a_correction_holds_though_the_clock_ran_years_ahead_when_the_result_was_sent(ward):
    ward.take(result(1, "5.6", at="20361013090000+0200"))
    ward.take(
        result(1, "6.6", "C", at="20361013100000+0200", control="C1"),
        at="2026-10-13T12:00:01.000Z",
    )
    ahead = ward.carry()
    (there,) = ward.observations().values()
    assert '"value":6.6' in there["body"]
    assert there["known_at"] == datetime(2026, 10, 13, 12, 0, 1, tzinfo=UTC)

    ward.take(  # somebody put the clock right
        result(1, "7.7", "C", at="20261013140100+0200", control="C2"),
        at="2026-10-13T12:01:02.000Z",
    )
    right = ward.carry()
    again = ward.carry(again=True)

    (holds,) = ward.observations().values()
    assert '"value":7.7' in holds["body"]
    assert (ahead.ahead, right.ahead, right.rows["late"]) == (2, 0, 0)
    assert sum(again.rows.values()) == again.rows["no_ops"]
    (first,) = ward.observations(datetime(2026, 10, 13, 12, tzinfo=UTC)).values()
    assert '"value":5.6' in first["body"]


def test_a_message_without_a_time_is_known_when_it_came_and_read_again_says_nothing_new(
    ward, monkeypatch
):
    monkeypatch.setattr(loop, "MOST", 1)
    ward.take(result(1, "5.6", at=""))
    ward.take(result(1, "6.6", "C", at="", control="C1"), at="2026-10-13T12:00:01.000Z")
    ward.carry()

    again = ward.carry(again=True)

    assert sum(again.rows.values()) == again.rows["no_ops"]
    (holds,) = ward.observations().values()
    assert '"value":6.6' in holds["body"]


def test_a_message_without_a_time_does_not_wait_for_the_last_of_its_stretch(ward):
    ward.take(result(1, "5.6", at=""))
    ward.take(
        result(1, "6.6", "C", at="20261013120500+0000", control="C1"),
        result(2, "1.1"),
        at="2026-10-13T13:00:00.000Z",
    )
    ward.carry()

    assert sum('"value":6.6' in row["body"] for row in ward.observations().values()) == 1


def test_the_feed_of_messages_is_listed_with_the_messages_of_a_clock_that_runs_ahead(ward):
    ward.take(result(1, "5.6", at="20361013090000+0200"), result(2, "5.6"), merging(3, 4))
    ward.carry()

    (feed,) = feeds(ward.books.reader.entries(kinds=("ingested",)))

    assert (feed.name, feed.site, feed.batches, feed.lines) == ("lab", "elm", 1, 3)
    assert (feed.ahead, feed.stored) == (1, 1)


def test_a_row_names_the_very_bytes_it_was_made_of(ward):
    messages = [result(n, "5.60") for n in range(4)]
    ward.take(*messages)
    ward.carry()

    found = set()
    for row in ward.observations().values():
        raw = ward.lake.raw.slice(row["raw"], row["offset"], row["length"])
        found.add(sha256(raw).hexdigest())
        assert '"value":5.60' in row["body"]
    assert found == {sha256(raw).hexdigest() for raw in messages}


def test_what_was_set_aside_names_its_segment_and_is_released_by_mended_tables(
    ward, tmp_path, data
):
    ward.take(result(1, "5.6", "V"), b"MSH|^~\\&|LAB|ELM|C|D|2026||ORU^R01|9|P|2.5\rPID|\xff\r")
    ward.carry()

    aside = {one.reason: one for one in ward.lake.parked()}
    assert set(aside) == {"required_missing", "charset"}
    lacking = aside["required_missing"]
    raw = ward.lake.raw.slice(lacking.raw, lacking.offset, lacking.length)
    assert raw.startswith(b"OBX|1|NM|2345-7")
    assert lacking.path == "Observation.status"

    ward.tables = mended(data / "hl7v2" / "v2-to-fhir", tmp_path / "tables")
    ward.carry()

    assert {one.reason for one in ward.lake.parked()} == {"charset"}
    assert len(ward.observations()) == 1


def mended(tables, folder):
    """Give the tables with a meaning for the status V."""
    for path in tables.rglob("*.csv"):
        text = path.read_text("utf-8")
        if "ObservationResultStatusCodes" in path.name:
            lines = text.splitlines(keepends=True)
            rows = [
                "V,Verified,HL70085,,,,final,,Final,http://hl7.org/fhir/observation-status,,\n"
                if line.startswith("V,")
                else line
                for line in lines
            ]
            text = "".join(rows)
        to = folder / path.relative_to(tables)
        to.parent.mkdir(parents=True, exist_ok=True)
        to.write_text(text, "utf-8")
    return read_tables(folder)


def test_other_declarations_read_every_message_anew(ward):
    ward.take(result(1, "5.6", at="202610130900"))
    ward.carry()
    (row,) = ward.observations().values()
    assert row["clock"] == "receipt"

    assert ward.carry(zone=UTC).messages == 1


def test_a_control_id_used_before_is_mapped_once_somebody_releases_it(ward):
    ward.take(result(1, "5.6", control="X"), result(2, "6.6", control="X"))

    assert ward.carry().words == {"mapped": 1, "parked": 1}
    assert len(ward.observations()) == 1
    assert ward.carry(release=True).words == {"mapped": 2}
    assert len(ward.observations()) == 2


def merging(into, prior, control="M1"):
    return (
        f"MSH|^~\\&|ADT|ELM|HUB|TERN|20261013090000Z||ADT^A40|{control}|P|2.5\r"
        f"PID|1||{into}^^^ELM^MR\rMRG|{prior}^^^ELM^MR\r"
    ).encode()


def test_a_merge_is_written_once(ward):
    merge = merging(77, 78)
    ward.take(result(77, "5.6"), merge)
    ward.carry()
    ward.carry(again=True)

    (row,) = ward.lake.rows(ward.lake.table("person"))
    patient = ward.lake.rows(ward.lake.current(type="Patient"))
    assert row["id"] == "78"
    assert row["op"] == "link"
    assert {row["person"]} == {one["id"] for one in patient}


def test_what_is_known_under_a_number_is_found_under_the_one_it_was_merged_into(ward):
    ward.take(result(1, "5.6"), result(2, "5.6"), merging(2, 1, "A"), merging(3, 2, "B"))
    found = ward.carry()
    assert (found.links, found.merged, found.to_look_at) == (2, 2, 0)
    known = identity.known(ward.books.reader)
    everyone = tuple(sorted(ward.patient(n) for n in (1, 2, 3)))
    here = ward.lake.rows(ward.lake.current(type="Patient"))
    assert here
    assert {record("elm", ward.named(one["id"])) for one in here} <= {*everyone}
    assert [known.records(ward.patient(n)) for n in (1, 2, 3)] == [everyone] * 3
    assert (known.patient(ward.patient(1)), known.patient(ward.patient(3, site="oak"))) == (
        ward.patient(3), ward.patient(3, site="oak"),
    )  # fmt: skip
    size = ward.books.reader.size()
    assert ward.carry(again=True).merged == 0
    assert ward.books.reader.size() == size


def test_a_merge_that_was_taken_back_or_goes_elsewhere_waits_for_a_person(ward):
    ward.take(merging(2, 1, "A"))
    ward.carry()
    (link,) = identity.known(ward.books.reader).links
    identity.unmerge(ward.books, link, Voice("registrar"), why="two people")
    again = ward.carry(again=True)
    assert (again.merged, again.to_look_at) == (0, 1)
    assert identity.known(ward.books.reader).patient(ward.patient(1)) == ward.patient(1)

    ward.take(merging(5, 4, "B"), merging(6, 4, "C"))
    then = ward.carry()
    assert (then.merged, then.to_look_at) == (1, 1)
    assert identity.known(ward.books.reader).patient(ward.patient(4)) == ward.patient(5)


def test_the_ledger_tells_counts_and_no_patient(ward):
    ward.take(result(70001, "5.6"))
    ward.carry()

    (body,) = ward.told()
    assert (body["messages"], body["mapped"], body["new"]) == (1, 1, 4)
    assert "70001" not in str(body)


def test_stretches_are_cut_once_and_stay(ward, monkeypatch):
    monkeypatch.setattr(loop, "MOST", 2)
    ward.take(*[result(n, "5.6") for n in range(3)])
    ward.carry()
    ward.take(result(9, "5.6"))
    ward.carry()

    cut = [(one.first, one.last) for one in ward.inbox.stretches("lab")]
    assert cut == [(1, 2), (3, 3), (4, 4)]
    assert len(ward.observations()) == 4


def batch(*messages, count=None):
    n = len(messages) if count is None else count
    header = b"BHS|^~\\&|LAB|ELM|HUB|TERN|20261013||||B1\r"
    return header + b"".join(messages) + b"BTS|%d\r" % n


def test_the_messages_of_a_batch_say_what_they_would_have_said_alone(ward, tmp_path, tables):
    messages = [result(n, f"{n}.5") for n in range(3)]
    ward.take(batch(*messages))
    found = ward.carry()
    alone = Ward(tmp_path / "alone", tables)
    alone.take(*messages)
    alone.carry()

    assert found.messages == 3
    assert found.words == {"mapped": 3}
    told = {name: row["body"] for name, row in ward.observations().items()}
    assert told == {name: row["body"] for name, row in alone.observations().items()}
    assert len(told) == 3
    alone.close()
    for row in ward.observations().values():  # lineage leads to the message alone
        raw = b"".join(ward.lake.raw.pieces(row["raw"]))
        assert raw[row["offset"] : row["offset"] + row["length"]] in messages
    assert ward.carry(again=True).rows["no_ops"] == found.rows["new"] + found.rows["no_ops"]


def test_one_message_of_a_batch_that_cannot_be_read_is_set_aside_alone(ward):
    bad = result(2, "2.5").replace(b"OBR|", b"!!|")
    ward.take(batch(result(1, "1.5"), bad, result(3, "3.5")))
    found = ward.carry()

    assert found.parked == {"segment_name": 1}
    assert len(ward.observations()) == 2
    [waiting] = ward.lake.parked()
    raw = b"".join(ward.lake.raw.pieces(waiting.raw))
    assert raw[waiting.offset : waiting.offset + waiting.length] == bad


def test_a_batch_that_counts_otherwise_is_set_aside_and_its_messages_are_read(ward):
    ward.take(batch(result(1, "1.5"), result(2, "2.5"), count=3))
    found = ward.carry()

    assert found.parked == {"batch_count": 1}
    assert len(ward.observations()) == 2
    assert [(one.stage, one.reason) for one in ward.lake.parked()] == [("frame", "batch_count")]


def test_a_batch_that_was_stored_before_batches_were_read_is_read_and_released(ward, monkeypatch):
    raw = batch(result(1, "1.5"), result(2, "2.5"))
    arrived = receive(Frame(raw), Door("lab", "elm"), RECEIVED).arrived
    ward.inbox.keep([arrived._replace(kind="", control="", parked="no_header")])
    with monkeypatch.context() as before:
        before.setattr("attending.ingest.messages.batch_of", lambda _: None)
        ward.carry()
    assert [one.reason for one in ward.lake.parked()] == ["no_header"]

    found = ward.carry(again=True)

    assert found.words == {"mapped": 2}
    assert len(ward.observations()) == 2
    assert ward.lake.parked() == []
    for row in ward.observations().values():
        kept = b"".join(ward.lake.raw.pieces(row["raw"]))
        assert kept[row["offset"] : row["offset"] + row["length"]].startswith(b"MSH")
