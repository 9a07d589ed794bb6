"""One wake of the event loop for many things finished on other threads."""

from __future__ import annotations

import threading
from collections import deque
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

T = TypeVar("T")


class Bell(Generic[T]):
    """Carries what other threads finish to the event loop.

    Parameters
    ----------
    on_ring
        Called on the loop, once for each thing, in the order they were put.

    """

    def __init__(self, on_ring: Callable[[T], None]) -> None:
        self._on_ring = on_ring
        self._lock = threading.Lock()
        self._waiting: deque[T] = deque()

    def put(self, loop: asyncio.AbstractEventLoop, thing: T) -> None:
        """Hand something over; wake the loop unless a wake is already on its way."""
        with self._lock:
            self._waiting.append(thing)
            if len(self._waiting) > 1:
                return
        try:
            loop.call_soon_threadsafe(self._ring)
        except RuntimeError:  # the loop has ended; nobody waits any more
            with self._lock:
                self._waiting.clear()

    def _ring(self) -> None:
        with self._lock:
            things = tuple(self._waiting)
            self._waiting.clear()
        for thing in things:
            self._on_ring(thing)
