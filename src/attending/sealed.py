"""Files sealed at rest: read by stretches, whole or not at all, under a key kept elsewhere.

A sealed file begins with a header: eight bytes that say what it is, a salt, and a tag that only
the key could have made. What follows is the content in chunks of 64 KiB, each sealed with
AES-256-GCM under a key of this file alone, made of the store's key and the salt. A chunk's nonce
is its number and whether it is the last (the STREAM construction), so that a file that was cut,
lengthened, put in another order or changed by one bit does not open. A reader holds one chunk.

Reference: V. T. Hoang, R. Reyhanitabar, P. Rogaway, D. Vizár, "Online Authenticated-Encryption
and its Nonce-Reuse Misuse-Resistance", CRYPTO 2015, section 7.
"""

from __future__ import annotations

import hmac
import io
import os
from pathlib import Path
from typing import IO, TYPE_CHECKING, BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from attending.errors import ProofFailed, Refused

if TYPE_CHECKING:
    from typing_extensions import Buffer

MAGIC = b"attseal1"
SALT, TAG = 16, 16
HEADER = len(MAGIC) + SALT + TAG
CHUNK = 1 << 16
KEY_BYTES = 32
OTHERS_MAY_READ = 0o077
VARIABLE = "ATTENDING_MODEL_KEY"  # names the file of the key that models' files are sealed with


class Seal:
    """Seals files and opens them, for whoever holds the key.

    Parameters
    ----------
    key
        32 bytes.

    """

    def __init__(self, key: bytes) -> None:
        if len(key) != KEY_BYTES:
            raise Refused(f"a key holds {KEY_BYTES} bytes, not {len(key)}")
        self._key = key

    @property
    def name(self) -> str:
        """Give what the key is called: it tells keys apart, and nothing of them."""
        return hmac.digest(self._key, b"name", "sha256").hex()[:16]

    def is_sealed(self, path: Path) -> bool:
        """Tell whether a file was sealed with this very key."""
        with path.open("rb") as file:
            return self.made(file.read(HEADER))

    def made(self, data: bytes) -> bool:
        """Tell whether bytes begin as what this very key sealed."""
        head = data[:HEADER]
        return len(head) == HEADER and head == self._header(head[len(MAGIC) : -TAG])

    def sealed(self, data: bytes) -> bytes:
        """Seal some bytes that lie in no file of their own, in the form of one that does."""
        into = io.BytesIO()
        with self.writing(into) as sealing:
            sealing.write(data)
        return into.getvalue()

    def opened(self, data: bytes) -> bytes:
        """Give what was sealed.

        Raises
        ------
        ProofFailed
            It was not sealed with this key, or was altered.

        """
        return self._reader(io.BytesIO(data), len(data), "what is kept").readall()

    def of(self, name: str) -> str:
        """Give what stands for a name: the same for the same name, and nothing of it."""
        return hmac.digest(self._key, b"of" + name.encode(), "sha256").hex()

    def writing(self, file: IO[bytes]) -> SealedWriter:
        """Seal what is written, into a file that is open and empty."""
        salt = os.urandom(SALT)
        header = self._header(salt)
        file.write(header)
        return SealedWriter(file, AESGCM(self._of_file(salt)), header)

    def reading(self, path: Path) -> BinaryIO:
        """Open a sealed file, to be read from anywhere; the caller closes it.

        Raises
        ------
        ProofFailed
            It is not sealed, or not with this key; when it is read, that it was altered.

        """
        file = path.open("rb")
        try:
            reader = self._reader(file, os.fstat(file.fileno()).st_size, path.name)
        except BaseException:
            file.close()
            raise
        return io.BufferedReader(reader, CHUNK)

    def _reader(self, file: BinaryIO, size: int, where: str) -> SealedReader:
        header = file.read(HEADER)
        if not self.made(header):
            raise ProofFailed("not sealed with this key", where=where)
        cipher = AESGCM(self._of_file(header[len(MAGIC) : -TAG]))
        return SealedReader(file, cipher, header, size)

    def _header(self, salt: bytes) -> bytes:
        told = MAGIC + salt
        return told + hmac.digest(self._key, b"header" + told, "sha256")[:TAG]

    def _of_file(self, salt: bytes) -> bytes:
        return hmac.digest(self._key, b"file" + salt, "sha256")


class SealedWriter(io.RawIOBase):
    """Takes bytes and writes them sealed; closing seals the last chunk, and not the file below."""

    def __init__(self, file: IO[bytes], cipher: AESGCM, header: bytes) -> None:
        self._file, self._cipher, self._header = file, cipher, header
        self._held, self._n, self._told = bytearray(), 0, 0

    def writable(self) -> bool:
        """Tell that it is written to."""
        return True

    def tell(self) -> int:
        """Give how many bytes were taken."""
        return self._told

    def write(self, data: Buffer, /) -> int:
        """Take some bytes; a chunk is written once it is known not to be the last."""
        self._held += memoryview(data).cast("B")
        n = memoryview(data).nbytes
        self._told += n
        while len(self._held) > CHUNK:
            self._put(bytes(self._held[:CHUNK]), last=False)
            del self._held[:CHUNK]
        return n

    def close(self) -> None:
        """Write the last chunk."""
        if not self.closed:
            self._put(bytes(self._held), last=True)
            super().close()

    def _put(self, chunk: bytes, *, last: bool) -> None:
        self._file.write(self._cipher.encrypt(_nonce(self._n, last=last), chunk, self._header))
        self._n += 1


class SealedReader(io.RawIOBase):
    """Reads what is sealed from anywhere, a chunk at a time."""

    def __init__(self, file: BinaryIO, cipher: AESGCM, header: bytes, on_disk: int) -> None:
        self._file, self._cipher, self._header = file, cipher, header
        self.size, self._n_chunks = _sizes(on_disk)
        self._at, self._n, self._chunk = 0, -1, b""

    def readable(self) -> bool:
        """Tell that it is read from."""
        return True

    def seekable(self) -> bool:
        """Tell that it may be read from anywhere."""
        return True

    def tell(self) -> int:
        """Give where the next byte is read."""
        return self._at

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        """Go somewhere in the content."""
        start = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self.size}[whence]
        self._at = max(0, start + offset)
        return self._at

    def readinto(self, into: Buffer, /) -> int:
        """Read some bytes; none at the end, which is the end only where its seal says so."""
        n = min(self._at // CHUNK, self._n_chunks - 1)
        if n != self._n:
            self._chunk, self._n = self._opened(n), n
        found = self._chunk[self._at - n * CHUNK :]
        room = memoryview(into).cast("B")
        taken = min(len(found), len(room))
        room[:taken] = found[:taken]
        self._at += taken
        return taken

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()
        super().close()

    def _opened(self, n: int) -> bytes:
        self._file.seek(HEADER + n * (CHUNK + TAG))
        sealed = self._file.read(CHUNK + TAG)
        nonce = _nonce(n, last=n == self._n_chunks - 1)
        try:
            return self._cipher.decrypt(nonce, sealed, self._header)
        except (InvalidTag, ValueError):
            raise ProofFailed("a sealed file holds other bytes than were sealed") from None


def content(path: Path) -> BinaryIO:
    """Open a model's file, sealed or as it came; the caller closes it.

    Raises
    ------
    Refused
        It is sealed, and its key is not there or is another.

    """
    with path.open("rb") as file:
        head = file.read(len(MAGIC))
    if head != MAGIC:
        return path.open("rb")
    key = os.environ.get(VARIABLE)
    if key is None:
        raise Refused("the file is sealed", where=path.name, accepted=[f"{VARIABLE}=FILE"])
    return Seal(key_of(Path(key))).reading(path)


def seal_file(path: Path, key: Path) -> bool:
    """Seal one file in its place; tell whether it was not sealed with this key already.

    Raises
    ------
    Refused
        It cannot be read, or is sealed with another key: open it with that one first.

    """
    seal = Seal(key_of(key))
    try:
        if seal.is_sealed(path):
            return False
        with content(path) as old:
            write_anew(path, old, seal)
    except OSError as error:
        raise Refused(f"cannot be sealed: {error.strerror}", where=str(path)) from error
    return True


def write_anew(path: Path, old: BinaryIO, seal: Seal) -> None:
    """Put a file's content in its place, sealed; the old bytes stand until it is on disk."""
    beside = path.with_name(f".{path.name}.sealing")
    with beside.open("wb") as file:
        sealing = seal.writing(file)
        for piece in iter(lambda: old.read(CHUNK), b""):
            sealing.write(piece)
        sealing.close()
        file.flush()
        os.fsync(file.fileno())
    beside.chmod(path.stat().st_mode & 0o777)
    beside.replace(path)


def sealed_size(path: Path) -> int:
    """Give how many bytes of content a sealed file has."""
    return _sizes(path.stat().st_size)[0]


def _sizes(on_disk: int) -> tuple[int, int]:
    """Give the bytes of content and the number of chunks; there is one chunk at the least."""
    rest = on_disk - HEADER
    n = max(1, -(-rest // (CHUNK + TAG)))
    return max(0, rest - n * TAG), n


def _nonce(n: int, *, last: bool) -> bytes:
    return n.to_bytes(11, "big") + (b"\x01" if last else b"\x00")


def key_of(path: Path) -> bytes:
    """Read a key that others on this machine may not.

    Raises
    ------
    Refused
        It is not there, others may read it, or it is no key.

    """
    try:
        mode, key = path.stat().st_mode, path.read_bytes()
    except OSError as error:
        raise Refused(f"the key cannot be read: {error.strerror}", where=str(path)) from error
    if os.name == "posix" and mode & OTHERS_MAY_READ:
        raise Refused("others may read this key; chmod 600 it", where=str(path))
    if len(key) != KEY_BYTES:
        raise Refused(f"a key holds {KEY_BYTES} bytes, not {len(key)}", where=str(path))
    return key
