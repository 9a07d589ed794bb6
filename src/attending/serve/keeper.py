"""Keeps the record: an answer leaves only when its facts are durable.

What could not be made durable in time is owed. The answer then leaves empty, and the
record is written afterwards under the same key, saying what really was displayed. An
owed record waits until the first attempt has ended one way or the other, so that the
correction always comes after what it corrects.

What callers hand in while the event loop has work at hand goes to the pen together, when that
work is done: one commit for all who asked at once, and no thread woken in the middle of it. The
order they were handed in is the order they are written in.
"""

from __future__ import annotations

import asyncio
from collections import deque
from concurrent.futures import Future
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from attending.serve.bell import Bell

if TYPE_CHECKING:
    from collections.abc import Sequence

    from attending.facts.fact import Fact
    from attending.serve.tally import Tally

MOST_OWED = 10_000
AT_ONCE = 200
MOST_GATHERED = 32  # records: bounds how long the first of many waits for the others
PAUSE = 0.25  # seconds between attempts to pay
PATIENCE = 5.0  # seconds that one attempt to pay may take

Attempt = Future[Any]  # what it holds is the writer's own


class Pen(Protocol):
    """Where facts are written; many that wait share one commit."""

    def submit(self, facts: Sequence[Fact], payloads: Sequence[bytes] = ()) -> Attempt:
        """Give a future that is done when the facts and payloads are durable, together."""


class _Owed(NamedTuple):
    """A record to be written: after an attempt at what it corrects, or at itself."""

    fact: Fact
    attempt: Attempt | None = None
    payloads: tuple[bytes, ...] = ()
    is_itself: bool = False

    @property
    def is_ready(self) -> bool:
        return self.attempt is None or self.attempt.done()

    @property
    def is_paid(self) -> bool:
        attempt = self.attempt if self.is_itself else None
        return attempt is not None and attempt.done() and _is_durable(attempt)


class _Wait:
    """Somebody on the loop who waits for an attempt to end."""

    __slots__ = ("attempt", "ended", "facts", "loop", "payloads")

    def __init__(
        self,
        facts: Sequence[Fact],
        payloads: Sequence[bytes],
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        self.facts, self.payloads, self.loop = facts, payloads, loop
        self.attempt: Attempt | None = None
        self.ended: asyncio.Future[bool] = loop.create_future()

    def end(self, word: bool) -> None:  # noqa: FBT001  called back by a timer
        """Say how it ended, once."""
        if not self.ended.done():
            self.ended.set_result(word)


class Keeper:
    """Writes facts before an answer leaves, and pays what is owed.

    Parameters
    ----------
    pen
        Where facts are written.
    tally
        Where what is owed is counted.

    """

    def __init__(self, pen: Pen, tally: Tally) -> None:
        self._pen = pen
        self._tally = tally
        self._owed: deque[_Owed] = deque()
        self._paying: asyncio.Task[None] | None = None
        self._bell: Bell[tuple[_Wait, Attempt]] = Bell(self._ended)
        self._gathered: list[_Wait] = []
        self.durable = True

    @property
    def n_owed(self) -> int:
        """Give how many records are still to be written."""
        return len(self._owed)

    async def keep(
        self,
        facts: Sequence[Fact],
        payloads: Sequence[bytes] = (),
        *,
        within: float,
    ) -> tuple[bool, Attempt | None]:
        """Make facts durable; tell whether they are, and which attempt it was.

        Parameters
        ----------
        facts
            What happened.
        payloads
            Bytes that they name by digest, to be kept in the same commit.
        within
            Seconds.

        """
        loop = asyncio.get_running_loop()
        wait = _Wait(facts, payloads, loop)
        self._gathered.append(wait)
        if len(self._gathered) == 1:
            loop.call_soon(self._hand_in)
        elif len(self._gathered) >= MOST_GATHERED:
            self._hand_in()
        # A wait never cancels its attempt: it may yet reach the disk.
        timer = loop.call_later(max(within, 0.0), wait.end, False)  # noqa: FBT003  a callback's argument
        try:
            self.durable = await wait.ended
        finally:
            timer.cancel()
        return self.durable, wait.attempt

    def owe(self, fact: Fact, attempt: Attempt | None, payloads: Sequence[bytes] = ()) -> None:
        """Write a record later, with its payloads, once the first attempt has ended."""
        self._tally.add("records_owed")
        self._later(_Owed(fact, attempt, tuple(payloads)))

    def soon(self, fact: Fact) -> None:
        """Write a record that nothing waits for, and go on trying until it is durable.

        It takes its place in the ledger now: nothing that happens later comes before it.
        """
        self._hand_in()
        try:
            attempt: Attempt | None = self._pen.submit([fact])
        except Exception:  # noqa: BLE001  tried again at the next turn
            attempt = None
        self._later(_Owed(fact, attempt, is_itself=True))

    def _later(self, owed: _Owed) -> None:
        if len(self._owed) >= MOST_OWED:
            self._tally.add("records_given_up")
            return
        self._owed.append(owed)
        if self._paying is None or self._paying.done():
            self._paying = asyncio.get_running_loop().create_task(self._pay())

    async def close(self, within: float = 1.0) -> None:
        """Give what is owed a last chance, then stop."""
        self._hand_in()
        if self._paying is not None and not self._paying.done():
            await asyncio.wait([self._paying], timeout=within)
            self._paying.cancel()

    async def _pay(self) -> None:
        while self._owed:
            self._owed = deque(owed for owed in self._owed if not owed.is_paid)
            ready = [owed for owed in self._owed if owed.is_ready][:AT_ONCE]
            if ready and await self._paid(ready):
                gone = set(map(id, ready))
                self._owed = deque(owed for owed in self._owed if id(owed) not in gone)
                continue
            await asyncio.sleep(PAUSE)

    async def _paid(self, owed: Sequence[_Owed]) -> bool:
        payloads = [payload for each in owed for payload in each.payloads]
        kept, _ = await self.keep([each.fact for each in owed], payloads, within=PATIENCE)
        return kept

    def _hand_in(self) -> None:
        """Hand what was gathered to the pen, in its order."""
        gathered, self._gathered = self._gathered, []
        for wait in gathered:
            try:
                wait.attempt = self._pen.submit(wait.facts, wait.payloads)
            except Exception:  # noqa: BLE001  tried again at the next turn
                wait.end(False)  # noqa: FBT003  as a timer says it
                continue
            wait.attempt.add_done_callback(partial(self._ring, wait))

    def _ring(self, wait: _Wait, attempt: Attempt) -> None:
        self._bell.put(wait.loop, (wait, attempt))

    @staticmethod
    def _ended(ended: tuple[_Wait, Attempt]) -> None:
        wait, attempt = ended
        wait.end(_is_durable(attempt))


def _is_durable(attempt: Attempt) -> bool:
    return not attempt.cancelled() and attempt.exception() is None
