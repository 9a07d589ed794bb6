"""A use case's own threads: a bounded number of slots, and none of them waited for.

An engine that hangs cannot be stopped, only left behind. Its slot counts as lost from
the deadline until the thread returns; when every slot is lost, or the waiting room is
full, the pool says so at once and the call is late without having waited. The threads
are daemons: a hung engine does not keep the process from ending.

An engine that is *prompt* is asked where the question is, with no thread and no wait between: a
thread's turn costs more than such an answer. Should it take long after all, it has its
threads again for a minute; what comes past its deadline is late, as any answer is.
"""

from __future__ import annotations

import asyncio
import math
import threading
import time
from collections import deque
from typing import TYPE_CHECKING

from attending.errors import Refused
from attending.serve.bell import Bell
from attending.serve.engine import Prompt

if TYPE_CHECKING:
    from attending.fhir.cleared import Cleared
    from attending.serve.engine import Answer, Engine

SLOTS = 4
WAITING = 64  # calls that may wait for a slot; a burst, not a queue
LONG = 0.02  # seconds that no prompt engine needs
TOO_LONG = 0.2  # seconds, in one answer or in several long ones in a row
WARY = 60.0  # seconds that one which took so long is asked on threads


class Full(Refused):
    """Every slot is lost, or too many calls wait for one."""


class _Question:
    __slots__ = ("answer", "error", "fields", "future", "left", "loop", "taken")

    def __init__(self, fields: Cleared, loop: asyncio.AbstractEventLoop) -> None:
        self.fields = fields
        self.loop = loop
        self.future: asyncio.Future[Answer] = loop.create_future()
        self.answer: Answer | None = None
        self.error: Exception | None = None
        self.taken = False
        self.left = False


class Pool:
    """Threads that ask one engine.

    Parameters
    ----------
    engine
        Called from several threads at once.
    name
        The use case, for the threads' names.
    slots, waiting
        How many ask at once, and how many may wait to.

    """

    def __init__(
        self,
        engine: Engine,
        name: str,
        *,
        slots: int = SLOTS,
        waiting: int = WAITING,
    ) -> None:
        self._engine = engine
        self._name = name
        self._slots = slots
        self._most = waiting
        self._queue: deque[_Question] = deque()
        self._bell: Bell[_Question] = Bell(self._deliver)
        self._change = threading.Condition()
        self._n_idle = 0
        self._n_threads = 0
        self._closed = False
        self._threads_until = 0.0 if isinstance(engine, Prompt) and engine.is_prompt else math.inf
        self._long = 0.0
        self.n_lost = 0

    async def ask(self, fields: Cleared, *, within: float) -> Answer:
        """Ask the engine; give up, and count the slot as lost, after `within` seconds.

        Raises
        ------
        Full
            At once, when nobody could answer in time.
        TimeoutError
            When the engine did not.

        """
        start = time.perf_counter()
        if start >= self._threads_until:
            return self._at_once(fields, start, within)
        question = _Question(fields, asyncio.get_running_loop())
        self._put(question)
        timer = question.loop.call_later(within, self._leave, question)
        try:
            return await question.future
        finally:
            timer.cancel()

    def close(self) -> None:
        """Let idle threads end; a hung one ends with the process."""
        with self._change:
            self._closed = True
            self._change.notify_all()

    def _at_once(self, fields: Cleared, start: float, within: float) -> Answer:
        """Ask a prompt engine, and look at how long it takes."""
        try:
            answer = self._engine.answer(fields)
        finally:
            took = time.perf_counter() - start
            if took > LONG or self._long:
                self._doubt(took)
        if took > within:
            raise TimeoutError
        return answer

    def _doubt(self, took: float) -> None:
        """Add up long answers in a row; past what may be, it is asked on threads for a while.

        One alone may be the machine's doing, which would hold up a thread as well.
        """
        self._long = self._long + took if took > LONG else 0.0
        if self._long > TOO_LONG:
            self._threads_until, self._long = time.perf_counter() + WARY, 0.0

    def _put(self, question: _Question) -> None:
        with self._change:
            if self.n_lost >= self._slots or len(self._queue) >= self._most:
                raise Full(f"{self._name}: no slot is free")
            self._queue.append(question)
            if self._n_idle:
                self._change.notify()
            elif self._n_threads < self._slots:
                self._n_threads += 1
                name = f"{self._name}-{self._n_threads}"
                threading.Thread(target=self._serve, name=name, daemon=True).start()

    def _leave(self, question: _Question) -> None:
        with self._change:
            if question.taken and not question.left:
                self.n_lost += 1
            question.left = True
        if not question.future.done():
            question.future.set_exception(TimeoutError())

    def _serve(self) -> None:
        while (question := self._next()) is not None:
            try:
                question.answer = self._engine.answer(question.fields)
            except Exception as error:  # noqa: BLE001  whatever it raises, the slot must come back
                question.error = error
            with self._change:
                if question.left:
                    self.n_lost -= 1
                    continue
                question.left = True  # answered: the deadline no longer takes the slot
            self._bell.put(question.loop, question)

    def _next(self) -> _Question | None:
        with self._change:
            while True:
                while self._queue:
                    question = self._queue.popleft()
                    if not question.left:
                        question.taken = True
                        return question
                if self._closed:
                    return None
                self._n_idle += 1
                self._change.wait()
                self._n_idle -= 1

    @staticmethod
    def _deliver(question: _Question) -> None:
        if question.future.done():
            return
        if question.error is not None:
            question.future.set_exception(question.error)
        elif question.answer is not None:
            question.future.set_result(question.answer)
