"""Raw files by their digest: what was sent, as it was sent, kept before anything read of it counts.

A file lies under the first two characters of its SHA-256. It is written beside, synced, named
and the folder synced, so that what was acknowledged is there after a power cut, whole. The same
bytes again change nothing.
"""

from __future__ import annotations

import os
from concurrent.futures import Future
from contextlib import contextmanager
from functools import partial
from hashlib import sha256
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING, BinaryIO, cast

from attending.errors import ProofFailed, Refused
from attending.lake.at_rest import at_rest
from attending.lake.durable import make_folder, sync_folder
from attending.lake.inflate import PIECE, Broken, pieces
from attending.lake.keeping import Reading, following

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from attending.lake.keeping import Followed

DIGEST_LENGTH = 64


class RawFiles:
    """A folder of raw files, each named by the SHA-256 of its bytes.

    Parameters
    ----------
    folder
        Where they lie; made when the first is kept.

    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def path(self, digest: str) -> Path:
        """Give where a file lies, or would.

        Raises
        ------
        Refused
            Not a SHA-256 in hexadecimal: nothing else becomes a path.

        """
        if len(digest) != DIGEST_LENGTH or digest.strip("0123456789abcdef"):
            raise Refused("not the digest of a raw file", accepted=["64 hexadecimal characters"])
        return self._folder / digest[:2] / digest[2:]

    def has(self, digest: str) -> bool:
        """Tell whether a file is kept."""
        return self.path(digest).is_file()

    def keep(self, data: bytes) -> str:
        """Keep some bytes, durable on return; give their digest."""
        return self._keep((data,))

    def keep_file(self, path: Path) -> str:
        """Keep a file's bytes, read a piece at a time; give their digest.

        Raises
        ------
        Refused
            The file cannot be read.

        """
        with _readable(path):
            file = at_rest(path.resolve()).reading(path)
        with file:
            return self._keep(_read(file, path))

    @contextmanager
    def keeping(self, path: Path) -> Iterator[Reading]:
        """Keep a file's bytes while they are read; they are kept once the context ends.

        What lies sealed cannot be followed while it is written, and is read once it is kept.

        Raises
        ------
        Refused
            The file cannot be read; it may be found halfway.

        """
        with _readable(path):
            file = at_rest(path.resolve()).reading(path)
        with file:
            source = _read(file, path)
            if at_rest(self._folder).is_sealed:
                known: Future[str] = Future()
                known.set_result(self._keep(source))
                yield Reading(known, lambda: self.pieces(known.result()))
                return
            with following(partial(self._keep, source)) as reading:
                yield reading

    def open(self, digest: str) -> BinaryIO:
        """Open a file's bytes as they were sent; the caller closes it.

        Raises
        ------
        Refused
            No such file is kept.

        """
        path = self.path(digest)
        try:
            return at_rest(path).reading(path)
        except FileNotFoundError:
            raise Refused(f"no raw file {digest[:12]} is kept here") from None

    def size(self, digest: str) -> int:
        """Give how many bytes were sent."""
        path = self.path(digest)
        return at_rest(path).size(path)

    def pieces(self, digest: str) -> Iterator[bytes]:
        """Give a file's bytes from its start, decompressed, a bounded piece at a time.

        Raises
        ------
        Broken
            After the last piece that can be read.

        """
        with self.open(digest) as file:
            yield from pieces(file)

    def slices(self, digest: str, spans: Iterable[tuple[int, int]]) -> Iterator[bytes]:
        """Give stretches of a file, in one pass over it.

        Parameters
        ----------
        digest
            Which file.
        spans
            Offset and length of each, in bytes; of the decompressed bytes where the file is
            compressed, so that a late stretch of a compressed file costs reading up to it.
            In the order of their offsets.

        """
        source, held, start = self.pieces(digest), bytearray(), 0
        for offset, length in spans:
            while start + len(held) < offset + length:
                if len(held) > PIECE and start + len(held) <= offset:
                    start += len(held)
                    held.clear()
                try:
                    piece = next(source, b"")
                except Broken:
                    piece = b""
                if not piece:
                    break
                held += piece
            skipped = min(max(offset - start, 0), len(held))
            del held[:skipped]
            start += skipped
            yield bytes(held[offset - start : offset - start + length])

    def slice(self, digest: str, offset: int, length: int) -> bytes:
        """Give one stretch of a file, as `slices` does; shorter where the file ends."""
        return next(self.slices(digest, [(offset, length)]))

    def check(self, digest: str) -> None:
        """Hash a file again.

        Raises
        ------
        ProofFailed
            Its bytes are no longer those that were sent.

        """
        found = sha256()
        with self.open(digest) as file:
            for piece in iter(lambda: file.read(PIECE), b""):
                found.update(piece)
        if found.hexdigest() != digest:
            raise ProofFailed(f"raw file {digest[:12]} holds other bytes than were sent")

    def _keep(self, data: Iterable[bytes], followed: Followed | None = None) -> str:
        make_folder(self._folder)
        found = sha256()
        with NamedTemporaryFile(dir=self._folder, prefix=".", delete=False) as beside:
            try:
                there = at_rest(self._folder)
                sealing = there.writing(beside) if there.is_sealed else None
                for piece in data:
                    found.update(piece)
                    (sealing or beside).write(piece)
                    if followed is not None:
                        followed.grow(cast("BinaryIO", beside), len(piece))
                if followed is not None:
                    followed.end(found.hexdigest())
                if sealing is not None:
                    sealing.close()
                beside.flush()
                os.fsync(beside.fileno())
                beside.close()
                path = self.path(found.hexdigest())
                make_folder(path.parent)
                os.replace(beside.name, path)  # noqa: PTH105  the name is text
            except BaseException:
                os.unlink(beside.name)  # noqa: PTH108  same
                raise
        sync_folder(path.parent)
        return found.hexdigest()


def _read(file: BinaryIO, path: Path) -> Iterator[bytes]:
    """Give a file's pieces; what fails while one is kept is no fault of the file."""
    while True:
        with _readable(path):
            piece = file.read(PIECE)
        if not piece:
            return
        yield piece


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise Refused(f"cannot be read: {error.strerror}", where=str(path)) from error
