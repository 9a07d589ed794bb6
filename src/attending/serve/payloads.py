"""What a model was given, kept beside the ledger and named by its digest.

Facts carry no inputs; whoever may read them finds them here by the digest in the fact.
The digest is over salted bytes, so it tells nothing of a value that is easy to guess.
"""

from __future__ import annotations

import os
import threading
from concurrent.futures import Future
from contextlib import suppress
from typing import TYPE_CHECKING, Protocol

from attending.errors import NotDurable

if TYPE_CHECKING:
    from pathlib import Path

MODE = 0o600  # its owner alone: these are patients' data


class Payloads(Protocol):
    """Somewhere that payloads are kept."""

    def put(self, digest: str, raw: bytes) -> Future[None] | None:
        """Keep some bytes; None when they are already durable, else when they will be."""

    def close(self) -> None:
        """Write what waits, and let go."""


class MemoryPayloads:
    """Payloads of a test or a demo: gone with the process."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}

    def put(self, digest: str, raw: bytes) -> None:
        """Keep some bytes for as long as the process lives."""
        self.kept[digest] = raw

    def close(self) -> None:
        """Nothing waits."""


class FilePayloads:
    """Payloads in one file that only grows, many writers to one flush.

    Each is a line of digest, length and a newline, then the bytes and a newline. It is
    not encrypted: put it on a volume that is.

    Parameters
    ----------
    path
        The file; made where it does not exist.

    """

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, MODE)
        self._change = threading.Condition()
        self._waiting: list[tuple[bytes, Future[None]]] = []
        self._closed = False
        self._thread = threading.Thread(target=self._write, name="payloads", daemon=True)
        self._thread.start()

    def put(self, digest: str, raw: bytes) -> Future[None]:
        """Give a future that is done when the bytes are on disk."""
        future: Future[None] = Future()
        framed = b"%s %d\n%s\n" % (digest.encode(), len(raw), raw)
        with self._change:
            if self._closed:
                raise NotDurable("the payload store is closed")
            self._waiting.append((framed, future))
            self._change.notify()
        return future

    def close(self) -> None:
        """Write what waits, and let go of the file."""
        with self._change:
            if self._closed:
                return
            self._closed = True
            self._change.notify()
        self._thread.join(timeout=5)
        with suppress(OSError):
            os.close(self._file)

    def _write(self) -> None:
        while True:
            with self._change:
                while not self._waiting and not self._closed:
                    self._change.wait()
                batch, self._waiting = self._waiting, []
            if not batch:
                return
            error = self._flush(b"".join(framed for framed, _ in batch))
            for _, future in batch:
                if not future.set_running_or_notify_cancel():
                    continue
                if error is None:
                    future.set_result(None)
                else:
                    future.set_exception(error)

    def _flush(self, raw: bytes) -> OSError | None:
        view = memoryview(raw)
        try:
            while view:
                view = view[os.write(self._file, view) :]
            os.fsync(self._file)
        except OSError as error:
            return error
        return None
