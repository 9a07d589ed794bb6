"""Progress with rate and time left: a bar for a person, plain lines for a pipe."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

if TYPE_CHECKING:
    from types import TracebackType

LINE_EVERY = 5.0  # seconds between plain lines: often enough to see life, rare in a log


class Progress:
    """Counts steps on stderr, so that stdout stays data."""

    def __init__(self, what: str, *, total: int, unit: str) -> None:
        self._what, self._total, self._unit = what, total, unit
        self._done = 0
        self._began = self._said = time.monotonic()
        self._bar: Bar | None = None

    def __enter__(self) -> Self:
        """Begin; a bar where somebody watches, lines where nobody does."""
        if sys.stderr.isatty():
            self._bar = Bar(
                TextColumn("{task.description}"),
                BarColumn(),
                MofNCompleteColumn(),
                TextColumn("{task.fields[rate]}"),
                TimeRemainingColumn(),
                console=Console(stderr=True),
            )
            self._bar.start()
            self._bar.add_task(self._what, total=self._total, rate="")
        return self

    def step(self) -> None:
        """Count one step."""
        self._done += 1
        now = time.monotonic()
        rate = self._done / max(now - self._began, 1e-9)
        if self._bar is not None:
            task = self._bar.task_ids[0]
            self._bar.update(task, advance=1, rate=f"{rate:.0f} {self._unit}/s")
        elif now - self._said >= LINE_EVERY:
            self._said = now
            left = (self._total - self._done) / rate
            self._line(f"{rate:.0f} {self._unit}/s, about {left:.0f} s left")

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
        sys.stderr.write(f"{self._what}: {self._done} of {self._total} {self._unit}, {rest}\n")
        sys.stderr.flush()
