"""All public messages, over the wire: each is kept byte for byte, and answered with a reason."""

from __future__ import annotations

import asyncio

import pytest


@pytest.fixture(scope="module")
def samples(data):
    """Give the files as they are sent: they hold LF, the wire wants CR."""
    found = sorted((data / "hl7v2" / "messages").glob("*.hl7"))
    return [path.read_bytes().replace(b"\n", b"\r") for path in found]


def talk(listening, samples, n_answers, **door):
    async def run():
        async with listening(**door) as wire:
            sender = await wire.sender()
            await sender.send(*samples)
            answers = await sender.answers(n_answers)
            return [answer.split(b"\r")[1].split(b"|") for answer in answers], wire.kept()

    return asyncio.run(run())


def test_every_public_message_is_kept_byte_for_byte_and_answered(listening, samples):
    answers, kept = talk(listening, samples, 57, always=True)

    assert len(samples) == 57
    assert [one.raw for one in kept] == samples
    assert sum(not one.raw.isascii() for one in kept) == 4
    codes = [fields[1] for fields in answers]
    assert set(codes) == {b"AA", b"CA", b"AE"}
    assert codes.count(b"AE") == sum(one.state == "parked" for one in kept)
    assert all(fields[3:] for fields in answers if fields[1] == b"AE"), "a refusal says why"
    assert {one.reason for one in kept} == {"", "control_id_reused"}


def test_where_ids_begin_anew_every_public_message_is_accepted(listening, samples):
    # One of the 57 asks for no acknowledgment at all (NE, NE), and hears none.
    answers, kept = talk(listening, samples, 56, may_reuse=True)

    assert [fields[1] for fields in answers].count(b"AA") == 55
    assert [fields[1] for fields in answers].count(b"CA") == 1
    assert {one.state for one in kept} == {"accepted"}


def test_sending_all_of_them_again_keeps_nothing_new(listening, samples):
    _, kept = talk(listening, [*samples, *samples], 112, may_reuse=True)

    assert len(kept) == 57
