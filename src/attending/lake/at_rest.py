"""Whether a store's raw files and tables are sealed, with which key, and how DuckDB reads them.

``lake/sealed.json`` in a store says where its key lies, never the key. Where it is, every file
under ``lake/raw`` and ``lake/tables`` is written sealed. The variable ``ATTENDING_LAKE_KEY``
names another place for the key, such as a volume that is mounted elsewhere. A key that is not
there, or is another one, refuses the whole lake: nothing is written beside what it cannot read.

Sealing, and changing the key, go file by file: each is written anew beside, synced and renamed
over. Until all are done the declaration names the old key too, so that an interruption anywhere
loses nothing, and doing it again goes on.

What lies elsewhere is not sealed by this: the inbox of HL7 messages, fetched exports, the ledger
(whose payloads have a key of their own) and the catalog, which holds names of tables and files.
"""

from __future__ import annotations

import fcntl
import json
import os
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import IO, TYPE_CHECKING, BinaryIO

import msgspec
from fsspec import AbstractFileSystem

from attending.errors import Refused
from attending.lake.durable import make_folder, sync_folder
from attending.sealed import Seal, key_of, sealed_size, write_anew

if TYPE_CHECKING:
    from collections.abc import Iterator

    import duckdb

    from attending.sealed import SealedWriter

DECLARED = "sealed.json"
VARIABLE = "ATTENDING_LAKE_KEY"
PROTOCOL = "sealed"
SEALED = ("raw", "tables")


class Named(msgspec.Struct, frozen=True):
    """A key: where it lies, and what it is called."""

    file: str
    name: str


class Declared(msgspec.Struct, frozen=True):
    """What `sealed.json` says.

    Attributes
    ----------
    key, older
        The key that is written with; and those that files may still be sealed with.
    whole
        Whether every file is sealed; until then one may be as it came.

    """

    key: Named
    older: tuple[Named, ...] = ()
    whole: bool = False


class AtRest:
    """How the files of one lake lie: sealed with a key, or as they came.

    Parameters
    ----------
    folder
        The lake's; None for none, where nothing is sealed.

    Raises
    ------
    Refused
        It is sealed, and its key is not there or is another.

    """

    def __init__(self, folder: Path | None) -> None:
        self._declared = None if folder is None else _declared(folder)
        self._seals: tuple[Seal, ...] = ()
        if self._declared is not None:
            ours = os.environ.get(VARIABLE)
            told = self._declared.key
            first = _seal(told if ours is None else Named(ours, told.name))
            self._seals = (first, *(_seal(each) for each in self._declared.older))

    @property
    def is_sealed(self) -> bool:
        """Tell whether what is written here is sealed."""
        return bool(self._seals)

    def holds(self, path: Path) -> bool:
        """Tell whether one file is sealed; in a lake that is sealed whole every one has to be."""
        return self._of(path) is not None

    def size(self, path: Path) -> int:
        """Give how many bytes of content a file has."""
        return path.stat().st_size if self._of(path) is None else sealed_size(path)

    def reading(self, path: Path) -> BinaryIO:
        """Open a file's content, to be read from anywhere; the caller closes it."""
        seal = self._of(path)
        return path.open("rb") if seal is None else seal.reading(path)

    def writing(self, file: IO[bytes]) -> SealedWriter:
        """Give what content is written to; closing it ends the content and not the file."""
        if not self._seals:
            raise Refused("this lake is not sealed")
        return self._seals[0].writing(file)

    def readable(self, path: Path) -> str:
        """Give what DuckDB is to read a file by."""
        return f"{PROTOCOL}://{path}" if self.is_sealed else str(path)

    def lend(self, con: duckdb.DuckDBPyConnection) -> None:
        """Let DuckDB read sealed files, and seal what it spills with a key of its own."""
        if self.is_sealed:
            con.register_filesystem(_Opened(self))
            con.execute("SET temp_file_encryption = true")

    def _of(self, path: Path) -> Seal | None:
        for seal in self._seals:
            if seal.is_sealed(path):
                return seal
        if self._seals and self._declared is not None and self._declared.whole:
            return self._seals[0]  # which refuses to open it
        return None


class _Opened(AbstractFileSystem):  # type: ignore[misc]  # fsspec ships no types
    """The content of sealed files, for DuckDB to read."""

    protocol = PROTOCOL
    cachable = False

    def __init__(self, at_rest: AtRest) -> None:
        super().__init__()
        self._at_rest = at_rest

    def _open(self, path: str, mode: str = "rb", **_: object) -> BinaryIO:
        if mode != "rb":
            raise Refused("tables are written by Iceberg alone")
        return self._at_rest.reading(_plain(path))

    def info(self, path: str, **_: object) -> dict[str, object]:
        """Tell a file's size."""
        size = self._at_rest.size(_plain(path))
        return {"name": path, "size": size, "type": "file"}

    def exists(self, path: str, **_: object) -> bool:
        """Tell whether a file is there."""
        return _plain(path).is_file()

    def modified(self, path: str) -> datetime:
        """Tell when a file was written, which for a file of the lake is once."""
        return datetime.fromtimestamp(_plain(path).stat().st_mtime, UTC)

    def glob(self, path: str, **_: object) -> list[str]:
        """Give a file by its own name: no name here is a pattern."""
        return [path] if self.exists(path) else []


def at_rest(path: Path) -> AtRest:
    """Give how a file in a lake lies, by the lake that it is in."""
    for folder in (path, *path.parents):
        if folder.name == "lake" or (folder / DECLARED).exists():
            return _known(folder, _stamp(folder), os.environ.get(VARIABLE))
    return AS_THEY_CAME


AS_THEY_CAME = AtRest(None)  # what lies in no lake


@lru_cache(maxsize=64)
def _known(folder: Path, _stamp: int, _key: str | None) -> AtRest:
    return AtRest(folder)


def _stamp(folder: Path) -> int:
    try:
        return (folder / DECLARED).stat().st_mtime_ns
    except FileNotFoundError:
        return 0


def seal_lake(folder: Path, key: Path) -> int:
    """Seal every file of a lake with a key, or with a new one; give how many were written anew.

    Raises
    ------
    Refused
        The key lies in the store itself, or an older key is not there.

    """
    check_outside(folder, key)
    new = Seal(key_of(key))
    make_folder(folder)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        before = _declared(folder)
        named = Named(str(key.resolve()), new.name)
        older: tuple[Named, ...] = ()
        if before is not None:
            told = (before.key, *before.older)
            older = tuple(each for each in told if each.name != new.name)
        whole = before is not None and before.whole
        _declare(folder, Declared(named, older, whole=whole))
        there, n = AtRest(folder), 0
        for path in _files(folder):
            if not new.is_sealed(path):
                with there.reading(path) as old:
                    write_anew(path, old, new)
                sync_folder(path.parent)
                n += 1
        _declare(folder, Declared(named, whole=True))
    return n


def check_outside(folder: Path, key: Path) -> None:
    """Refuse a key that lies in the store whose lake it is to seal."""
    if key.resolve().is_relative_to(folder.parent.resolve()):
        raise Refused("a key inside the store protects nothing", accepted=["a file elsewhere"])


def _files(folder: Path) -> Iterator[Path]:
    for name in SEALED:
        for path in sorted((folder / name).rglob("*")):
            if path.is_file():
                if path.name.startswith("."):
                    path.unlink()  # written beside by somebody who did not end
                else:
                    yield path


def _declared(folder: Path) -> Declared | None:
    path = folder / DECLARED
    try:
        return msgspec.json.decode(path.read_bytes(), type=Declared)
    except FileNotFoundError:
        return None
    except (OSError, msgspec.MsgspecError):
        raise Refused("what says how the lake is sealed cannot be read", where=str(path)) from None


def _declare(folder: Path, told: Declared) -> None:
    beside = folder / f".{DECLARED}"
    with beside.open("w") as file:
        json.dump(msgspec.to_builtins(told), file)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(folder / DECLARED)
    sync_folder(folder)


def _seal(named: Named) -> Seal:
    seal = Seal(key_of(Path(named.file)))
    if seal.name != named.name:
        because = f"the lake is sealed with key {named.name}, and this is key {seal.name}"
        raise Refused(because, where=named.file, accepted=[f"{VARIABLE}=FILE"])
    return seal


def _plain(path: str) -> Path:
    return Path(path.removeprefix(f"{PROTOCOL}://"))
