"""An app that does not start is not waited for without end, and says why it did not."""

from __future__ import annotations

import asyncio

import pytest

from attending.cli.speaking.alive import alive
from attending.cli.up import House, Turns
from attending.errors import Refused


async def breaks(_scope, receive, _send):
    await receive()
    raise OSError("the store is gone")


async def refuses(_scope, receive, send):
    await receive()
    await send({"type": "lifespan.startup.failed", "message": "no key"})


async def says_nothing(_scope, receive, _send):
    await receive()
    await asyncio.Event().wait()


async def ends(_scope, _receive, _send):
    return


async def never_ends(_scope, receive, send):
    await receive()
    await send({"type": "lifespan.startup.complete"})
    await asyncio.Event().wait()


@pytest.mark.parametrize(
    ("app", "why"),
    [
        (breaks, "OSError: the store is gone"),
        (refuses, "no key"),
        (says_nothing, "said nothing for 0.2 seconds"),
        (ends, "it ended"),
    ],
)
def test_what_does_not_start_is_told_with_its_reason(app, why):
    async def start():
        async with alive(app, within=0.2):
            pytest.fail("it is no door")

    with pytest.raises(Refused, match=why):
        asyncio.run(asyncio.wait_for(start(), 20))


def test_what_does_not_end_keeps_nobody_from_ending():
    async def start():
        async with alive(never_ends, within=0.2):
            return "inside"

    assert asyncio.run(asyncio.wait_for(start(), 20)) == "inside"


def test_the_server_hears_that_a_door_did_not_open():
    said = []

    async def receive():
        return {"type": "lifespan.startup"}

    async def send(message):
        said.append(message)

    house = House(breaks, None, Turns())
    asyncio.run(asyncio.wait_for(house({"type": "lifespan"}, receive, send), 20))
    assert [each["type"] for each in said] == ["lifespan.startup.failed"]
    assert "the store is gone" in said[0]["message"]
