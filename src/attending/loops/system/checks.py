"""Look into the data: ask a document of checks, and write down what was found."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

import msgspec

from attending import shapes
from attending.digest import digest
from attending.facts.data.checked import TYPE, Checked, CheckResult
from attending.facts.fact import By, Fact
from attending.ingest.checking import Occasion, run_checks

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from attending.facts.fact import Via
    from attending.lake.aggregates import Rows
    from attending.lake.clinical.store import ClinicalLake
    from attending.loops.books import Books
    from attending.spec.data.checks import Checks


@dataclass(frozen=True)
class Looked:
    """What was found, and whether any of it is news.

    Attributes
    ----------
    results
        A result for each line and site, with the keys of rows that fall short.
    is_new
        Whether a fact was written.

    """

    results: list[CheckResult]
    is_new: bool


@dataclass(frozen=True)
class Given:
    """The rows that are asked, beside which other tables, and who asks."""

    rows: Rows
    tables: Mapping[str, Rows] = field(default_factory=dict)
    person: str = "platform"
    via: Via = "cli"


def look_into(books: Books, checks: Checks, given: Given) -> Looked:
    """Ask every check of a table and write one fact; where nothing changed, none.

    Raises
    ------
    Refused
        A line cannot be asked of this table.

    """
    spec = digest(msgspec.to_builtins(checks))
    results = run_checks(checks, given.rows, Occasion(spec, books.at, given.tables))
    by = By(person=given.person, via=given.via)
    found = told(checks, spec, results)
    return Looked(results, is_new=write_news(books, checks.table, found, by))


def keep_results(lake: ClinicalLake, results: Iterable[CheckResult]) -> int:
    """Add results, with the keys of rows that fall short, to the lake's table of checks.

    Give how many rows: a result that says what the last one of its name said adds none.
    """
    table = lake.table("check")
    last: dict[tuple[str, ...], dict[str, Any]] = {}
    for row in lake.rows(table.order_by("received")):
        last[_named(row)] = row
    rows = [_kept(each) for each in results]
    fresh = [row for row in rows if _said(row) != _said(last.get(_named(row), {}))]
    return lake.append("check", fresh)


def _kept(result: CheckResult) -> dict[str, Any]:
    plain: dict[str, Any] = msgspec.to_builtins(msgspec.structs.replace(result, sample=()))
    at = datetime.fromisoformat(result.known_at)
    sample = list(result.sample)
    return plain | {
        "from": str(result.from_),
        "to": str(result.to),
        "known_at": at,
        "sample": sample,
    }


def _named(row: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(row[name] for name in ("source", "table", "column", "check", "site"))


def _said(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: each for name, each in row.items() if name not in ("known_at", "received")}


def write_news(books: Books, what: str, told: Checked, by: By) -> bool:
    """Write down what was found of a table or of a column, and no row keys; tell if it is news."""
    kept = tuple(msgspec.structs.replace(each, sample=()) for each in told.results)
    body = {"type": TYPE, **msgspec.to_builtins(msgspec.structs.replace(told, results=kept))}
    key = f"checks/{told.checks}/{what}/checked"
    before = books.reader.latest(key)
    if before is not None and _timeless(before.fact.body) == _timeless(body):
        return False
    books.write([Fact(kind="measured", key=key, at=books.at, by=by, body=body)])
    return True


def told(checks: Checks, spec: str, results: list[CheckResult]) -> Checked:
    """Give what the ledger keeps of results: counts, and no row keys."""
    reads: dict[str, list[str]] = {}
    for line in checks.checks:
        for use_case in line.reads:
            reads.setdefault(use_case, []).append(line.column)
    return Checked(
        checks=checks.name,
        spec=spec,
        source=checks.source,
        table=checks.table,
        results=tuple(msgspec.structs.replace(each, sample=()) for each in results),
        holds={f"{line.check}/{line.column}": line.holds for line in checks.checks if line.holds},
        reads={name: tuple(dict.fromkeys(columns)) for name, columns in reads.items()},
    )


def _timeless(body: Mapping[str, object]) -> Checked:
    """Give what was found, whenever that was."""
    checked = shapes.convert(body, Checked)
    results = tuple(msgspec.structs.replace(each, known_at="") for each in checked.results)
    return msgspec.structs.replace(checked, results=results)
