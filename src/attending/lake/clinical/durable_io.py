"""The files of the lake on this machine's disk: what is closed is on disk.

A commit names files in the catalog, which is durable; so must they be.
"""

from __future__ import annotations

import os
from io import BytesIO, FileIO, RawIOBase
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pyiceberg.io import FileIO as IcebergIO
from pyiceberg.io import InputFile, OutputFile

from attending.lake.at_rest import at_rest
from attending.lake.durable import make_folder, sync_folder

if TYPE_CHECKING:
    from types import TracebackType

    from pyiceberg.io import InputStream, OutputStream

SCHEME = "file://"
TABLES = "tables"  # the folder beside the catalog that all of its files lie in


def path_of(location: str, tables: Path) -> Path:
    """Give where a location in a catalog lies now: a store may have been moved since."""
    return tables / location.rpartition(f"/{TABLES}/")[2]


class Synced(FileIO):
    """A file that is on disk, and whose name is, once it is closed."""

    def close(self) -> None:
        """Sync the bytes and then the name."""
        if not self.closed:
            os.fsync(self.fileno())
            super().close()
            sync_folder(Path(str(self.name)).parent)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


class SyncedSealed(RawIOBase):
    """The same for what is written sealed."""

    def __init__(self, file: Synced, path: Path) -> None:
        self._file, self._sealing = file, at_rest(path).writing(file)

    def writable(self) -> bool:
        """Tell that it is written to."""
        return True

    def write(self, data: Any, /) -> int:
        """Take some bytes."""
        return self._sealing.write(data)

    def tell(self) -> int:
        """Give how many bytes were taken."""
        return self._sealing.tell()

    def close(self) -> None:
        """Seal the last bytes, and sync."""
        if not self.closed:
            self._sealing.close()
            self._file.close()
            super().close()


class LocalFile(InputFile, OutputFile):
    """One file, to be read or to be written once."""

    def __init__(self, location: str, path: Path) -> None:
        super().__init__(location)
        self._path = path

    def __len__(self) -> int:
        return at_rest(self._path).size(self._path)

    def exists(self) -> bool:
        """Tell whether it is there."""
        return self._path.exists()

    def open(self, seekable: bool = True) -> InputStream:  # noqa: ARG002, FBT001, FBT002  pyiceberg's signature
        """Give its bytes; a catalog's own files are small, data files are read by DuckDB."""
        path = self._path
        with at_rest(path).reading(path) as file:
            return BytesIO(file.read())

    def create(self, overwrite: bool = False) -> OutputStream:  # noqa: FBT001, FBT002  same
        """Open it to be written; refuse one that is there unless told otherwise."""
        path = self._path
        make_folder(path.parent)
        file = Synced(path, "wb" if overwrite else "xb")
        return SyncedSealed(file, path) if at_rest(path).is_sealed else file

    def to_input_file(self) -> LocalFile:
        """Give it as one to be read."""
        return self


class DurableIO(IcebergIO):
    """How pyiceberg reads and writes files here."""

    def new_input(self, location: str) -> LocalFile:
        """Give a file to be read."""
        return LocalFile(location, self._path_of(location))

    def new_output(self, location: str) -> LocalFile:
        """Give a file to be written."""
        return LocalFile(location, self._path_of(location))

    def delete(self, location: str | InputFile | OutputFile) -> None:
        """Remove a file that nothing names any more."""
        named: Any = location if isinstance(location, str) else location.location
        self._path_of(named).unlink(missing_ok=True)

    def _path_of(self, location: str) -> Path:
        return path_of(location, Path(self.properties["warehouse"].removeprefix(SCHEME)))
