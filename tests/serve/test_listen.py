"""What the server does beneath the gateway: an answer leaves in one piece."""

from __future__ import annotations

import asyncio

from attending.serve.listen import AtOnce


class Wire:
    """A transport that remembers what was handed to it, in order."""

    def __init__(self):
        self.seen = []

    def write(self, data):
        self.seen.append(data)

    def close(self):
        self.seen.append("closed")

    def abort(self):
        self.seen.append("aborted")

    def is_closing(self):
        return bool(self.seen) and self.seen[-1] in ("closed", "aborted")

    pause_reading = resume_reading = get_extra_info = None
    get_write_buffer_size = "the wire's own"


def seen(use):
    """Give what the wire saw during a turn of the loop, and after it."""

    async def turn():
        wire = Wire()
        use(AtOnce(wire, asyncio.get_running_loop()))
        during = list(wire.seen)
        await asyncio.sleep(0)
        return during, wire.seen

    return asyncio.run(turn())


def test_the_head_and_the_body_of_an_answer_leave_together():
    def answer(transport):
        transport.write(b"head, ")
        transport.write(b"body")

    assert seen(answer) == ([], [b"head, body"])


def test_what_was_written_leaves_before_a_close():
    def answer(transport):
        transport.write(b"head, ")
        transport.write(b"body")
        transport.close()

    assert seen(answer) == ([b"head, body", "closed"], [b"head, body", "closed"])


def test_nothing_is_written_to_a_connection_that_was_dropped():
    def drop(transport):
        transport.write(b"head")
        transport.abort()

    assert seen(drop) == (["aborted"], ["aborted"])


def test_what_else_a_transport_can_do_it_still_can():
    found = []
    seen(lambda transport: found.append(transport.get_write_buffer_size))
    assert found == ["the wire's own"]
