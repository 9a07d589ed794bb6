"""Maps that features are read through: the files are the ones that were signed for.

A release says which map it was tested with, as it says which model: by the file's digest. So
nobody can exchange a map beneath a tool, and an answer can be made again by the same one.
"""

from __future__ import annotations

from hashlib import file_digest
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from attending.errors import Refused
from attending.fhir.mapped_view import Through
from attending.ingest.terms.files import Beside, read_terms

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from attending.lake.raw import RawFiles
    from attending.spec.data.terms import Terms as Declared


def wrong_files(declared: Declared, folder: Path) -> Iterator[tuple[int, str]]:
    """Tell which files, by their place in the document, are not those that were declared."""
    for n, each in enumerate(declared.files):
        if each.sha256 is None:
            continue
        path = (folder / each.file).resolve()
        if not path.is_relative_to(folder.resolve()) or not path.is_file():
            yield n, f"there is no file {each.file!r} in this folder that can be read"
            continue
        with path.open("rb") as stream:
            found = file_digest(stream, "sha256").hexdigest()
        if found != each.sha256:
            yield n, f"{each.file!r} is not the file that was declared; its sha256 is {found}"


def through(declared: Mapping[str, Declared], views: Iterable[str], folder: Path) -> Through:
    """Read the maps that the columns of some views go through; the rest is not opened.

    Parameters
    ----------
    declared
        Documents of terms, by name.
    views
        The views that are read.
    folder
        Where the documents' files lie.

    Raises
    ------
    Refused
        A file is not there, or does not hold what was declared.

    """
    names = {*views}
    going = tuple(
        column for each in declared.values() for column in each.going if column.view in names
    )
    if not going:
        return Through()
    return Through(going, read_terms(Beside(terms=t, folder=folder) for t in declared.values()))


def keep_maps(raw: RawFiles, declared: Mapping[str, Declared], folder: Path) -> None:
    """Keep the declared files beside the data, so that what was read by them can be again."""
    for each in _pinned(declared):
        raw.keep_file(folder / each[0])


def kept_through(raw: RawFiles, declared: Mapping[str, Declared], views: Iterable[str]) -> Through:
    """Read the maps as they were declared, from the files that were kept; see `through`.

    Raises
    ------
    Refused
        A file was not kept here.

    """
    with TemporaryDirectory() as there:
        for name, digest in _pinned(declared):
            if not raw.has(digest):
                raise Refused("this file of a map is not kept here", where=f"raw:{digest}")
            path = Path(there, name).resolve()
            if not path.is_relative_to(Path(there).resolve()):
                raise Refused(f"{name!r} lies outside the folder; copy it in", where=name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b"".join(raw.pieces(digest)))
        return through(declared, views, Path(there))


def _pinned(declared: Mapping[str, Declared]) -> list[tuple[str, str]]:
    return [(f.file, f.sha256) for each in declared.values() for f in each.files if f.sha256]
