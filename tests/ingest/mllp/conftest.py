"""A server on a port of its own, and a sender."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress

import pytest

from attending.clock import WallClock
from attending.ingest.mllp.framing import Framer, framed
from attending.ingest.mllp.reception import Door
from attending.ingest.mllp.server import MllpServer
from attending.lake.inbox import open_inbox
from attending.lake.inbox_commit import InboxCommit


class Sender:
    """Sends what it is told and collects what is answered."""

    def __init__(self, reader, writer):
        self.reader, self.writer = reader, writer
        self._framer, self._read = Framer(), []

    async def send(self, *messages):
        self.writer.write(b"".join(framed(one) for one in messages))
        await self.writer.drain()

    async def answers(self, n):
        """Wait for so many answers, or for the end of the connection."""
        while len(self._read) < n:
            data = await asyncio.wait_for(self.reader.read(65536), 20)
            if not data:
                break
            self._read += [frame.raw for frame in self._framer.feed(data)]
        found, self._read = self._read[:n], self._read[n:]
        return found

    async def hang_up(self):
        self.writer.close()
        with suppress(OSError):
            await self.writer.wait_closed()


class Listening:
    """A server that listens, and its store."""

    def __init__(self, server, port, store):
        self.server, self.port, self.store = server, port, store

    async def sender(self, **options):
        return Sender(*await asyncio.open_connection("127.0.0.1", self.port, **options))

    def kept(self):
        inbox = open_inbox(self.store)
        found = list(inbox.messages("lab"))
        inbox.close()
        return found


@pytest.fixture
def listening(tmp_path):
    @asynccontextmanager
    async def start(*, tls=None, longest=1 << 20, **door):
        commit = InboxCommit(open_inbox(tmp_path))
        server = MllpServer(commit, Door("lab", "elm", **door), WallClock(), longest=longest)
        port = await server.start("127.0.0.1", 0, tls)
        try:
            yield Listening(server, port, tmp_path)
        finally:
            await server.stop()
            commit.close()

    return start
