"""A file that is read while it is kept, or hashed: one thread does that, and others follow it.

What was read counts for nothing before the file is kept. Whoever gives a `Reading` gives it in a
context, which ends when the file is durable under its digest, or raises.
"""

from __future__ import annotations

import os
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from contextlib import contextmanager
from hashlib import file_digest
from threading import Condition
from typing import TYPE_CHECKING, BinaryIO, NamedTuple, cast

from attending.errors import Refused
from attending.lake.at_rest import at_rest
from attending.lake.inflate import pieces

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from io import BufferedReader
    from pathlib import Path


class Reading(NamedTuple):
    """A file, and its digest once that is known.

    Attributes
    ----------
    digest
        The SHA-256 of its bytes, in hexadecimal; its result raises what ended the hashing.
    pieces
        Gives its bytes from the start, decompressed, a bounded piece at a time, and waits for
        those that are not there yet; raises what ended the writing, or `Broken`.

    """

    digest: Future[str]
    pieces: Callable[[], Iterator[bytes]]


class Followed:
    """A file that one thread writes and hashes while others read what is written so far."""

    def __init__(self) -> None:
        self.digest: Future[str] = Future()
        self._moved = Condition()
        self._file = -1  # a descriptor of our own: the file is renamed while it is read
        self._n_bytes = 0
        self._is_over = self._is_left = False

    def grow(self, file: BinaryIO, n_bytes: int) -> None:
        """Tell of so many more bytes in a file.

        Raises
        ------
        CancelledError
            Whoever read it left before its end, so that it need not be kept.

        """
        file.flush()
        with self._moved:
            if self._is_left:
                raise CancelledError
            if self._file < 0:
                self._file = os.open(file.name, os.O_RDONLY)
            self._n_bytes += n_bytes
            self._moved.notify_all()

    def end(self, digest: str) -> None:
        """Tell that there is no more."""
        with self._moved:
            self._is_over = True
            self.digest.set_result(digest)
            self._moved.notify_all()

    def fail(self, error: BaseException) -> None:
        """Tell what ended the writing, or what came after it; readers raise the first alone."""
        with self._moved:
            if not self._is_over:
                self._is_over = True
                self.digest.set_exception(error)
            self._moved.notify_all()

    def leave(self) -> None:
        """Let the writing stop where it is."""
        with self._moved:
            self._is_left = True

    def close(self) -> None:
        """Let go of the file."""
        if self._file >= 0:
            os.close(self._file)

    def pieces(self) -> Iterator[bytes]:
        """Give its bytes as they come, decompressed."""
        return pieces(cast("BinaryIO", _Follower(self)))

    def at(self, offset: int, most: int) -> bytes:
        """Give bytes from an offset on, waiting for the first of them; nothing at the end."""
        with self._moved:
            self._moved.wait_for(lambda: self._is_over or self._n_bytes > offset)
            n_bytes = min(most, self._n_bytes - offset)
        if n_bytes > 0:
            return os.pread(self._file, n_bytes, offset)
        self.digest.result()
        return b""


class _Follower:
    """Reads a file that is followed, from its start."""

    def __init__(self, followed: Followed) -> None:
        self._followed, self._at = followed, 0

    def read(self, most: int) -> bytes:
        piece = self._followed.at(self._at, most)
        self._at += len(piece)
        return piece


@contextmanager
def following(keep: Callable[[Followed], str]) -> Iterator[Reading]:
    """Read a file while something keeps it; what fails there, or here, ends both."""
    followed = Followed()

    def told() -> None:
        try:
            keep(followed)
        except BaseException as error:
            followed.fail(error)
            raise

    with ThreadPoolExecutor(1) as pool:
        done = pool.submit(told)
        try:
            yield Reading(followed.digest, followed.pieces)
        except BaseException:
            followed.leave()
            raise
        finally:
            failed = done.exception()  # which waits until it is kept
            followed.close()
        if failed is not None:
            raise failed


@contextmanager
def hashing(path: Path) -> Iterator[Reading]:
    """Read a file while it is hashed.

    Raises
    ------
    Refused
        It is no file that can be read twice, or it changed meanwhile.

    """
    if not path.is_file():
        raise Refused("it is no file that can be read twice", where=str(path), accepted=["a file"])
    there, before = at_rest(path.resolve()), _stamp(path)
    with there.reading(path) as one, there.reading(path) as other, ThreadPoolExecutor(1) as pool:
        yield Reading(
            pool.submit(lambda: file_digest(cast("BufferedReader", one), "sha256").hexdigest()),
            lambda: pieces(other),
        )
        if _stamp(path) != before:
            raise Refused("it changed while it was read", where=str(path))


def _stamp(path: Path) -> tuple[int, ...]:
    its = path.stat()
    return its.st_ino, its.st_size, its.st_mtime_ns
