"""A batch in one frame: its messages are kept as if they came alone; one answer is given."""

from __future__ import annotations

import asyncio

import pytest

from attending.clock import WallClock
from attending.errors import NotDurable
from attending.ingest.mllp.framing import Frame, Framer
from attending.ingest.mllp.reception import Door, receive
from attending.ingest.mllp.server import MOST_WAITING_BYTES, Line, MllpServer

HEADER = b"BHS|^~\\&|LAB|ELM|HUB|TERN|20261013||||B%d\r"


def message(number, *, commit="", application="", extra=b""):
    head = f"MSH|^~\\&|LAB|ELM|HUB|TERN|20261013||ORU^R01|M{number}|T|2.3|||{commit}|{application}"
    return head.encode() + b"\rPID|1||%d" % number + extra + b"\r"


def batch(*messages, count=None, number=1):
    n = len(messages) if count is None else count
    return HEADER % number + b"".join(messages) + b"BTS|%d\r" % n


def talk(listening, *frames, n=None, **door):
    """Send frames; give the answers, what is kept but for batches as they came, and the counts."""

    async def run():
        async with listening(**door) as wire:
            sender = await wire.sender()
            await sender.send(*frames)
            answers = await sender.answers(len(frames) if n is None else n)
            return answers, wire.kept(), wire.server.counts

    answers, kept, counts = asyncio.run(run())
    return [said(one) for one in answers], [one for one in kept if one.kind != "BHS^"], counts


def said(answer):
    """Give the code, the control id and the text of an answer."""
    fields = answer.split(b"\r")[1].split(b"|")
    return tuple(part.decode() for part in [*fields[1:4], b""][:3])


def test_each_message_is_kept_as_if_it_came_alone_and_the_batch_is_answered_once(listening):
    messages = [message(n) for n in range(3)]

    answers, kept, counts = talk(listening, batch(*messages), message(9))

    assert answers == [("AA", "B1", ""), ("AA", "M9", "")]
    assert [one.raw for one in kept] == [*messages, message(9)]
    assert {one.state for one in kept} == {"accepted"}
    assert [one.control for one in kept] == ["M0", "M1", "M2", "M9"]
    assert (counts.received, counts.batches, counts.accepted) == (4, 1, 4)


def test_the_batch_itself_stays_byte_for_byte(listening):
    raw = batch(message(1), message(2))

    async def run():
        async with listening() as wire:
            sender = await wire.sender()
            await sender.send(raw)
            await sender.answers(1)
            return wire.kept()

    whole, *_ = asyncio.run(run())

    assert (whole.raw, whole.state, whole.control) == (raw, "accepted", "B1")


def test_one_message_that_cannot_be_read_does_not_take_the_others_along(listening):
    bad = b"MSH|^~\\&|LAB|ELM|HUB|TERN|20261013||ORU^R01|M2|P|2.5\r!!\r"

    [(code, control, text)], kept, counts = talk(listening, batch(message(1), bad, message(3)))

    assert (code, control) == ("AE", "B1")
    assert text == "parked: message 2 of 3, a line is no segment"
    assert [(one.control, one.reason) for one in kept] == [
        ("M1", ""), ("M2", "segment_name"), ("M3", ""),
    ]  # fmt: skip
    assert (counts.accepted, counts.parked) == (2, 1)


def test_a_control_id_that_was_used_before_is_held_against_the_message_alone(listening):
    other = message(1, extra=b"|changed")

    answers, kept, _ = talk(listening, message(1), batch(other, message(2)))

    assert answers[0][0] == "AA"
    assert answers[1][0] == "AE"
    assert [one.reason for one in kept] == ["", "control_id_reused", ""]


def test_a_batch_that_counts_otherwise_is_told_and_its_messages_are_kept(listening):
    short = batch(message(1), count=2)

    answers, kept, _ = talk(listening, short, batch(message(1), message(2)), short)

    assert [one[0] for one in answers] == ["AE", "AA", "AE"]
    assert "BTS-1 or FTS-1 counts otherwise" in answers[0][2]
    assert [one.control for one in kept] == ["M1", "M2"]


def test_the_same_batch_again_is_accepted_and_stored_once(listening):
    raw = batch(message(1), message(2))

    answers, kept, counts = talk(listening, raw, raw)

    assert [one[0] for one in answers] == ["AA", "AA"]
    assert [one.control for one in kept] == ["M1", "M2"]
    assert counts.again == 2


def test_a_batch_number_that_begins_anew_parks_nothing(listening):
    answers, kept, _ = talk(listening, batch(message(1)), batch(message(2)))

    assert [one[:2] for one in answers] == [("AA", "B1"), ("AA", "B1")]
    assert len(kept) == 2


@pytest.mark.parametrize(
    ("asked", "codes"),
    [
        ({"commit": "AL", "application": "NE"}, ["CA"]),
        ({"commit": "NE", "application": "AL"}, ["AA"]),
        ({"commit": "NE", "application": "NE"}, []),
    ],
)
def test_a_batch_is_answered_as_its_first_message_asks(listening, asked, codes):
    raw = batch(message(1, **asked), message(2, **asked))

    answers, _, _ = talk(listening, raw, message(9), n=len(codes) + 1)

    assert [one[:2] for one in answers] == [*((code, "B1") for code in codes), ("AA", "M9")]


def test_a_batch_of_answers_is_kept_and_never_answered(listening):
    ack = b"MSH|^~\\&|A|B|C|D|2026||ACK^A01^ACK|9|P|2.5|||AL|AL\rMSA|AA|1\r"

    answers, kept, _ = talk(listening, batch(ack), message(1), n=1)

    assert answers == [("AA", "M1", "")]
    assert len(kept) == 2


def test_an_empty_batch_is_answered(listening):
    answers, kept, _ = talk(listening, batch())

    assert answers == [("AA", "B1", "")]
    assert kept == []


def test_the_answer_is_of_the_version_and_the_processing_that_the_messages_are_of(listening):
    async def run():
        async with listening() as wire:
            sender = await wire.sender()
            await sender.send(batch(message(1)))
            return await sender.answers(1)

    [answer] = asyncio.run(run())
    header = answer.split(b"\r")[0].split(b"|")

    assert header[2:6] == [b"HUB", b"TERN", b"LAB", b"ELM"]
    assert header[8:12] == [b"ACK", b"B1.AA", b"T", b"2.3"]


def test_a_batch_of_which_one_message_could_not_be_kept_is_not_acknowledged(listening, monkeypatch):
    from attending.lake.inbox_commit import InboxCommit

    submit = InboxCommit.submit

    def full(commit, arrived):
        if arrived.control == "M2":
            raise NotDurable("no space")
        return submit(commit, arrived)

    monkeypatch.setattr(InboxCommit, "submit", full)
    answers, kept, counts = talk(listening, batch(message(1), message(2)))

    assert answers == [("AE", "B1", "could not be stored; send it again")]
    assert [one.control for one in kept] == ["M1"]
    assert (counts.accepted, counts.not_kept) == (1, 1)


def test_a_batch_of_small_messages_takes_the_room_that_they_take_in_memory():
    class Stuck:
        """A commit whose disk does not answer."""

        def submit(self, _arrived):
            return asyncio.get_running_loop().create_future()

    async def run():
        server = MllpServer(Stuck(), Door("lab", "elm"), WallClock())
        line = Line(None, None, Framer())
        raw = batch(*[b"MSH|^~\\&|A|B|||||ORU^R01|%d|P|2.5\r" % n for n in range(5000)])
        taken = 0
        while line.waiting_bytes <= MOST_WAITING_BYTES and taken < 100:
            received = receive(Frame(raw), Door("lab", "elm"), "2026-10-13T08:00:00.000Z")
            await server._hand_in(line, received)
            taken += 1
        return taken

    assert asyncio.run(run()) * 5000 < 50_000, "then the connection is read no further"
