"""Peers that hold on to what they were given: others are served all the same."""

from __future__ import annotations

import asyncio
import socket
import ssl
from contextlib import suppress

import pytest

from attending.ingest.mllp import server

from .test_server import certificate, message, said

__all__ = ["certificate"]


@pytest.fixture
def bounded(monkeypatch):
    """Set bounds of the server's for one test."""

    def bound(**bounds):
        for name, value in bounds.items():
            monkeypatch.setattr(server, name, value, raising=False)

    return bound


def test_peers_that_say_nothing_give_way_and_one_that_sent_a_message_does_not(listening, bounded):
    bounded(MOST_CONNECTIONS=8)

    async def talk():
        async with listening() as wire:
            first = await wire.sender()
            await first.send(message(1))
            heard = await first.answers(1)
            silent = [await wire.sender() for _ in range(40)]
            begun = await wire.sender()
            begun.writer.write(b"\x0bMSH|")
            late = await wire.sender()
            await late.send(message(2))
            heard += await late.answers(1)
            await first.send(message(3))
            heard += await first.answers(1)
            for each in [*silent, begun, late, first]:
                await each.hang_up()
            return heard, wire.server.counts

    heard, counts = asyncio.run(talk())

    assert [said(one)[:2] for one in heard] == [("AA", "M1"), ("AA", "M2"), ("AA", "M3")]
    assert counts.gave_way == 35
    assert counts.turned_away == 0


def test_where_everybody_sent_something_a_peer_too_many_is_turned_away(listening, bounded):
    bounded(MOST_CONNECTIONS=3)

    async def talk():
        async with listening() as wire:
            there = [await wire.sender() for _ in range(3)]
            for n, each in enumerate(there):
                await each.send(message(n))
                await each.answers(1)
            late = await wire.sender()
            with suppress(OSError):
                await late.send(message(7))
                assert await late.answers(1) == []
            await there[0].send(message(4))
            return await there[0].answers(1), wire.server.counts

    heard, counts = asyncio.run(talk())

    assert [said(one)[1] for one in heard] == ["M4"]
    assert (counts.turned_away, counts.gave_way) == (1, 0)


def test_a_frame_that_drips_is_given_up(listening, bounded):
    bounded(WHOLE_WITHIN=0.3)

    async def talk():
        async with listening() as wire:
            peer, other = await wire.sender(), await wire.sender()
            peer.writer.write(b"\x0bMSH|^~\\&|")
            ended = asyncio.create_task(peer.reader.read(1))
            for _ in range(300):
                if ended.done():
                    break
                peer.writer.write(b"x")
                await asyncio.sleep(0.02)
            await other.send(message(1))
            heard = await other.answers(1)
            return ended.done(), heard, wire.kept(), wire.server.counts.cut_off

    ended, heard, kept, n_cut_off = asyncio.run(talk())

    assert ended, "a byte now and then does not hold a connection"
    assert said(heard[0])[0] == "AA"
    assert [one.control for one in kept] == ["M1"]
    assert n_cut_off == 1


def test_frames_that_begin_and_do_not_end_hold_no_more_than_all_of_them_may(listening, bounded):
    bounded(MOST_BEGUN=2 << 20)

    async def talk():
        async with listening(longest=1 << 20) as wire:
            honest = await wire.sender()
            await honest.send(message(1))
            heard = await honest.answers(1)
            honest.writer.write(b"\x0b" + message(2) + b"x" * 500_000)
            peers = []
            for _ in range(12):
                peers.append(await wire.sender())
                peers[-1].writer.write(b"\x0b" + b"x" * 900_000)
                with suppress(OSError):
                    await peers[-1].writer.drain()
            for _ in range(1_000):
                if wire.server.counts.gave_way == 11:
                    break
                await asyncio.sleep(0.02)
            n_held = sum(line.framer.held for line in wire.server._open)
            honest.writer.write(b"\x1c\r")
            heard += await honest.answers(1)
            for each in peers:
                each.writer.transport.abort()
            return heard, n_held, wire.server.counts.gave_way

    heard, n_held, gave_way = asyncio.run(talk())

    assert n_held <= 2 << 20
    assert gave_way == 11
    assert [said(one)[:2] for one in heard] == [("AA", "M1"), ("AA", "M2")]


def test_a_peer_that_reads_no_answer_is_hung_up_on_and_what_it_sent_is_kept(listening, bounded):
    """The ids are long, and so are the answers: they soon fill what the system holds of them."""
    bounded(UNREAD=0.3, LINGER=0.3)
    n, name = 1500, "x" * 3000

    async def talk():
        async with listening() as wire:
            deaf = socket.socket()
            deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            deaf.setblocking(False)
            await asyncio.get_running_loop().sock_connect(deaf, ("127.0.0.1", wire.port))
            stream = b"".join(
                b"\x0b" + message(k).replace(b"|M%d|" % k, b"|M%d%s|" % (k, name.encode()))
                + b"\x1c\r" for k in range(n)
            )  # fmt: skip
            with suppress(OSError):
                sent = asyncio.get_running_loop().sock_sendall(deaf, stream)
                await asyncio.wait_for(sent, 20)
            for _ in range(500):
                if wire.server.counts.unread:
                    break
                await asyncio.sleep(0.02)
            other = await wire.sender()
            await other.send(message(9))
            heard = await other.answers(1)
            deaf.close()
            return heard, wire.server.counts, len(wire.kept())

    heard, counts, n_kept = asyncio.run(talk())

    assert counts.unread == 1
    assert said(heard[0])[0] == "AA"
    assert n_kept == counts.received


def test_a_peer_that_never_shakes_hands_is_hung_up_on(listening, bounded, certificate):
    bounded(SHAKES_WITHIN=0.3)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(certificate / "cert.pem", certificate / "key.pem")

    async def talk():
        async with listening(tls=server) as wire:
            peer = await wire.sender()
            try:
                return await asyncio.wait_for(peer.reader.read(1), 10)
            except OSError as error:
                return b"" if not isinstance(error, TimeoutError) else None

    assert asyncio.run(talk()) == b""
