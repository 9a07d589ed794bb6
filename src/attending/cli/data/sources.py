"""Sources: where data come from, what checks find in them, and which use cases that blocks."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

from attending.admit import admit, read_lone
from attending.cli.data.viewing.limits import tell_limited
from attending.cli.replay import recorded_source
from attending.cli.speaking.opening import reopen_books
from attending.cli.speaking.options import OUTPUT, STORE
from attending.cli.speaking.telling import tell
from attending.cli.speaking.watching import read_watched
from attending.clock import WallClock, stamp
from attending.decide.looked_at import FILLED_HERE, FILLS, LookedAt
from attending.digest import digest
from attending.errors import NoSuchName, Refused
from attending.ingest.checking import Occasion, run_checks
from attending.ingest.source_checks import checks_of
from attending.lake.aggregates import open_tables, set_aside
from attending.lake.clinical.store import ClinicalLake
from attending.loops.data.clinical import audit_features, look_over
from attending.loops.data.limits import limits_in
from attending.loops.data.reading import views_read
from attending.loops.system.checks import Given, Looked, look_into, told
from attending.report.data.feeds import feeds
from attending.spec.data.checks import Checks
from attending.stats.bernoulli_sequence import bernoulli_sequence
from attending.wiring import open_books

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from attending.admit import Folder
    from attending.facts.data.checked import Checked, CheckResult
    from attending.lake.aggregates import Rows
    from attending.loops.books import Books
    from attending.loops.data.limits import Limited

FILE = click.Path(path_type=Path, exists=True, dir_okay=False)
HERE = click.Path(path_type=Path, exists=True)
PERSON = click.option("--as", "person", default="platform", help="Who asks.")
SHARE = 0.05  # what the intervals may be wrong by, over all looks


@click.group()
def sources() -> None:
    """Say what feeds have brought, and check what is in them.

    Exit code 4: a check is breached, or a use case is blocked.
    """


@sources.command("list")
@STORE
@OUTPUT
def list_(*, store: Path, output: str) -> None:
    """List every feed: when it last brought something, how much, and what was set aside."""
    with reopen_books(store) as books:
        found = feeds(books.reader.entries(kinds=("ingested",)))
    rows = [msgspec.to_builtins(feed) for feed in found]
    lines = [
        f"{feed.name}{f' of {feed.site}' * (feed.site != '')}: last {feed.last_at}, "
        f"{feed.batches:,} {'delivery' if feed.batches == 1 else 'deliveries'}, "
        f"{feed.lines:,} line{'s' * (feed.lines != 1)}, "
        f"{feed.parked:,} set aside, {feed.waiting:,} waiting, "
        f"{feed.stored:,} stored and not mapped"
        + (f"; clock ahead in {feed.ahead:,}" if feed.ahead else "")
        + "".join(f"; {n:,} refused: {why}" for why, n in sorted(feed.refused_by.items()))
        for feed in found
    ]
    tell({"schema": "feeds/1", "feeds": rows}, lines or ["No feed has brought anything."], output)


@sources.command()
@click.argument("checks", type=FILE)
@click.argument("files", type=FILE, nargs=-1)
@click.option("--beside", multiple=True, metavar="TABLE=FILE", help="A table that is referred to.")
@click.option("--data", multiple=True, type=HERE, help="Views and terms, of the clinical lake.")
@PERSON
@STORE
@OUTPUT
@click.pass_context
def check(
    ctx: click.Context,
    checks: Path,
    files: tuple[Path, ...],
    *,
    beside: tuple[str, ...],
    data: tuple[Path, ...],
    person: str,
    store: Path,
    output: str,
) -> None:
    """Ask the CHECKS document of the rows in FILES, and write down what was found.

    Without FILES, of the clinical lake's tables of views, which `--data` declares. Row keys are
    printed in JSON, and never written to the ledger.
    """
    with open_books(store) if files else reopen_books(store) as books:
        if files:
            looked = _of_files(books, checks, files, beside=beside, person=person)
        else:
            watched = read_watched(checks, *data)
            if read_watched(checks).of_files:
                raise Refused("these are checks of dropped files", accepted=["their names: FILES"])
            with ClinicalLake.open(store) as lake:
                before = books.reader.size()
                results = look_over(lake, books, watched, person=person)
                looked = Looked(results, is_new=books.reader.size() > before)
    plain = [msgspec.to_builtins(result) for result in looked.results]
    lines = [_line(result) for result in looked.results]
    lines.append("written down" if looked.is_new else "nothing has changed since it was last asked")
    tell({"schema": "checked/1", "new": looked.is_new, "results": plain}, lines, output)
    ctx.exit(4 if any(result.state == "breach" for result in looked.results) else 0)


def _of_files(
    books: Books, checks: Path, files: tuple[Path, ...], *, beside: tuple[str, ...], person: str
) -> Looked:
    asked, _ = read_lone(checks, Checks)
    others = {name: [path] for name, path in map(_named, beside)}
    tables = open_tables({**others, asked.table: files})
    _tell_set_aside(tables[asked.table])
    return look_into(books, asked, Given(tables[asked.table], tables, person))


@sources.command()
@click.argument("files", type=FILE, nargs=-1)
@click.option("--use-case", "folder", required=True, type=click.Path(path_type=Path))
@click.option("--pilot", required=True, help="The site where it was, or will be, tried first.")
@click.option("--store", type=click.Path(path_type=Path), help="Write it down here, too.")
@PERSON
@OUTPUT
@click.pass_context
def audit(
    ctx: click.Context,
    files: tuple[Path, ...],
    *,
    folder: Path,
    pilot: str,
    store: Path | None,
    person: str,
    output: str,
) -> None:
    """Before building: how complete and valid is each field at each hospital in FILES?

    What is read is what the use case's Source names; without FILES, what its features read of
    the clinical lake in `--store`. A field that 95 % of the pilot's rows hold and fewer than 80 %
    at another hospital blocks the use case there.
    """
    admitted = admit(folder)
    limited: list[Limited] = []
    if files:
        checked = [_audited(admitted, files, store, person)]
    else:
        checked, limited = _audited_lake(admitted, store)
    results = [result for each in checked for result in each.results]
    there = sorted({result.site for result in results})
    if pilot not in there:
        raise NoSuchName(pilot, "the sites in these rows", there)
    blocked = _blocked(checked, pilot)
    fields = [_field(result) for result in results]
    answer = {
        "schema": "source_audit/1",
        "use_case": admitted.use_case.name,
        "pilot": pilot,
        "fields": fields,
        "blocked": blocked,
        "limits_as_measured": [each._asdict() for each in limited],
    }
    tell(answer, _table(results, there, pilot, blocked), output)
    tell_limited(limited)
    ctx.exit(4 if blocked else 0)


def _audited(admitted: Folder, files: tuple[Path, ...], store: Path | None, person: str) -> Checked:
    asked = checks_of(recorded_source(admitted), admitted.use_case.name)
    rows = open_tables({asked.table: files})[asked.table]
    _tell_set_aside(rows)
    if store is None:
        occasion = Occasion(digest(msgspec.to_builtins(asked)), stamp(WallClock().now()), {})
        results = run_checks(asked, rows, occasion)
    else:
        with open_books(store) as books:
            results = look_into(books, asked, Given(rows, person=person)).results
    return told(asked, "", results)


def _tell_set_aside(rows: Rows) -> None:
    if n := set_aside(rows):
        click.echo(f"{n:,} rows have not the cells of their header, and are not asked", err=True)


def _audited_lake(admitted: Folder, store: Path | None) -> tuple[list[Checked], list[Limited]]:
    if store is None:
        raise Refused("say which rows", accepted=["FILES", "--store DIR, whose lake has them"])
    with reopen_books(store) as books, ClinicalLake.open(store) as lake:
        checked = audit_features(lake, books, admitted)
        return checked, limits_in(lake, views_read(admitted))


def _blocked(checked: list[Checked], pilot: str) -> list[dict[str, Any]]:
    found = LookedAt({each.checks: each for each in checked})
    readers = {name for each in checked for name in each.reads}
    sites = {result.site for each in checked for result in each.results}
    return [
        {"use_case": name, "site": site, "column": column, "because": because}
        for name in sorted(readers)
        for site in sorted(sites - {pilot})
        for column, because in (
            *((each.column, str(each)) for each in found.missing(name, pilot=(pilot,), site=site)),
            *_without_rows(checked, name, pilot, site),
        )
    ]


def _without_rows(
    checked: list[Checked], name: str, pilot: str, site: str
) -> Iterator[tuple[str, str]]:
    """Name the fields of tables that have rows of the pilot, and not one of a site."""
    for each in checked:
        there = {result.site for result in each.results}
        if pilot in there and site not in there:
            for column in each.reads.get(name, ()):
                yield column, f"no row of {each.table} is from {site}, and some are from {pilot}"


def _field(result: CheckResult) -> dict[str, Any]:
    plain: dict[str, Any] = msgspec.to_builtins(result)
    plain.pop("sample", None)
    return plain | {"share": result.share, "interval": _interval(result)}


def _interval(result: CheckResult) -> list[float] | None:
    rows = result.num_denominator
    if not rows:
        return None
    good = float(rows - result.num_violated)
    low, high = bernoulli_sequence(good, float(rows), share=SHARE, t_opt=max(rows / 2, 1.0))
    return [round(float(low), 6), round(float(high), 6)]


def _table(
    results: list[CheckResult], sites: list[str], pilot: str, blocked: list[dict[str, Any]]
) -> Iterable[str]:
    by = {(r.check, r.column, r.site): r for r in results}
    asked = dict.fromkeys((r.check, r.column) for r in results)
    order = [pilot, *(site for site in sites if site != pilot)]
    width = max(
        *(len(f"{column}, {name}") for name, column in asked),
        *(len(f"rows of {result.table}") for result in results),
    )
    yield " " * width + "".join(f"  {site:>20}" for site in order)
    for table in dict.fromkeys(result.table for result in results):
        counted = {r.site: max(r.to, r.num_denominator) for r in results if r.table == table}
        cells = "".join(f"  {counted.get(site, 0):>20,}" for site in order)
        yield f"{f'rows of {table}':<{width}}{cells}"
    for name, column in asked:
        cells = "".join(f"  {_cell(by.get((name, column, site))):>20}" for site in order)
        yield f"{f'{column}, {name}':<{width}}{cells}"
    yield "share of rows that do not fall short, with an interval for all looks (95 %)"
    for result in results:
        was_there = result.check == FILLS and (result.share or 0.0) >= FILLED_HERE
        if was_there and result.state == "breach":
            yield f"{result.column} has become emptier at {result.site}: {_line(result)}"
    for each in blocked:
        yield f"blocks {each['use_case']} at {each['site']}: {each['because']}"
    if not blocked:
        yield "nothing is blocked"


def _cell(result: CheckResult | None) -> str:
    interval = None if result is None else _interval(result)
    if result is None or result.share is None or interval is None:
        return "no rows"
    return f"{result.share:.1%} ({interval[0]:.0%} to {interval[1]:.0%})"


def _line(result: CheckResult) -> str:
    column = "" if result.column == "*" else f".{result.column}"
    if result.state == "error":
        return (
            f"{result.site}  {result.check} of {result.table}{column}: cannot be asked, for too "
            "few days or times are written as 2026-01-31 or 2026-01-31T08:30, or numbers as 1.5; "
            "or too many of them are still to come; or `order` is of numbers without "
            "`order_as: number`"
        )
    return (
        f"{result.site}  {result.check} of {result.table}{column}: "
        f"{result.state.replace('_', ' ')}; {result.num_violated:,} of "
        f"{result.num_denominator:,} fall short, {result.may} may; "
        f"since row {result.since_row:,}"
    )


def _named(text: str) -> tuple[str, Path]:
    name, _, path = text.partition("=")
    if not name or not Path(path).is_file():
        raise Refused(f"no such table: {text!r}", accepted=("TABLE=FILE",))
    return name, Path(path)
