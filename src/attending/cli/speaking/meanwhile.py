"""What goes on while a large file is taken in."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import TYPE_CHECKING

from attending.loops.carry_out import renew

if TYPE_CHECKING:
    from collections.abc import Sequence
    from threading import Event

    from attending.loops.parts import Folded, Parts

RENEW_WITHIN = 5.0  # seconds: well within a lease of 30


class Meanwhile:
    """Called now and then, it keeps every lease, and leaves the file where we must stop.

    Parameters
    ----------
    all_parts
        Whose leases.
    stop
        Set when the process is told to end.

    """

    def __init__(self, all_parts: Sequence[tuple[Parts, Folded]], stop: Event) -> None:
        self._all, self._stop = all_parts, stop
        self._renewed = time.monotonic()

    def __call__(self) -> None:
        """Do what is due; SystemExit ends the thread, and the next start goes on."""
        if self._stop.is_set():
            raise SystemExit
        if time.monotonic() - self._renewed < RENEW_WITHIN:
            return
        for parts, folded in self._all:
            with suppress(Exception):  # its own turn tries it again, and tells
                renew(parts, folded)
        self._renewed = time.monotonic()
