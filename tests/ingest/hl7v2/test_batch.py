"""A batch is taken apart into its messages, and says where it counts otherwise."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attending.ingest.hl7v2.batch import MOST_MESSAGES, batch_of

FHS = b"FHS|^~\\&|LAB|ELM|HUB|TERN|20261013||||F1\r"
BHS = b"BHS|^~\\&|LAB|ELM|HUB|TERN|20261013||||B1\r"
FIRST = b"MSH|^~\\&|LAB|ELM|HUB|TERN|20261013||ORU^R01|M1|P|2.5.1\rPID|1||1\r"
OTHER = b"MSH|^~\\&|LAB|ELM|HUB|TERN|20261013||ORU^R01|M2|P|2.5.1\rPID|1||2\r"


def raws(batch):
    return [one.raw for one in batch.messages]


@pytest.mark.parametrize(
    "raw",
    [
        FHS + BHS + FIRST + OTHER + b"BTS|2\rFTS|1\r",
        BHS + FIRST + OTHER + b"BTS|2\r",
        BHS + FIRST + OTHER,
        FHS + FIRST + OTHER + b"FTS|1",
        FHS + BHS + FIRST + b"BTS|1\r" + BHS + OTHER + b"BTS|1\rFTS|2\r",
        FHS + BHS + FIRST + b"\r\n" + OTHER + b"BTS||none\rFTS\r\n",
        BHS + FIRST + OTHER + b"BTS|002\r",
    ],
)
def test_every_message_of_a_batch_is_the_bytes_that_would_have_come_alone(raw):
    batch = batch_of(raw)

    assert raws(batch) == [FIRST, OTHER]
    assert [raw[one.offset : one.offset + len(one.raw)] for one in batch.messages] == raws(batch)
    assert batch.fault == ""


@pytest.mark.parametrize(
    ("raw", "fault"),
    [
        (BHS + FIRST + b"BTS|2\r", "batch_count"),
        (BHS + FIRST + b"BTS|one\r", "batch_count"),
        (BHS + FIRST + b"BTS|" + b"9" * 5000 + b"\r", "batch_count"),
        (FHS + BHS + FIRST + b"BTS|1\rFTS|2\r", "batch_count"),
        (FHS + FIRST + b"FTS|0\r", "batch_count"),
        (BHS + b"PID|1||1\r" + FIRST + b"BTS|1\r", "batch_order"),
        (BHS + FIRST + b"BTS|1\rOBX|1\r", "batch_order"),
        (FHS + FIRST + b"FTS|1\r" + FIRST, "batch_order"),
        (BHS + FIRST + FHS, "batch_order"),
    ],
)
def test_what_is_wrong_with_a_batch_is_said_and_takes_no_message_along(raw, fault):
    batch = batch_of(raw)

    assert batch.fault == fault
    assert batch.messages
    assert set(raws(batch)) == {FIRST}


def test_an_empty_batch_is_a_batch():
    batch = batch_of(FHS + BHS + b"BTS|0\rFTS|1\r")

    assert (batch.messages, batch.fault) == ((), "")


def test_no_more_messages_are_taken_apart_than_may_be_held():
    batch = batch_of(BHS + b"MSH|\r" * (MOST_MESSAGES + 1))

    assert (batch.messages, batch.fault) == ((), "too_many_messages")


@pytest.mark.parametrize("raw", [b"", FIRST, FIRST + BHS, b"BHS", b"BHSX|", b"FHS \r", b"BTS|1\r"])
def test_what_begins_otherwise_is_no_batch(raw):
    assert batch_of(raw) is None


@given(st.lists(st.sampled_from([FHS, BHS, FIRST, OTHER, b"BTS|1\r", b"FTS|1\r", b"\n", b"x\r"])))
def test_any_batch_is_taken_apart_and_no_message_is_lost(lines):
    raw = b"".join([BHS, *lines])
    batch = batch_of(raw)

    assert len(batch.messages) == sum(line in (FIRST, OTHER) for line in lines)
    for one in batch.messages:
        assert raw[one.offset :].startswith(one.raw)
        assert one.raw.startswith((FIRST[:-1], OTHER[:-1]))
