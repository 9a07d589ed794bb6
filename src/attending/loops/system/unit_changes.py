"""Look for a change of unit in a view's amounts, and write down what was found at each site."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from attending.digest import digest
from attending.facts.data.checked import MOST_SAMPLED, Checked, CheckResult, State
from attending.facts.fact import By
from attending.fhir.mapped import mass_of
from attending.ingest.terms.unit_change import Reading, Suspect, unit_changes
from attending.loops.system.checks import write_news

if TYPE_CHECKING:
    from collections.abc import Sequence

    from attending.fhir.mapped import MeasuredColumn
    from attending.ingest.terms.unit_change import UnitChange
    from attending.lake.aggregates import Rows
    from attending.lake.clinical.store import ClinicalLake
    from attending.loops.books import Books

CHECK = "same_unit"


def unit_results(
    lake: ClinicalLake, books: Books, column: MeasuredColumn, source: str
) -> list[CheckResult]:
    """Look into a column's amounts, in the order in which they came.

    Parameters
    ----------
    lake
        Where the view's table is.
    books
        Where what is found is written; the same twice is written once.
    column
        The column, and the units that it might come in.
    source
        What the document is called that declares it.

    Returns
    -------
    list of CheckResult
        One for each site; nothing where the column does not say whose its amounts are.

    """
    if not column.person_column:
        return []
    readings: dict[str, list[Reading]] = {}
    keys: dict[str, list[str]] = {}
    for row in lake.rows(_asked(lake.view(column.view), column)):
        those = readings.setdefault(row["site"], [])
        those.append(_reading(row, column, len(those)))
        keys.setdefault(row["site"], []).append(row["row"])
    suspects = [Suspect(column.to, other, mass_of(column)) for other in column.might_be]
    occasion = (source, digest(msgspec.to_builtins(column)), books.at)
    results = []
    for site, those in sorted(readings.items()):
        found = unit_changes(those, dict.fromkeys({each.code for each in those}, suspects))
        results.append(_result(column, found, those, occasion=occasion, keys=keys[site]))
    if results:
        _write(books, column, results)
    return results


def _asked(table: Rows, column: MeasuredColumn) -> Rows:
    name = column.column
    came = table.filter(table[f"{name}_raw"].notnull() & table[column.person_column].notnull())
    told = {
        "site": came["site"],
        "amount": came[f"{name}_raw"].cast("float64"),
        "unit": came[f"{name}_unit"],
        "person": came[column.person_column],
        "received": came["received"],
        "row": came["key"],
    }
    if column.of_column:
        told["of"] = came[column.of_column]
    return came.select(**told).order_by("received")


def _reading(row: dict[str, Any], column: MeasuredColumn, n: int) -> Reading:
    of = str(row.get("of") or column.column)
    return Reading(row["site"], of, str(row["person"]), row["unit"], row["amount"], str(n))


def _result(
    column: MeasuredColumn,
    found: Sequence[UnitChange],
    those: Sequence[Reading],
    *,
    occasion: tuple[str, str, str],
    keys: Sequence[str],
) -> CheckResult:
    """Give what was found at one site: rows in another unit, of all things measured there."""
    breaches = [each for each in found if each.state == "breach"]
    state: State = "breach" if breaches else "too_few" if found else "ok"
    source, spec, at = occasion
    sample = [keys[int(n)] for each in breaches for n in each.sample]
    return CheckResult(
        check=CHECK,
        spec=spec,
        source=source,
        site=those[0].site,
        table=column.view,
        column=column.column,
        kind="plausibility",
        from_=0,
        to=len(those),
        num_violated=sum(each.n for each in breaches),
        num_denominator=len(those),
        allowed=0.0,
        state=state,
        since_row=min((int(each.since_row) for each in breaches), default=0),
        known_at=at,
        sample=tuple(sample[:MOST_SAMPLED]),
    )


def _write(books: Books, column: MeasuredColumn, results: Sequence[CheckResult]) -> None:
    source = results[0].source
    told = Checked(
        checks=f"{source}_units",
        spec=results[0].spec,
        source=source,
        table=column.view,
        results=tuple(results),
        holds={f"{CHECK}/{column.column}": column.holds} if column.holds else {},
    )
    by = By(person="platform", via="loop")
    write_news(books, f"{column.view}.{column.column}", told, by)
