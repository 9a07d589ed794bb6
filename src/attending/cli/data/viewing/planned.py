"""Which way each view takes: one query over many resources, or one resource at a time."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from attending.admit import documents_of
from attending.errors import Refused
from attending.fhir.decode import Malformed, decode_exact
from attending.fhir.mapped_view import Through
from attending.fhir.view import NotAView, view
from attending.ingest.terms.files import Beside, read_terms
from attending.lake.clinical.views import many_versions
from attending.spec.data.terms import Terms
from attending.spec.data.view import View, definition
from attending.spec.parse import parse_as

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from attending.spec.document import Document

ENDINGS = (".json", ".yaml")
ANY_DAY = datetime(2000, 1, 1, tzinfo=UTC)  # the way that a view takes does not hang on the day
NOTHING = Through()


class Planned(NamedTuple):
    """One view, and the way it takes.

    Attributes
    ----------
    place
        The file, and in a file of several the view's name or its test's title.
    way
        `one_query`, `one_at_a_time`, or `no_view` for what is refused as a view.
    why
        Why not by one query; "" where it is.

    """

    place: str
    way: str
    why: str


class Share(NamedTuple):
    """How many views there are, and how many of them one query answers."""

    by_query: int
    views: int

    @property
    def told(self) -> str:
        """Say it in a line."""
        share = f", {self.by_query / self.views:.1%}" if self.views else ""
        return f"{self.by_query} of {self.views} views by one query{share}"


def planned(paths: Iterable[Path]) -> list[Planned]:
    """Give the way of every view in files, or in the files of folders.

    A file is a ViewDefinition, documents of the kind View among others, or tests of the public
    suite. A folder's views go through the maps that its Terms declare.

    Raises
    ------
    Refused
        There is no view, or a file cannot be read.

    """
    found = [
        each for path in paths for file in _files(path) for each in _of(file, through_of(path))
    ]
    if not found:
        raise Refused("no view there", accepted=[f"*{ending}" for ending in ENDINGS])
    return found


def share(found: Iterable[Planned]) -> Share:
    """Count them; what is no view is not counted."""
    ways = [each.way for each in found if each.way != "no_view"]
    return Share(ways.count("one_query"), len(ways))


def _files(path: Path) -> list[Path]:
    if path.is_dir():
        return sorted(each for each in path.iterdir() if each.suffix in ENDINGS)
    return [path]


def through_of(folder: Path) -> Through:
    """Give what a folder's views go through; nothing where it declares no terms, or is a file."""
    declared = [
        parse_as(document, Terms)
        for file in (_files(folder) if folder.is_dir() else ())
        if file.suffix == ".yaml"
        for document in documents_of(file.read_text("utf-8"), file=file.name)
        if isinstance(document.plain, dict) and document.plain.get("kind") == "Terms"
    ]
    going = tuple(column for each in declared for column in each.going)
    return Through(going, read_terms(Beside(terms=each, folder=folder) for each in declared))


def _of(file: Path, through: Through) -> Iterator[Planned]:
    place = f"{file.parent.name}/{file.name}".lstrip("/")
    if file.suffix == ".yaml":
        for document in documents_of(file.read_text("utf-8"), file=file.name):
            if isinstance(document.plain, dict) and document.plain.get("kind") == "View":
                yield _declared(document, place, through)
        return
    try:
        told = decode_exact(file.read_bytes())
    except Malformed as error:
        accepted = ["a ViewDefinition in JSON", "`kind: View` documents in a .yaml file"]
        raise Refused(str(error), where=place, accepted=accepted) from error
    tests = told.get("tests")
    if not isinstance(tests, list):
        yield _way(place, told)
        return
    for test in tests:
        one: dict[str, Any] = test if isinstance(test, dict) else {}
        yield _way(f"{place}: {one.get('title', '')}", one.get("view"))


def _declared(document: Document, place: str, through: Through) -> Planned:
    declared = parse_as(document, View)
    return _way(f"{place}: {declared.name}", definition(declared), through)


def _way(place: str, raw: object, through: Through = NOTHING) -> Planned:
    try:
        found, why = many_versions(through.on(view(raw), ANY_DAY))
    except NotAView as refused:
        return Planned(place, "no_view", str(refused))
    return Planned(place, "one_at_a_time" if found is None else "one_query", why)
