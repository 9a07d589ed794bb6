"""Look over the clinical lake: views made anew, put through maps, and asked every check.

Level-triggered: what is found is written where it is news, in the ledger without row keys and in
the lake's table of checks with them. Over the same rows, documents and day nothing is written.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from attending.errors import NoSuchName, Refused
from attending.ingest.flat.stored import stored
from attending.ingest.history import compiled
from attending.ingest.source_checks import checks_of_views
from attending.ingest.terms.files import read_terms
from attending.loops.data.reading import reading_of
from attending.loops.system.checks import Given, keep_results, look_into, told
from attending.loops.system.terms import Wanted, cover

if TYPE_CHECKING:
    from collections.abc import Sequence

    from attending.admit import Folder
    from attending.facts.data.checked import Checked, CheckResult
    from attending.fhir.mapped_view import Flat
    from attending.ingest.terms.files import Beside
    from attending.lake.clinical.store import ClinicalLake
    from attending.loops.books import Books
    from attending.spec.data.checks import Checks

DATE_LENGTH = len("2026-10-13")


@dataclass(frozen=True)
class Watched:
    """What is wanted of the clinical lake: views, what they go through, and what is asked of them.

    Attributes
    ----------
    views
        As they are declared; a table is made of each.
    terms
        The maps, each document with its folder; a view goes through those of one.
    checks
        Each of one view's table, or of the files of one Source.

    """

    views: Sequence[Flat] = ()
    terms: Sequence[Beside] = ()
    checks: Sequence[Checks] = ()

    @property
    def of_files(self) -> list[Checks]:
        """Give what is asked of dropped files, whose table is named `USE_CASE/SOURCE`."""
        return [checks for checks in self.checks if "/" in checks.table]


def look_over(
    lake: ClinicalLake, books: Books, watched: Watched, *, person: str = "platform"
) -> list[CheckResult]:
    """Make the tables anew, and ask everything of them.

    Raises
    ------
    NoSuchName
        A check or a map is of a view that is not among them.
    Refused
        A view goes through the maps of two documents, or something cannot be asked.

    """
    mapped = _mapped_once(watched)
    for view in watched.views:
        if view.name not in mapped:
            lake.materialize(view, stored(view))
    found: list[CheckResult] = []
    for terms in watched.terms:
        maps, today = read_terms([terms]), books.at[:DATE_LENGTH]
        wanted = Wanted(terms.terms, maps, watched.views, today, person)
        found += [each for column in cover(lake, books, wanted) for each in column.results]
    tables = {view.name: lake.view(view.name) for view in watched.views}
    of_files = watched.of_files
    for checks in (each for each in watched.checks if each not in of_files):
        if checks.table not in tables:
            raise NoSuchName(checks.table, "the views that --data gives", tables, where=checks.name)
        given = Given(tables[checks.table], tables, person)
        found += look_into(books, checks, given).results
    keep_results(lake, found)
    return found


def audit_features(lake: ClinicalLake, books: Books, folder: Folder) -> list[Checked]:
    """Ask the lake, before anything is built, for what a use case's features read of it.

    Give what was found of each view; its rows at all sites are those that hold now.

    Raises
    ------
    Refused
        The use case has no features, or a map's file is not the one declared.

    """
    name, features = folder.use_case.name, folder.use_case.features_by_name()
    if not features:
        raise Refused(f"{name} has no features", accepted=["files that its Source describes"])
    through = reading_of(folder).through
    checks = checks_of_views(features, name, {(each.view, each.column) for each in through.going})
    read = compiled({each.table: folder.views[each.table] for each in checks})
    views = [through.on(view, books.clock.now()) for view in read.values()]
    found = look_over(lake, books, Watched(views, checks=checks))
    by_view = {each.table: [r for r in found if r.table == each.table] for each in checks}
    return [told(each, "", by_view[each.table]) for each in checks]


def _mapped_once(watched: Watched) -> set[str]:
    seen: dict[str, str] = {}
    for each in watched.terms:
        terms = each.terms
        own = {column.view for column in terms.columns} | {unit.view for unit in terms.units}
        for view in sorted(own):
            if view in seen:
                raise Refused(
                    f"{view} goes through the maps of {seen[view]} and of {terms.name}",
                    accepted=["its columns in one document of terms"],
                )
            seen[view] = terms.name
    return set(seen)
