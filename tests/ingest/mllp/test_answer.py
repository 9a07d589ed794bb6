"""An answer goes back to who sent, about what was sent, as the sender asked to be answered."""

from __future__ import annotations

import pytest

from attending.ingest.hl7v2.charset import decoded
from attending.ingest.hl7v2.message import read_message
from attending.ingest.mllp.answer import answers, header_of

AT = "20261013080000+0000"


def sent(commit="", application="", event="ADT^A01^ADT_A01"):
    return (
        f"MSH|^~\\&|ADT^1.2^ISO|ELM|HUB|TERN|20261013||{event}|M\xe91|T|2.5.1|||{commit}|{application}\r"
    ).encode("latin-1")


def read(raw):
    return read_message(decoded(raw, "latin-1"))


def codes(commit, application, verdict, *, always=False):
    made = answers(header_of(sent(commit, application)), verdict, "", at=AT, always=always)
    return [read(raw).segments[1].text(1) for raw in made]


def test_an_answer_swaps_the_sides_and_names_the_message():
    (raw,) = answers(header_of(sent()), "accept", "", at=AT)

    header, answer = read(raw).segments
    assert (header.text(3), header.text(4)) == ("HUB", "TERN")
    assert raw.split(b"|")[4:6] == [b"ADT^1.2^ISO", b"ELM"]
    assert header.field(9) == ((("ACK",), ("A01",), ("ACK",)),)
    assert (header.text(11), header.text(12)) == ("T", "2.5.1")
    assert (answer.name, answer.text(1)) == ("MSA", "AA")
    assert b"|M\xe91\r" in raw  # the control id, byte for byte


@pytest.mark.parametrize(
    ("commit", "application", "accepted", "failed"),
    [
        ("", "", ["AA"], ["AE"]),
        ("AL", "NE", ["CA"], ["CE"]),
        ("AL", "AL", ["CA", "AA"], ["CE", "AE"]),
        ("NE", "AL", ["AA"], ["AE"]),
        ("ER", "SU", ["AA"], ["CE"]),
        ("SU", "ER", ["CA"], ["AE"]),
        ("NE", "NE", [], []),
        ("", "AL", ["AA"], ["AE"]),
        ('""', '""', ["AA"], ["AE"]),
        ("Y", "", ["AA"], ["AE"]),
        ("al", "ne ", ["CA"], ["CE"]),
    ],
)
def test_the_sender_says_when_it_wants_to_hear(commit, application, accepted, failed):
    assert codes(commit, application, "accept") == accepted
    assert codes(commit, application, "error") == failed


def test_a_feed_may_be_told_to_answer_whatever_the_sender_asks():
    assert codes("NE", "NE", "accept", always=True) == ["AA"]
    assert codes("AL", "AL", "reject", always=True) == ["CR", "AR"]


def test_an_answer_keeps_the_delimiters_that_were_sent():
    raw = b"MSH#*%!$#A#B#C#D#20261013##ORU*R01#7#P#2.3\r"

    (answer,) = answers(header_of(raw), "error", "a # in the text*", at=AT)

    assert read(answer).segments[1].text(3) == "a   in the text "
    assert read(answer).event == "R01"


def test_bytes_that_are_no_message_are_rejected_without_a_name():
    assert header_of(b"hello") is None
    (raw,) = answers(None, "reject", "no MSH segment", at=AT)

    assert raw.endswith(b"MSA|AR||no MSH segment\r")
