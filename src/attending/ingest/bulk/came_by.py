"""What the export in a file's folder says of that file, for whoever takes it in.

The manifest that stands there names where the data are from and when they were cut. Of a file
that is not the one that was fetched it says nothing, so that such a file is refused.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import msgspec

from attending import shapes
from attending.errors import Refused
from attending.ingest.bulk.export import MANIFEST, STATE, State
from attending.lake.at_rest import at_rest

if TYPE_CHECKING:
    from pathlib import Path

    from attending.lake.raw import RawFiles

MOST_BYTES = 64 << 20  # of what an export keeps of itself, all pages of its manifest together


class CameBy(NamedTuple):
    """The export that brought a file.

    Attributes
    ----------
    manifest
        What the server said, as it came.
    transaction_time
        When the data were cut, as the server says it.
    sha256
        Of the file's bytes as they were fetched.

    """

    manifest: bytes
    transaction_time: str
    sha256: str


class Kept(NamedTuple):
    """A raw file that is kept: its digest, and of the export that brought it what `Batch` says."""

    raw: str
    manifest: str = ""
    transaction_time: str = ""


def keep(files: RawFiles, path: Path) -> Kept:
    """Keep a file among the raw files, and the manifest of the export that it lies with.

    Raises
    ------
    Refused
        The file cannot be read, or is not the one that the export beside it fetched.

    """
    by = came_by(path)
    raw = files.keep_file(path)
    if by is None:
        return Kept(raw)
    if by.sha256 != raw:
        accepted = ["the file as it was fetched", "the file in a folder of its own"]
        because = "this is not what the export in this folder fetched"
        raise Refused(because, where=str(path), accepted=accepted)
    return Kept(raw, files.keep(by.manifest), by.transaction_time)


def came_by(path: Path) -> CameBy | None:
    """Give the export that a file lies with; None where it was brought by none.

    Raises
    ------
    Refused
        The export's manifest is not beside the file any more, or the folder's key is not here.

    """
    state = _state(path.parent / STATE)
    fetched = next((each for each in state.fetched if each.file == path.name), None)
    if fetched is None:
        return None
    beside = path.parent / MANIFEST
    if not beside.is_file():
        accepted = [f"{MANIFEST} as it was fetched", "the file in a folder of its own"]
        raise Refused("the export's manifest is not there", where=str(beside), accepted=accepted)
    return CameBy(_read(beside), state.transaction_time, fetched.sha256)


def _state(path: Path) -> State:
    """Give what an export keeps of itself; another's file of that name is none."""
    if not path.is_file():
        return State()
    try:
        return shapes.decode(_read(path), State)
    except msgspec.MsgspecError:
        return State()


def _read(path: Path) -> bytes:
    with at_rest(path.resolve()).reading(path) as file:
        data = file.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise Refused(f"more than {MOST_BYTES:,} bytes", where=str(path))
    return data
