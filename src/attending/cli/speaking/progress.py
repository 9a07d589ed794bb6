"""Progress with rate and time left: a bar for a person, plain lines for a pipe."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Self

from rich.console import Console
from rich.progress import BarColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

if TYPE_CHECKING:
    from types import TracebackType

FEW = 10  # below it, a rate is told to a tenth
LINE_EVERY = 5.0  # seconds between plain lines: often enough to see life, rare in a log


class Progress:
    """Counts steps on stderr, so that stdout stays data.

    Parameters
    ----------
    what
        What is done, as a person would say it.
    total
        How many steps there are.
    unit, each
        In what they are told, and how many steps make one of it.

    """

    def __init__(self, what: str, *, total: int, unit: str, each: int = 1) -> None:
        self._what, self._total, self._unit, self._each = what, total, unit, each
        self._done = 0
        self._began = self._said = time.monotonic()
        self._bar: Bar | None = None

    def __enter__(self) -> Self:
        """Begin; a bar where somebody watches, lines where nobody does."""
        self._began = self._said = time.monotonic()
        if sys.stderr.isatty():
            self._bar = Bar(
                TextColumn("{task.description}"),
                BarColumn(),
                TextColumn("{task.fields[so_far]}"),
                TextColumn("{task.fields[rate]}"),
                TimeRemainingColumn(),
                console=Console(stderr=True),
            )
            self._bar.start()
            self._bar.add_task(self._what, total=self._total, rate="", so_far="")
        return self

    def step(self, n: int = 1) -> None:
        """Count one step, or some at once."""
        self._done += n
        now = time.monotonic()
        rate = self._done / max(now - self._began, 1e-9)
        if self._bar is not None:
            task = self._bar.task_ids[0]
            self._bar.update(task, advance=n, rate=self._per_second(rate), so_far=self._so_far())
        elif now - self._said >= LINE_EVERY:
            self._said = now
            left = max(self._total - self._done, 0) / rate
            self._line(f"{self._per_second(rate)}, about {left:.0f} s left")

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End; say how much was done."""
        if self._bar is not None:
            self._bar.stop()
        else:
            self._line(f"{time.monotonic() - self._began:.1f} s")

    def _line(self, rest: str) -> None:
        sys.stderr.write(f"{self._what}: {self._so_far()}, {rest}\n")
        sys.stderr.flush()

    def _so_far(self) -> str:
        return f"{self._told(self._done)} of {self._told(self._total)} {self._unit}"

    def _per_second(self, rate: float) -> str:
        n = rate / self._each
        return f"{n:.{int(n < FEW)}f} {self._unit}/s"

    def _told(self, n: int) -> str:
        return str(n) if self._each == 1 else f"{n / self._each:,.1f}"
