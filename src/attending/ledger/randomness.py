"""Random bytes for salts, nonces and ids, fetched from the system a block at a time.

Each is taken once and never again, also not by a child process that inherits the block:
two payloads under one nonce would give away both.
"""

from __future__ import annotations

import os
import threading

BLOCK = 8192  # bytes: one call to the system for some two hundred predictions


class _Block:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._bytes = b""
        self._at = 0

    def draw(self, n: int) -> bytes:
        with self._lock:
            if self._at + n > len(self._bytes):
                self._bytes, self._at = os.urandom(max(BLOCK, n)), 0
            taken = self._bytes[self._at : self._at + n]
            self._at += n
            return taken

    def forget(self) -> None:
        """Start over in a child process, whose lock may be held by a thread it has not."""
        self.__init__()  # type: ignore[misc]  # the very object that others refer to


_block = _Block()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_block.forget)


def random_bytes(n: int) -> bytes:
    """Give n random bytes that nobody else is given."""
    return _block.draw(n)
