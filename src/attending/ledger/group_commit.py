"""Many waiting writers share one commit, and so one wait for the disk.

One thread holds the pen. Whatever was handed in while it committed goes into the
next commit together; nobody waits for a timer. A submission is refused for what is
wrong with it alone, before it meets the others.
"""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import Future
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, NamedTuple

from attending.errors import NotDurable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from attending.facts.fact import Fact
    from attending.ledger.write import Batch, Pen, Receipt

AT_MOST = 4096  # submissions in one commit: bounds memory and how long the first one waits

Waiting = Future["Receipt"] | asyncio.Future["Receipt"]


class Submission(NamedTuple):
    """What one writer handed in, and how it hears."""

    batch: Batch
    answer: Waiting


class GroupCommit:
    """Takes facts from any thread or event loop, and answers when they are on disk.

    Parameters
    ----------
    pen
        The pen; this holds it until `close`.
    at_most
        How many submissions one commit may hold.

    """

    def __init__(self, pen: Pen, *, at_most: int = AT_MOST) -> None:
        self._pen = pen
        self._at_most = at_most
        self._queue: SimpleQueue[Submission | None] = SimpleQueue()
        self._door = threading.Lock()
        self._closed = False
        self.checkpoint_failure: Exception | None = None
        self._thread = threading.Thread(target=self._work, name="ledger pen", daemon=True)
        self._thread.start()

    def submit(self, facts: Sequence[Fact], payloads: Sequence[bytes] = ()) -> Future[Receipt]:
        """Hand in facts, and payloads they name; the future resolves after their commit."""
        answer: Future[Receipt] = Future()
        self._hand_in(Submission(self._pen.batch(facts, payloads), answer))
        return answer

    async def append(self, facts: Sequence[Fact]) -> Receipt:
        """Hand in facts from an event loop, and wait for their commit without blocking it.

        Raises
        ------
        NotDurable
            If they could not be written.

        """
        answer: asyncio.Future[Receipt] = asyncio.get_running_loop().create_future()
        self._hand_in(Submission(self._pen.batch(facts), answer))
        return await answer

    def close(self) -> None:
        """Commit what was handed in, sign the tree, and give the pen back."""
        with self._door:
            if self._closed:
                return
            self._closed = True
            self._queue.put(None)
        self._thread.join()

    def _hand_in(self, submission: Submission) -> None:
        with self._door:
            if self._closed:
                raise NotDurable("the ledger is closed; nothing more is recorded")
            self._queue.put(submission)

    def _work(self) -> None:
        going = True
        while going:
            batch, going = self._next()
            if batch:
                self._commit(batch)
            if self._pen.checkpoint_due == 0.0 or (not going and self._pen.beyond):
                self._checkpoint()

    def _next(self) -> tuple[list[Submission], bool]:
        """Wait for a submission or for a checkpoint's time; take all that is there."""
        batch: list[Submission] = []
        try:
            found = self._queue.get(timeout=self._pause())
            while found is not None:
                batch.append(found)
                if len(batch) == self._at_most:
                    return batch, True
                found = self._queue.get_nowait()
        except Empty:
            return batch, True
        return batch, False

    def _pause(self) -> float | None:
        due = self._pen.checkpoint_due
        if due is None or due > threading.TIMEOUT_MAX:
            return None
        # A checkpoint that failed is tried again in a second, not at once and forever.
        return max(due, 1.0 if self.checkpoint_failure else 0.0)

    def _commit(self, batch: list[Submission]) -> None:
        try:
            receipts = self._pen.append_each([submission.batch for submission in batch])
        except Exception as error:  # noqa: BLE001  (the pen's thread must outlive any of them)
            _tell(batch, [error] * len(batch))
        else:
            _tell(batch, receipts)

    def _checkpoint(self) -> None:
        try:
            self._pen.checkpoint()
        except Exception as error:  # noqa: BLE001  (the pen's thread must outlive any of them)
            self.checkpoint_failure = error
        else:
            self.checkpoint_failure = None


def _tell(batch: list[Submission], answers: Sequence[Receipt | Exception]) -> None:
    """Resolve every answer; each event loop is woken once a commit, not once a fact."""
    by_loop: dict[asyncio.AbstractEventLoop, list[tuple[Waiting, Receipt | Exception]]] = {}
    for (_, waiting), answer in zip(batch, answers, strict=True):
        if isinstance(waiting, Future):
            if waiting.set_running_or_notify_cancel():
                _resolve([(waiting, answer)])
        else:
            by_loop.setdefault(waiting.get_loop(), []).append((waiting, answer))
    for loop, pairs in by_loop.items():
        with suppress(RuntimeError):  # its event loop has gone, and nobody there waits any more
            loop.call_soon_threadsafe(_resolve, pairs)


def _resolve(pairs: list[tuple[Waiting, Receipt | Exception]]) -> None:
    for waiting, answer in pairs:
        if waiting.done():
            continue
        if isinstance(answer, Exception):
            waiting.set_exception(answer)
        else:
            waiting.set_result(answer)
