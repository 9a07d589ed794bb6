"""Whether what a store keeps of patients is sealed, with which key, and how DuckDB reads it.

``lake/sealed.json`` in a store says where its key lies, never the key. Where it is, every file
under ``lake/raw``, ``lake/tables`` and ``exports`` is written sealed, and so is every message in
``wire``. A folder of exports elsewhere may have a ``sealed.json`` of its own.
The variable ``ATTENDING_LAKE_KEY`` names another place for the key, such as a volume that is
mounted elsewhere; which key is meant is known by its name, wherever it lies. A key that is not
there, or is another one, refuses the whole lake: nothing is written beside what it cannot read.

Sealing, and changing the key, go file by file: each is written anew beside, synced and renamed
over. Until all are done the declaration names the old key too, so that an interruption anywhere
loses nothing, and doing it again goes on.

Not sealed by this are the ledger, whose payloads have a key of their own; the catalog, which holds
names of tables and files; and files that others drop, which lie as they were dropped.
"""

from __future__ import annotations

import fcntl
import json
import os
import threading
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import IO, TYPE_CHECKING, BinaryIO

import msgspec
from fsspec import AbstractFileSystem

from attending import shapes
from attending.errors import Refused
from attending.lake.durable import make_folder, sync_folder
from attending.sealed import Seal, key_of, sealed_size, write_anew

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    import duckdb

    from attending.sealed import SealedWriter

DECLARED = "sealed.json"
VARIABLE = "ATTENDING_LAKE_KEY"
PROTOCOL = "sealed"
SEALED = ("raw", "tables")
EXPORTS, WIRE = "exports", "wire"


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
        Whether every file of the lake is sealed; until then one may be as it came.
    places
        Beside the lake, where everything is sealed as well; a store that was sealed by an
        earlier release has none.

    """

    key: Named
    older: tuple[Named, ...] = ()
    whole: bool = False
    places: tuple[str, ...] = ()


class AtRest:
    """How the files of one lake lie: sealed with a key, or as they came.

    Parameters
    ----------
    folder
        The lake's; None for none, where nothing is sealed.
    place
        Which place beside the lake is meant; the lake itself when empty.

    Raises
    ------
    Refused
        It is sealed, and its key is not there or is another.

    """

    def __init__(self, folder: Path | None, place: str = "") -> None:
        declared = None if folder is None else _declared(folder)
        self._seals: tuple[Seal, ...] = ()
        self._whole = False
        if declared is not None:
            self._seals = tuple(_found(each)[0] for each in (declared.key, *declared.older))
            self._whole = declared.whole and (not place or place in declared.places)

    @property
    def is_sealed(self) -> bool:
        """Tell whether what is written here is sealed."""
        return bool(self._seals)

    @property
    def is_whole(self) -> bool:
        """Tell whether all that lies here is sealed."""
        return self._whole

    def holds(self, path: Path) -> bool:
        """Tell whether one file is sealed; in a lake that is sealed whole every one has to be."""
        return self._of(path) is not None

    def seals(self, path: Path) -> bool:
        """Tell whether one file is sealed with the key that is written with."""
        return bool(self._seals) and self._seals[0].is_sealed(path)

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

    def keeps(self, data: bytes) -> bool:
        """Tell whether bytes, or the first of them, are sealed with the key written with."""
        return bool(self._seals) and self._seals[0].made(data)

    def sealed(self, data: bytes) -> bytes:
        """Give bytes as they are to lie here."""
        return self._seals[0].sealed(data) if self._seals else data

    def opened(self, data: bytes) -> bytes | None:
        """Give what was sealed; None for what lies as it came.

        Raises
        ------
        ProofFailed
            All that lies here is sealed, and this is not; or it was altered.

        """
        for seal in self._seals:
            if seal.made(data):
                return seal.opened(data)
        return self._seals[0].opened(data) if self._whole else None

    def names(self, name: str) -> list[str]:
        """Give what a name may stand under: first as it is written now."""
        found = [seal.of(name) for seal in self._seals]
        return found if self._whole else [*found, name]

    def readable(self, path: Path) -> str:
        """Give what DuckDB is to read a file by."""
        return f"{PROTOCOL}://{path}" if self.is_sealed else str(path)

    def lend(self, con: duckdb.DuckDBPyConnection) -> None:
        """Let DuckDB read sealed files, and encrypt what it spills."""
        if self.is_sealed:
            con.register_filesystem(_Opened(self))
            encrypt_spilled(con)

    def _of(self, path: Path) -> Seal | None:
        for seal in self._seals:
            if seal.is_sealed(path):
                return seal
        return self._seals[0] if self._whole else None  # which refuses to open it


class _ReadByThreads:
    """A file that DuckDB's threads read together, each from its own place.

    DuckDB goes to a place and then reads, and what one thread reads must not lie where another
    went meanwhile.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._one_at_a_time = threading.Lock()
        self._at: dict[int, int] = {}

    def seek(self, offset: int) -> int:
        """Say where this thread reads next."""
        self._at[threading.get_ident()] = offset
        return offset

    def read(self, size: int) -> bytes:
        """Read where this thread went."""
        with self._one_at_a_time:
            self._file.seek(self._at.pop(threading.get_ident()))
            return self._file.read(size)

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()


class _Opened(AbstractFileSystem):  # type: ignore[misc]  # fsspec ships no types
    """The content of sealed files, for DuckDB to read."""

    protocol = PROTOCOL
    cachable = False

    def __init__(self, at_rest: AtRest) -> None:
        super().__init__()
        self._at_rest = at_rest

    def _open(self, path: str, mode: str = "rb", **_: object) -> _ReadByThreads:
        if mode != "rb":
            raise Refused("tables are written by Iceberg alone")
        return _ReadByThreads(self._at_rest.reading(_plain(path)))

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


def encrypt_spilled(con: duckdb.DuckDBPyConnection) -> None:
    """Let DuckDB encrypt what it spills, with a key that ends with the connection.

    It draws that key by a generator which it does not call safe itself, and spills nothing at
    all until it is told that this will do: the safe one would come with an extension.
    """
    con.execute("SET force_mbedtls_unsafe = 'true'")
    con.execute("SET temp_file_encryption = true")


def at_rest(path: Path) -> AtRest:
    """Give how a file lies, by the lake, or the folder of exports, that it is in."""
    for folder in (path, *path.parents):
        if folder.name == "lake" or (folder / DECLARED).exists():
            return _known(folder, "", _stamp(folder), os.environ.get(VARIABLE))
        if folder.name in (EXPORTS, WIRE) and (folder.parent / "lake" / DECLARED).exists():
            lake = folder.parent / "lake"
            return _known(lake, folder.name, _stamp(lake), os.environ.get(VARIABLE))
    return AS_THEY_CAME


AS_THEY_CAME = AtRest(None)  # what lies in no lake


@lru_cache(maxsize=64)
def _known(folder: Path, place: str, _stamp: tuple[int, ...], _key: str | None) -> AtRest:
    return AtRest(folder, place)


def _stamp(folder: Path) -> tuple[int, ...]:
    try:
        its = (folder / DECLARED).stat()
    except FileNotFoundError:
        return ()
    return its.st_mtime_ns, its.st_ino, its.st_size


def seal_lake(
    folder: Path, key: Path, *, beside: Mapping[str, Callable[[AtRest], object]] | None = None
) -> int:
    """Seal every file of a lake with a key, or with a new one; give how many were written anew.

    Parameters
    ----------
    folder
        The lake's, or one of exports that lies in no store.
    key
        The key's file.
    beside
        What seals the places beside the lake that hold no files of their own, by name.

    Raises
    ------
    Refused
        The key lies in the store itself, or an older key is not there.

    """
    check_outside(folder.parent if folder.name == "lake" else folder, key)
    new = Seal(key_of(key))
    make_folder(folder)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        before = _declared(folder)
        named = Named(str(key.resolve()), new.name)
        declared = Declared(named)
        if before is not None:
            told = (each for each in (before.key, *before.older) if each.name != new.name)
            older = tuple(Named(str(_found(each)[1].resolve()), each.name) for each in told)
            declared = Declared(named, older, whole=before.whole, places=before.places)
        _declare(folder, declared)
        n = sum(_seal_anew(path, new) for path in files_of(folder))
        for seal_place in (beside or {}).values():
            seal_place(AtRest(folder))
        _declare(folder, Declared(named, whole=True, places=(EXPORTS, *(beside or ()))))
    return n


def _seal_anew(path: Path, new: Seal) -> bool:
    if path.name.startswith("."):
        path.unlink()  # written beside by somebody who did not end
        return False
    if new.is_sealed(path):
        return False
    with at_rest(path).reading(path) as old:
        write_anew(path, old, new)
    sync_folder(path.parent)
    return True


def check_outside(folder: Path, key: Path) -> None:
    """Refuse a key that lies in the store, or in the folder, that it is to seal."""
    if key.resolve().is_relative_to(folder.resolve()):
        raise Refused("a key inside the store protects nothing", accepted=["a file elsewhere"])


def files_of(folder: Path) -> Iterator[Path]:
    """Give every file that a declaration seals, those beside a lake among them."""
    places = [folder]
    if folder.name == "lake":
        places = [*(folder / each for each in SEALED), folder.parent / EXPORTS]
    own = {folder / DECLARED, folder / f".{DECLARED}", folder / "lock"}
    for place in places:
        yield from (path for path in sorted(place.rglob("*")) if path.is_file() and path not in own)


def _declared(folder: Path) -> Declared | None:
    path = folder / DECLARED
    try:
        return shapes.decode(path.read_bytes(), Declared)
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


def _found(named: Named) -> tuple[Seal, Path]:
    """Give a key and where it lies: where the variable says, or where it was declared to."""
    ours = os.environ.get(VARIABLE)
    refused: list[Refused] = []
    for file in (named.file,) if ours is None else (ours, named.file):
        try:
            seal = Seal(key_of(Path(file)))
        except Refused as error:
            because = f"{error.what}; what lies here is sealed with key {named.name}"
        else:
            if seal.name == named.name:
                return seal, Path(file)
            because = f"this is key {seal.name}; what lies here is sealed with key {named.name}"
        accepted = [f"{VARIABLE}=FILE, a copy of {named.name}"]
        refused.append(Refused(because, where=file, accepted=accepted))
    raise refused[0]


def _plain(path: str) -> Path:
    return Path(path.removeprefix(f"{PROTOCOL}://"))
