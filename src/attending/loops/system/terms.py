"""Cover: put views through the maps, see what is left over, and write down what fails.

The lake's tables of the views are made anew under the digest of the maps. What came and gave
nothing is counted by code, in the lake alone: the ledger keeps counts, since what a source sends
as a code may be anything.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from attending.errors import NoSuchName
from attending.fhir.coverage import Coverage, coverage, units_coverage
from attending.fhir.mapped import MappedColumn, MeasuredColumn
from attending.fhir.mapped_view import mapped_view
from attending.fhir.terms import Asked
from attending.ingest.terms.checks import checks_of_terms
from attending.loops.system.checks import Given, look_into
from attending.loops.system.covered import tell_covered
from attending.loops.system.unit_changes import unit_results

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from attending.facts.data.checked import CheckResult
    from attending.fhir.mapped_view import Flat
    from attending.fhir.terms import Terms
    from attending.lake.aggregates import Rows
    from attending.lake.clinical.store import ClinicalLake
    from attending.loops.books import Books
    from attending.spec.data.terms import Terms as Declared

Code = TypeVar("Code")


class Covered(NamedTuple):
    """What became of one column.

    Attributes
    ----------
    column
        The column, as its terms declare it.
    coverage
        Of all sites together.
    results
        Whether too much was left over at each site, and whether its unit changed there.

    """

    column: MappedColumn | MeasuredColumn
    coverage: Coverage
    results: tuple[CheckResult, ...]


class Wanted(NamedTuple):
    """What is to be covered: terms and their maps, the views they name, the day, and who asks."""

    terms: Declared
    maps: Terms
    views: Sequence[Flat]
    as_of: str
    person: str = "platform"


def cover(lake: ClinicalLake, books: Books, wanted: Wanted) -> list[Covered]:
    """Put the views through the maps and hold what is left over against what is allowed.

    Run twice over the same rows and maps, it writes nothing the second time.

    Raises
    ------
    NoSuchName
        The terms declare a column of a view that is not given.
    Refused
        A column cannot be mapped.

    """
    document, maps = wanted.terms, wanted.maps
    going: tuple[MappedColumn | MeasuredColumn, ...] = (*document.columns, *document.units)
    given = {view.name: view for view in wanted.views}
    for name in {each.view for each in going} - {*given}:
        raise NoSuchName(name, "the views that were given", given)
    found: list[Covered] = []
    for name in dict.fromkeys(each.view for each in going):
        lake.materialize(mapped_view(given[name], going, maps, wanted.as_of))
        table = lake.view(name)
        checks = checks_of_terms(document, name)
        looked = look_into(books, checks, Given(table, person=wanted.person))
        for each in (column for column in going if column.view == name):
            seen = lake.rows(_counted(table, each))
            sites = _by_site(each, seen, maps, wanted.as_of)
            tell_covered(books, document, maps, each, sites=sites)
            results = [r for r in looked.results if r.column == f"{each.column}_map"]
            covered = _covered(each, seen, maps, wanted.as_of)
            if isinstance(each, MeasuredColumn):
                results += unit_results(lake, books, each, document.name)
            found.append(Covered(each, covered, tuple(results)))
    return found


def _by_site(
    column: MappedColumn | MeasuredColumn,
    seen: Sequence[dict[str, Any]],
    maps: Terms,
    as_of: str,
) -> dict[str, Coverage]:
    return {
        site: _covered(column, [row for row in seen if row["site"] == site], maps, as_of)
        for site in sorted({row["site"] for row in seen})
    }


def _counted(table: Rows, column: MappedColumn | MeasuredColumn) -> Rows:
    name = column.column
    came = table.filter(table[f"{name}_raw"].notnull())
    kept = ("system", "raw") if isinstance(column, MappedColumn) else ("unit",)
    by = ["site", *(f"{name}_{each}" for each in kept)]
    return came.group_by(by).aggregate(n=came.count())


def _covered(
    column: MappedColumn | MeasuredColumn,
    seen: Iterable[dict[str, Any]],
    maps: Terms,
    as_of: str,
) -> Coverage:
    name = column.column
    if isinstance(column, MeasuredColumn):
        return units_coverage(_summed((r[f"{name}_unit"] or "", r["n"]) for r in seen), column.to)
    codes = _summed(((r[f"{name}_system"] or "", r[f"{name}_raw"]), r["n"]) for r in seen)
    asked = Asked(column.target, column.accept)
    return coverage(codes, {}, maps, column.map, as_of=as_of, asked=asked)


def _summed(counts: Iterable[tuple[Code, int]]) -> dict[Code, int]:
    """Add up what came at several sites."""
    total: dict[Code, int] = {}
    for code, n in counts:
        total[code] = total.get(code, 0) + n
    return total
