"""Verification of the ledger beside the pages: in a process of its own, one at a time."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from attending.clock import stamp
from attending.ledger import layout

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from attending.clock import Clock

SECONDS = 600
NAME_DIGITS = 20  # of a checkpoint's file: its size


@dataclass(frozen=True)
class Verified:
    """What a verification found.

    Attributes
    ----------
    at
        When it ended, RFC 3339.
    holds
        Whether everything does.
    words
        What was found, in a sentence.
    size
        How many facts it covered.

    """

    at: str
    holds: bool
    words: str
    size: int = 0


class Verifying:
    """Runs `attending verify` apart from the pages, and remembers the last answer.

    Parameters
    ----------
    store
        The ledger's folder.
    clock
        For the time of an answer.
    run
        In the place of the process; for tests.

    """

    def __init__(
        self, store: Path, clock: Clock, *, run: Callable[[Path], Verified] | None = None
    ) -> None:
        self._store = store
        self._clock = clock
        self._run = run or self._apart
        self._lock = threading.Lock()
        self.last: Verified | None = None

    def now(self) -> Verified:
        """Verify everything; whoever asks meanwhile waits for the same answer."""
        before = self.last
        with self._lock:
            if self.last is before or self.last is None:
                self.last = self._run(self._store)
            return self.last

    def soon(self) -> None:
        """Verify without anybody waiting."""
        threading.Thread(target=self.now, name="verify", daemon=True).start()

    def checkpoint(self) -> tuple[int, str] | None:
        """Give the last checkpoint's size and its signed note."""
        notes = sorted(layout.checkpoints(self._store).glob("*.note"))
        return (int(notes[-1].stem), notes[-1].read_text("utf-8")) if notes else None

    def _apart(self, store: Path) -> Verified:
        command = [sys.executable, "-m", "attending.console.verify_apart", str(store)]
        try:
            ran = subprocess.run(  # noqa: S603  our own module over our own folder
                command, capture_output=True, timeout=SECONDS, check=False
            )
            told = json.loads(ran.stdout)
        except (OSError, ValueError, subprocess.SubprocessError) as error:
            words = f"the ledger could not be verified: {type(error).__name__}"
            return Verified(stamp(self._clock.now()), holds=False, words=words)
        return Verified(at=stamp(self._clock.now()), **told)
