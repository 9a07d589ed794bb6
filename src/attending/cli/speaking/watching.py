"""What is wanted of the clinical lake, read from a folder, and looked over again and again."""

from __future__ import annotations

from contextlib import ExitStack
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple, Self

from attending.admit import documents_of
from attending.errors import NoSuchName, Refused
from attending.fhir.view import view
from attending.ingest.terms.files import Beside
from attending.lake.clinical.store import ClinicalLake
from attending.loops.data.clinical import Watched, look_over
from attending.loops.data.dropped import look_at_files
from attending.spec.data.checks import Checks
from attending.spec.data.terms import Terms
from attending.spec.data.view import View, definition
from attending.spec.parse import parse_as
from attending.wiring import open_books

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from attending.loops.books import Books

AGAIN_EVERY = 600  # seconds: whether a feed is late shows without a row
KINDS = ("View", "Terms", "Checks")


class Declared(NamedTuple):
    """The documents of some files: views as they were written, maps with their folder, checks."""

    views: list[View]
    terms: list[Beside]
    checks: list[Checks]


def read_declared(*paths: Path) -> Declared:
    """Read files, or the `*.yaml` files of folders, that hold views, terms and checks.

    Raises
    ------
    Refused
        There is none, one cannot be read, or it is of another kind.

    """
    found = (f for p in paths for f in (sorted(p.glob("*.yaml")) if p.is_dir() else [p]))
    files = list(dict.fromkeys(path.resolve() for path in found))
    if not files:
        raise Refused("no *.yaml file lies here", where=", ".join(map(str, paths)))
    declared = Declared([], [], [])
    for path in files:
        for document in documents_of(path.read_text("utf-8"), file=path.name):
            kind = document.plain.get("kind") if isinstance(document.plain, dict) else None
            if kind == "View":
                declared.views.append(parse_as(document, View))
            elif kind == "Terms":
                read = Beside(terms=parse_as(document, Terms), folder=path.parent)
                declared.terms.append(read)
            elif kind == "Checks":
                declared.checks.append(parse_as(document, Checks))
            else:
                raise NoSuchName(str(kind), "the kinds of documents here", KINDS, where=path.name)
    return declared


def read_watched(*paths: Path) -> Watched:
    """Read what is wanted of the lake; see `read_declared`."""
    views, terms, checks = read_declared(*paths)
    flat = [view(definition(each), where=f"view {each.name}") for each in views]
    return Watched(flat, terms, checks)


class Watching:
    """Looks over a store's clinical lake and dropped files when more came, and now and then.

    Parameters
    ----------
    store
        Whose lake and ledger.
    watched
        What is wanted.

    Attributes
    ----------
    unread
        The dropped files that were taken in and that no check could read.

    """

    def __init__(self, store: Path, watched: Watched) -> None:
        self._store, self._watched = store, watched
        self._stack = ExitStack()
        self._seen: tuple[object, ...] | None = None
        self.unread: set[Path] = set()
        self._opened: tuple[ClinicalLake, Books] | None = None

    def __enter__(self) -> Self:
        """Begin; the lake is opened by whoever looks first."""
        return self

    def __exit__(self, *_: object) -> None:
        """Let go of the lake and the ledger."""
        self._stack.close()

    def once(self, files: Mapping[str, Sequence[Path]] = MappingProxyType({})) -> None:
        """Look, where there is something to see; what is found is written where it is news.

        Parameters
        ----------
        files
            The dropped files that were taken in, by use case and source.

        """
        lake, books = self._open()
        every = int(books.clock.now().timestamp()) // AGAIN_EVERY
        stamps = [(p, p.stat().st_mtime_ns) for name in sorted(files) for p in files[name]]
        seen = (lake.ever("resource"), every, stamps)
        if seen != self._seen:
            look_over(lake, books, self._watched)
            unread: set[Path] = set()
            try:
                look_at_files(lake, books, self._watched.of_files, files, unread=unread)
            finally:
                self.unread = unread
            self._seen = seen

    def _open(self) -> tuple[ClinicalLake, Books]:
        if self._opened is None:
            lake = self._stack.enter_context(ClinicalLake.open(self._store))
            self._opened = lake, self._stack.enter_context(open_books(self._store))
        return self._opened
