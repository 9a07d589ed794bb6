"""Messages of many connections share one commit, and so one wait for the disk.

One thread holds the inbox. Whatever arrived while it committed goes into the next
commit together; nobody waits for a timer.
"""

from __future__ import annotations

import asyncio
import threading
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, NamedTuple

from attending.errors import NotDurable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from attending.lake.inbox import Arrived, Inbox, Kept

AT_MOST = 1024  # messages in one commit: bounds how long the first of them waits
AT_MOST_BYTES = 32 << 20  # and how much one commit writes


class Handed(NamedTuple):
    """One message, and how whoever brought it hears."""

    arrived: Arrived
    answer: asyncio.Future[Kept]


class InboxCommit:
    """Takes messages from an event loop, and answers when they are on disk.

    Parameters
    ----------
    inbox
        The inbox; this holds it until `close`.

    """

    def __init__(self, inbox: Inbox) -> None:
        self._inbox = inbox
        self._queue: SimpleQueue[Handed | None] = SimpleQueue()
        self._door = threading.Lock()
        self._closed = False
        self._thread = threading.Thread(target=self._work, name="inbox", daemon=True)
        self._thread.start()

    def submit(self, arrived: Arrived) -> asyncio.Future[Kept]:
        """Hand in a message; the future resolves after its commit, or with `NotDurable`."""
        answer: asyncio.Future[Kept] = asyncio.get_running_loop().create_future()
        with self._door:
            if self._closed:
                raise NotDurable("the inbox is closed; nothing more is kept")
            self._queue.put(Handed(arrived, answer))
        return answer

    def close(self) -> None:
        """Commit what was handed in, and close the file."""
        with self._door:
            if self._closed:
                return
            self._closed = True
            self._queue.put(None)
        self._thread.join()
        self._inbox.close()

    def _work(self) -> None:
        going = True
        while going:
            batch, going = self._next()
            if batch:
                self._commit(batch)

    def _next(self) -> tuple[list[Handed], bool]:
        """Wait for a message; take all that is there, as far as one commit may hold."""
        batch: list[Handed] = []
        size = 0
        try:
            found = self._queue.get()
            while found is not None:
                batch.append(found)
                size += len(found.arrived.raw)
                if len(batch) == AT_MOST or size >= AT_MOST_BYTES:
                    return batch, True
                found = self._queue.get_nowait()
        except Empty:
            return batch, True
        return batch, False

    def _commit(self, batch: list[Handed]) -> None:
        answers: Sequence[Kept | NotDurable]
        try:
            answers = self._inbox.keep([handed.arrived for handed in batch])
        except NotDurable as error:
            answers = [error] * len(batch)
        by_loop: dict[asyncio.AbstractEventLoop, list[tuple[Handed, Kept | NotDurable]]] = {}
        for handed, answer in zip(batch, answers, strict=True):
            by_loop.setdefault(handed.answer.get_loop(), []).append((handed, answer))
        for loop, pairs in by_loop.items():
            with suppress(RuntimeError):  # its loop has gone, and nobody there waits any more
                loop.call_soon_threadsafe(_resolve, pairs)


def _resolve(pairs: list[tuple[Handed, Kept | NotDurable]]) -> None:
    for handed, answer in pairs:
        if handed.answer.done():
            continue
        if isinstance(answer, NotDurable):
            handed.answer.set_exception(answer)
        else:
            handed.answer.set_result(answer)
