"""Maps that features are read through: the files are the ones that were signed for.

A release says which map it was tested with, as it says which model: by the file's digest. So
nobody can exchange a map beneath a tool, and an answer can be made again by the same one.
"""

from __future__ import annotations

from hashlib import file_digest, sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, NamedTuple

from msgspec.structs import replace

from attending.errors import Refused
from attending.fhir.mapped_view import Through
from attending.ingest.terms.files import Beside, read_terms

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from attending.fhir.terms import TermRow
    from attending.lake.raw import RawFiles
    from attending.spec.data.terms import TermFile
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


def through(
    declared: Mapping[str, Declared],
    views: Iterable[str],
    folder: Path,
    *,
    even_retired: bool = False,
) -> Through:
    """Read the maps that the columns of some views go through; the rest is not opened.

    Parameters
    ----------
    declared
        Documents of terms, by name.
    views
        The views that are read.
    folder
        Where the documents' files lie.
    even_retired
        Read also what its maker has retired.

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
    documents = [Beside(terms=each, folder=folder) for each in declared.values()]
    return Through(going, read_terms(documents, even_retired=even_retired))


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
            _lay_out(raw, digest, Path(there), name)
        return through(declared, views, Path(there), even_retired=True)


class KeptMaps(NamedTuple):
    """The rows of maps as far as their files are here, and the files that are not, or not so."""

    rows: tuple[TermRow, ...]
    unread: tuple[str, ...]


def kept_maps(
    declared: Mapping[str, Declared], *, raw: RawFiles | None, folders: Iterable[Path] = ()
) -> KeptMaps:
    """Read what maps say, from what is written, kept, or lies in a folder under its own digest.

    Parameters
    ----------
    declared
        Documents of terms, by name.
    raw
        Files that were kept; None where none are.
    folders
        Where else a file may lie that is named by its digest.

    """
    rows: list[TermRow] = []
    unread: list[str] = []
    with TemporaryDirectory() as there:
        for name, document in declared.items():
            found, at = [], Path(there, name)
            for each in document.files:
                if _is_found(each, at, raw, folders):
                    found.append(each)
                else:
                    unread.append(f"{each.file} of {name}")
            alone = replace(document, files=tuple(found), columns=(), units=())
            try:
                maps = read_terms([Beside(terms=alone, folder=at)], even_retired=True)
            except Refused:
                unread.append(f"what {name} declares")
                continue
            rows += [row for each in maps.maps for row in maps.rows(each)]
    return KeptMaps(tuple(rows), tuple(unread))


def _is_found(file: TermFile, at: Path, raw: RawFiles | None, folders: Iterable[Path]) -> bool:
    if file.sha256 is None:
        return False
    if raw is not None and raw.has(file.sha256):
        _lay_out(raw, file.sha256, at, file.file)
        return True
    for folder in folders:
        path = (folder / file.file).resolve()
        if path.is_relative_to(folder.resolve()) and path.is_file():
            data = path.read_bytes()
            if sha256(data).hexdigest() == file.sha256:
                _inside(at, file.file).write_bytes(data)
                return True
    return False


def _lay_out(raw: RawFiles, digest: str, there: Path, name: str) -> None:
    _inside(there, name).write_bytes(b"".join(raw.pieces(digest)))


def _inside(there: Path, name: str) -> Path:
    path = (there / name).resolve()
    if not path.is_relative_to(there.resolve()):
        raise Refused(f"{name!r} lies outside the folder; copy it in", where=name)
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def _pinned(declared: Mapping[str, Declared]) -> list[tuple[str, str]]:
    return [(f.file, f.sha256) for each in declared.values() for f in each.files if f.sha256]
