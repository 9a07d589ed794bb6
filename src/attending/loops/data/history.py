"""Take a history in, and put each of its cases to the gateway as it was known then."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING, NamedTuple, Protocol

import msgspec
from msgspec import UnsetType

from attending.errors import Refused
from attending.ingest.flat.stored import stored
from attending.ingest.history import Delivered, Resources, about, compiled, deliver, rows_of
from attending.ingest.mapping import row_digest
from attending.loops.data.reading import keep_maps_of, reading_of
from attending.serve.replaying.resources_question import Whose, resources_question

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from datetime import datetime
    from pathlib import Path

    from attending.admit import Folder
    from attending.facts.case import RecordedCase
    from attending.ingest.history import About
    from attending.ingest.source import Rows
    from attending.lake.clinical.store import ClinicalLake
    from attending.lake.clinical.views import Materialized
    from attending.serve.tool import Tool
    from attending.spec.data.history import History
    from attending.spec.source import Source

    Naming = Callable[[str], str]


class Steps(Protocol):
    """Who is told of each step of a long work."""

    def step(self, n: int, /) -> None:
        """Hear of some more steps."""
        ...


class Watch(NamedTuple):
    """Who watches each stretch of the work: the bytes read of files, the views made rows of."""

    reading: AbstractContextManager[Steps]
    making: AbstractContextManager[Steps]


class _Nobody:
    """Hears of steps, and tells nobody."""

    def step(self, n: int, /) -> None:
        """Hear of some more steps."""


UNWATCHED = Watch(nullcontext(_Nobody()), nullcontext(_Nobody()))


class Taken(NamedTuple):
    """A history that was taken in: its files, the rows of cases and outcomes, and its views."""

    files: list[Delivered]
    cases: Rows
    outcomes: Rows
    views: list[Materialized]


def history_of(source: Source) -> History:
    """Give how a source reads a history.

    Raises
    ------
    Refused
        Its rows are those of a file.

    """
    if isinstance(source.history, UnsetType):
        raise Refused(f"source {source.name} has no `history:`", accepted=["--exposures FILE"])
    return source.history


def take_history(
    lake: ClinicalLake,
    folder: Folder,
    source: Source,
    files: Path,
    *,
    at: datetime,
    watch: Watch = UNWATCHED,
) -> Taken:
    """Load a folder of FHIR files, and make the rows of every view of the use case."""
    told = history_of(source)
    site = lake_site(folder, source)
    with watch.reading as progress:
        done = deliver(lake, files, told, site=site, at=at, read=progress.step)
    keep_maps_of(folder, lake.raw)
    through = reading_of(folder).through
    made: list[Materialized] = []
    with watch.making as progress:
        for each in compiled(folder.views).values():
            view = through.on(each, at)
            made.append(lake.materialize(view, stored(view)))
            progress.step(1)
    cases, outcomes = _told(told, rows_of(lake, told.cases)), rows_of(lake, told.outcomes)
    return Taken(done, cases, outcomes, made)


def _told(told: History, rows: Rows) -> Rows:
    """Set aside the cases that say not whom they are about, or not when."""
    kept = tuple(row for row in rows.rows if about(told, row) is not None)
    aside = tuple(
        (row.number, "the case says not whom it is about, or not when", row_digest(row))
        for row in rows.rows
        if about(told, row) is None
    )
    return msgspec.structs.replace(rows, rows=kept, broken=aside)


def lake_site(folder: Folder, source: Source) -> str:
    """Give under which site a history's resources lie: the only one, or the source's name."""
    return next(iter(folder.sites)) if len(folder.sites) == 1 else source.name


class Asking:
    """Writes the calls about a history's cases.

    Parameters
    ----------
    lake
        Holds the resources.
    folder, source
        What the cases are of.
    taken
        The history.
    naming
        Gives what a case is called in a fact.

    """

    def __init__(
        self, lake: ClinicalLake, folder: Folder, source: Source, taken: Taken, *, naming: Naming
    ) -> None:
        told = history_of(source)
        read = {feature.view for feature in folder.use_case.features_by_name().values()}
        views = compiled({name: folder.views[name] for name in sorted(read)})
        self._resources = Resources(lake, views.values())
        self._about: dict[str, About] = {
            naming(row.cells[source.cases.case]): found
            for row in taken.cases.rows
            if (found := about(told, row)) is not None
        }

    def calls(self, tool: Tool) -> Callable[[RecordedCase], bytes]:
        """Give what writes a call to a tool."""

        def write(case: RecordedCase) -> bytes:
            case_is = self._about[case.case]
            resources = {
                kind: [each.body for each in self._resources.known(kind, case_is)]
                for kind in self._resources.kinds
            }
            whose = Whose(case_is.patient, case_is.encounter, case_is.asked_at)
            return resources_question(tool, whose, resources, case=case.case)

        return write
