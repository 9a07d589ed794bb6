"""A file that is read more than once, and is the same each time or is not read on.

After every piece the file is asked whether anybody has written to it since it was looked over:
what is told of a file is told of the bytes that its digest is of.
"""

from __future__ import annotations

import codecs
import errno
import io
import os
import stat
from contextlib import contextmanager
from hashlib import sha256
from typing import TYPE_CHECKING

from attending.errors import Refused
from attending.ingest.source import MOST_BYTES, Changed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import IO, BinaryIO

    from _typeshed import WriteableBuffer

PIECE = 1 << 18  # bytes read at once


class Steady:
    """A file that was looked over once.

    Parameters
    ----------
    path
        Which file.
    is_text
        Whether it must be UTF-8.

    Attributes
    ----------
    digest
        SHA-256 of its bytes.

    Raises
    ------
    Refused
        No such file, too large, or not UTF-8.

    """

    def __init__(self, path: Path, *, is_text: bool) -> None:
        self.path = path
        try:
            with open(path, "rb", opener=only_a_file) as file:
                self._stamp = _stamp(file)
                size = os.fstat(file.fileno()).st_size
                if size > MOST_BYTES:
                    raise Refused(
                        f"{size:,} bytes; at most {MOST_BYTES:,} are read", where=str(path)
                    )
                self.digest = _look_over(file, path, is_text=is_text)
        except OSError as error:
            raise Refused(f"cannot be read: {error.strerror}", where=str(path)) from error

    @contextmanager
    def opened(self) -> Iterator[BinaryIO]:
        """Open the file again.

        Raises
        ------
        Changed
            It is another now; also from any reading of it later.

        """
        try:
            file = open(self.path, "rb", 0, opener=only_a_file)  # noqa: SIM115  closed below
        except OSError as error:
            raise Changed from error
        with io.BufferedReader(_Watched(file, self._stamp), PIECE) as watched:
            yield watched

    @contextmanager
    def text(self, newline: str) -> Iterator[IO[str]]:
        """Open the file again as text; `newline` says what ends a line, as of `open`."""
        with (
            self.opened() as file,
            io.TextIOWrapper(file, "utf-8-sig", newline=newline) as text,
        ):
            yield text


class _Watched(io.RawIOBase):
    """The bytes of a file, each piece given only if the file is still as it was."""

    def __init__(self, file: io.FileIO, stamp: tuple[int, ...]) -> None:
        self._file, self._was = file, stamp
        self._check()

    def _check(self) -> None:
        if _stamp(self._file) != self._was:
            self._file.close()
            raise Changed

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = 0, /) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()

    def readinto(self, buffer: WriteableBuffer, /) -> int | None:
        n = self._file.readinto(buffer)
        self._check()
        return n

    def close(self) -> None:
        self._file.close()
        super().close()


def only_a_file(path: str, flags: int) -> int:
    """Open a file, as an opener of `open`; a pipe would keep whoever opens it waiting for ever.

    Raises
    ------
    OSError
        It is no file.

    """
    descriptor = os.open(path, flags | os.O_NONBLOCK)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(errno.EINVAL, "it is no file", path)
    return descriptor


def _stamp(file: BinaryIO | io.FileIO) -> tuple[int, ...]:
    """Give what changes when a file is written to, and does not when it is renamed."""
    s = os.fstat(file.fileno())
    return s.st_dev, s.st_ino, s.st_size, s.st_mtime_ns


def _look_over(file: BinaryIO, path: Path, *, is_text: bool) -> str:
    """Give the digest of a file's bytes; refuse what should be text and is not."""
    seen, n_lines = sha256(), 0
    decoder = codecs.getincrementaldecoder("utf-8")()
    while True:
        piece = file.read(PIECE)
        seen.update(piece)
        if is_text:
            try:
                decoder.decode(piece, final=not piece)
            except UnicodeDecodeError as error:
                line = n_lines + error.object[: error.start].count(b"\n") + 1
                raise Refused(
                    "not UTF-8; save the file as UTF-8 and drop it again",
                    where=f"{path}:{line}",
                ) from error
        if not piece:
            return seen.hexdigest()
        n_lines += piece.count(b"\n")
