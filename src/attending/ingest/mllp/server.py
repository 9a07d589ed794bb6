"""The server: store, wait for the disk, acknowledge; in that order, always.

A sender may pipeline: messages of one connection are answered in the order they came,
and those of all connections share commits. Everything is bounded: connections, the bytes
of a message and of all messages that have begun, the messages of a connection that wait for
their answer, the time a begun frame may take and an answer may lie unread. Where there are as
many connections as there may be, the oldest that never sent a whole message gives way.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from attending.clock import stamp
from attending.errors import NotDurable
from attending.ingest.mllp.answer import answers
from attending.ingest.mllp.framing import LONGEST, Framer, framed
from attending.ingest.mllp.reception import NOT_KEPT, receive, verdict_on

if TYPE_CHECKING:
    import ssl

    from attending.clock import Clock
    from attending.ingest.mllp.answer import Header, Verdict
    from attending.ingest.mllp.reception import Door, Received
    from attending.lake.inbox import Arrived, Kept
    from attending.lake.inbox_commit import InboxCommit

CHUNK = 64 << 10  # bytes asked of a connection at once
MOST_CONNECTIONS = 256
MOST_WAITING = 1024  # messages of one connection not yet answered; then it is read no further
MOST_WAITING_BYTES = 64 << 20  # of one connection, on their way to the disk
BESIDE = 2 << 10  # and what one holds in memory beside its bytes, rounded up: a batch has many
MOST_ON_THE_WAY = 256 << 20  # bytes of all connections on their way to the disk
MOST_BEGUN = 256 << 20  # bytes of all frames that have begun: sixteen of the longest at once
LINGER = 60.0  # seconds for which what follows a rejected frame is thrown away, so that AR is heard
STANDS_STILL = 300.0  # seconds in the middle of a frame; between frames a sender may be silent
WHOLE_WITHIN = 900.0  # seconds of waiting for one frame: the longest at 18 KiB a second
UNREAD = 300.0  # seconds for which answers may lie unread by their sender
SHAKES_WITHIN = 10.0  # seconds for a TLS handshake; who is in one is not yet counted


@dataclass
class Counts:
    """What came in since the server began."""

    received: int = 0  # messages; those of a batch each
    batches: int = 0
    accepted: int = 0
    again: int = 0
    parked: int = 0
    not_kept: int = 0
    acknowledgments: int = 0  # messages that were answers themselves, and were not answered
    between: int = 0  # bytes outside of frames
    cut_off: int = 0  # frames that never ended
    turned_away: int = 0  # connections beyond the most there may be
    gave_way: int = 0  # connections hung up on, so that others had room
    unread: int = 0  # connections hung up on because they did not read their answers


class Waiting(NamedTuple):
    """What the answer to one frame needs; the message itself is held until it is on disk."""

    header: Header | None
    is_acknowledgment: bool
    kept: tuple[asyncio.Future[Kept], ...]  # of a batch: it, and each message within
    is_batch: bool


@dataclass(eq=False)
class Line:
    """One connection: what it sent and what it waits for."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    framer: Framer
    queue: asyncio.Queue[Waiting | None] = field(
        default_factory=lambda: asyncio.Queue(MOST_WAITING)
    )
    waiting_bytes: int = 0
    n_whole: int = 0  # messages that came whole


class MllpServer:
    """Takes HL7 v2 messages for one source.

    Parameters
    ----------
    commit
        Where messages are kept.
    door
        Whose messages these are.
    clock
        What time it is.
    longest
        The most bytes of one message.

    """

    def __init__(
        self, commit: InboxCommit, door: Door, clock: Clock, *, longest: int = LONGEST
    ) -> None:
        self._commit = commit
        self._door = door
        self._clock = clock
        self._longest = longest
        self._lines: set[asyncio.Task[None]] = set()
        self._readers: set[asyncio.Task[None]] = set()
        self._open: dict[Line, None] = {}  # oldest first
        self._on_the_way = 0  # bytes handed to the disk
        self._has_room = asyncio.Event()
        self._server: asyncio.Server | None = None
        self.counts = Counts()

    async def start(self, host: str, port: int, tls: ssl.SSLContext | None = None) -> int:
        """Begin to listen; give the port, which the system chooses if it was 0."""
        within = None if tls is None else SHAKES_WITHIN
        self._server = await asyncio.start_server(
            self._connected, host, port, ssl=tls, ssl_handshake_timeout=within, limit=CHUNK
        )
        found: int = self._server.sockets[0].getsockname()[1]
        return found

    async def stop(self) -> None:
        """Take no more, answer what was taken, and hang up."""
        if self._server is not None:
            self._server.close()
        for reader in list(self._readers):
            reader.cancel()
        if self._lines:
            await asyncio.wait(self._lines, timeout=30)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if len(self._open) >= MOST_CONNECTIONS and not self._make_room():
            self.counts.turned_away += 1
            writer.close()
            return
        task = asyncio.current_task()
        if task is not None:
            self._lines.add(task)
            task.add_done_callback(self._lines.discard)
        line = Line(reader, writer, Framer(self._longest))
        self._open[line] = None
        reading = asyncio.create_task(self._read(line))
        self._readers.add(reading)
        reading.add_done_callback(self._readers.discard)
        try:
            await self._answer(line)
        finally:
            reading.cancel()
            self.counts.between += line.framer.between
            self.counts.cut_off += line.framer.is_open
            self._open.pop(line, None)
            writer.close()
            with suppress(OSError):
                await asyncio.wait_for(writer.wait_closed(), LINGER)
            writer.transport.abort()  # a peer that reads nothing would keep what it was sent

    def _make_room(self) -> bool:
        """Hang up on the oldest that never sent a whole message; tell whether there was one."""
        idle = next((line for line in self._open if not line.n_whole), None)
        if idle is not None:
            self._hang_up(idle)
        return idle is not None

    def _hang_up(self, line: Line) -> None:
        self.counts.gave_way += 1
        self._open.pop(line, None)
        line.writer.transport.abort()

    def _bound_begun(self, line: Line) -> None:
        """Hold no more of all frames that have begun than may be held.

        Who never sent a whole message is hung up on first, the one that holds most before others;
        nothing of it was acknowledged, and whoever is in earnest sends it again.
        """
        if line.framer.held <= CHUNK:
            return
        while sum(each.framer.held for each in self._open) > MOST_BEGUN:
            self._hang_up(max(self._open, key=lambda each: (not each.n_whole, each.framer.held)))

    async def _read(self, line: Line) -> None:
        """Hand everything that comes in to the commit, in order, until the sender stops."""
        waited = 0.0  # seconds for the frame that has begun
        try:
            while not line.framer.is_lost:
                began = self._seconds()
                patience = min(STANDS_STILL, WHOLE_WITHIN - waited) if line.framer.is_open else None
                data = await asyncio.wait_for(line.reader.read(CHUNK), patience)
                if not data:
                    break
                frames = line.framer.feed(data)
                for frame in frames:
                    line.n_whole += not frame.is_too_long
                    await self._hand_in(line, receive(frame, self._door, stamp(self._clock.now())))
                was_begun = line.framer.is_open and not frames
                waited = waited + self._seconds() - began if was_begun else 0.0
                self._bound_begun(line)
                while line.waiting_bytes > MOST_WAITING_BYTES or self._on_the_way > MOST_ON_THE_WAY:
                    self._has_room.clear()
                    await self._has_room.wait()
            if line.framer.is_lost:
                await asyncio.wait_for(_throw_away(line.reader), LINGER)
        except (OSError, TimeoutError, asyncio.CancelledError):
            pass  # what was taken is answered all the same, where the sender still listens
        finally:
            await self._end(line)

    async def _hand_in(self, line: Line, received: Received) -> None:
        """Let a message be kept, or a batch, and remember what its answer needs."""
        self.counts.batches += received.is_batch
        self.counts.received += len(received.within) if received.is_batch else 1
        kept = tuple(self._kept(line, each) for each in received.to_keep)
        waiting = Waiting(received.header, received.is_acknowledgment, kept, received.is_batch)
        await line.queue.put(waiting)

    def _is_kept(self, line: Line, size: int) -> None:
        line.waiting_bytes -= size
        self._on_the_way -= size
        self._has_room.set()

    @staticmethod
    def _seconds() -> float:
        return asyncio.get_running_loop().time()

    async def _end(self, line: Line) -> None:
        """Say that nothing more comes, even if the queue is full at the moment."""
        with suppress(asyncio.CancelledError):
            await line.queue.put(None)

    def _kept(self, line: Line, arrived: Arrived) -> asyncio.Future[Kept]:
        size = len(arrived.raw) + BESIDE
        line.waiting_bytes += size
        self._on_the_way += size
        answer: asyncio.Future[Kept]
        try:
            answer = self._commit.submit(arrived)
        except NotDurable as error:
            answer = asyncio.get_running_loop().create_future()
            answer.set_exception(error)
        answer.add_done_callback(lambda _: self._is_kept(line, size))
        return answer

    async def _answer(self, line: Line) -> None:
        """Answer message after message, each when it is on disk."""
        is_heard = True
        while (waiting := await line.queue.get()) is not None:
            made = await self._answers(waiting)
            if not is_heard:
                continue  # the sender has gone; its messages are kept nevertheless
            try:
                line.writer.write(b"".join(framed(one) for one in made))
                if line.writer.transport.get_write_buffer_size():
                    await asyncio.wait_for(line.writer.drain(), UNREAD)
                else:
                    await line.writer.drain()
            except TimeoutError:
                is_heard = False
                self.counts.unread += 1
                line.writer.transport.abort()
            except OSError:
                is_heard = False

    async def _answers(self, waiting: Waiting) -> list[bytes]:
        verdict: Verdict
        kept = [await _settled(each) for each in waiting.kept]
        there = [each for each in kept if each is not None]
        messages = kept[1:] if waiting.is_batch else kept
        for each in messages:
            self._count(each)
        if len(there) < len(kept):
            verdict, text = "error", NOT_KEPT
        else:
            verdict, text = verdict_on(there[0], there[1:])
        if waiting.is_acknowledgment:
            self.counts.acknowledgments += 1
            return []
        at = f"{self._clock.now():%Y%m%d%H%M%S%z}"
        always = self._door.always
        return answers(waiting.header, verdict, text, at=at, always=always)

    def _count(self, kept: Kept | None) -> None:
        if kept is None:
            self.counts.not_kept += 1
        elif kept.outcome == "again":
            self.counts.again += 1
        elif kept.parked:
            self.counts.parked += 1
        else:
            self.counts.accepted += 1


async def _settled(kept: asyncio.Future[Kept]) -> Kept | None:
    """Wait until something is kept; None where it could not be."""
    try:
        return await kept
    except NotDurable:
        return None


async def _throw_away(reader: asyncio.StreamReader) -> None:
    while await reader.read(CHUNK):
        pass
