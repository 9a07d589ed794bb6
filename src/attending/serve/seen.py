"""Tokens seen before: each may be used once, also after a restart.

Kept are digests, never a token's own id, until the token has expired. The file is
written before the call goes on, without waiting for the disk: it outlives the process,
and after a power cut a token is at most a few minutes from its expiry.
"""

from __future__ import annotations

import heapq
import os
from contextlib import suppress
from hashlib import sha256
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

MOST = 500_000
MODE = 0o600
WIDTH = 16


class Seen:
    """What was seen, until it expires.

    Parameters
    ----------
    path
        Where it is kept across restarts; None keeps it in memory alone.
    now
        Seconds since 1970, to drop what has expired.
    most
        How many may be kept; past it a token is refused, since a cache that forgets
        would let one in twice.

    """

    def __init__(self, path: Path | None = None, *, now: float = 0.0, most: int = MOST) -> None:
        self._until: dict[bytes, float] = {}
        self._heap: list[tuple[float, bytes]] = []
        self._most = most
        self._path = path
        self._file: int | None = None
        self._n_written = 0
        if path is not None:
            self._load(path, now)
            self._rewrite(path)

    def first(self, issuer: str, token: str, *, until: float, now: float) -> bool:
        """Tell whether a token is seen for the first time, and remember it."""
        mark = sha256(f"{len(issuer)}|{issuer}|{token}".encode()).digest()[:WIDTH]
        self._forget(now)
        if mark in self._until or len(self._until) >= self._most:
            return False
        self._until[mark] = until
        heapq.heappush(self._heap, (until, mark))
        if self._file is not None and self._path is not None:
            os.write(self._file, _line(until, mark))
            self._n_written += 1
            if self._n_written > 2 * self._most:
                self._rewrite(self._path)
        return True

    def close(self) -> None:
        """Let go of the file."""
        if self._file is not None:
            with suppress(OSError):
                os.close(self._file)
            self._file = None

    def _forget(self, now: float) -> None:
        while self._heap and self._heap[0][0] < now:
            self._until.pop(heapq.heappop(self._heap)[1], None)

    def _load(self, path: Path, now: float) -> None:
        with suppress(FileNotFoundError):
            for line in path.read_text("ascii", errors="replace").splitlines():
                until, _, mark = line.partition(" ")
                with suppress(ValueError):
                    if float(until) >= now and len(mark) == 2 * WIDTH:
                        self._until[bytes.fromhex(mark)] = float(until)
        self._heap = [(until, mark) for mark, until in self._until.items()]
        heapq.heapify(self._heap)

    def _rewrite(self, path: Path) -> None:
        """Keep only what has not expired, in a new file put in the old one's place."""
        self.close()
        new = path.with_name(f"{path.name}.new")
        self._file = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND, MODE)
        os.write(self._file, b"".join(_line(until, mark) for mark, until in self._until.items()))
        os.fsync(self._file)
        new.replace(path)
        self._n_written = len(self._until)


def _line(until: float, mark: bytes) -> bytes:
    return f"{until:.0f} {mark.hex()}\n".encode()
