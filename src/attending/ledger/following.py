"""Follow the ledger: what was folded of it stays folded, and only what is new is read.

A fold is a value and a step: the next value from the value and the next fact. Pages, loops and
verbs hold one for each subject that is not about one use case alone.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from attending.facts.entry import Entry
    from attending.facts.fact import Kind
    from attending.ledger.read import Reader

T = TypeVar("T")


class Following(Generic[T]):
    """A fold that keeps up with a ledger; any number may ask at once.

    Parameters
    ----------
    reader
        The ledger.
    start
        What is known before the first fact; a value that is never changed in place.
    step
        Gives what is known after one more fact.
    kinds
        The kinds of fact the step looks at; all of them when empty.

    """

    def __init__(
        self,
        reader: Reader,
        start: T,
        step: Callable[[T, Entry], T],
        *,
        kinds: Sequence[Kind] = (),
    ) -> None:
        self._reader = reader
        self._step = step
        self._kinds = kinds
        self._lock = threading.Lock()
        self._next = 0
        self._known = start

    @property
    def size(self) -> int:
        """Give how many facts of the ledger were taken in."""
        return self._next

    def now(self) -> T:
        """Take in what is new, and give what is known."""
        with self._lock:
            end = self._reader.size()
            for entry in self._reader.entries(self._next, kinds=self._kinds):
                self._known = self._step(self._known, entry)
                end = max(end, entry.index + 1)
            self._next = end
            return self._known
