"""`attending views`: try views of clinical data before anything depends on them."""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import click
import msgspec

from attending.admit import read_each, read_lone
from attending.cli.data.viewing.limits import Limits, alone, tell_alone
from attending.cli.data.viewing.planned import planned, share
from attending.cli.speaking.map_status import tell_status
from attending.cli.speaking.options import OUTPUT
from attending.cli.speaking.telling import tell
from attending.clock import WallClock
from attending.errors import NoSuchName, Refused
from attending.fhir.comparator import values_alone
from attending.fhir.conformance import outcomes, report
from attending.fhir.decode import LONGEST, Malformed, decode_exact
from attending.fhir.mapped_view import MappedView, mapped_view
from attending.fhir.project import project
from attending.fhir.view import View, view
from attending.ingest.flat.flatten import Flattening
from attending.ingest.lines import lines
from attending.ingest.terms.files import Beside, read_terms
from attending.lake.at_rest import at_rest
from attending.lake.inflate import pieces
from attending.lake.keeping import hashing
from attending.lake.raw import RawFiles
from attending.spec.data.terms import Terms
from attending.spec.data.view import View as Declared
from attending.spec.data.view import definition as standard

if TYPE_CHECKING:
    from datetime import datetime

    from attending.cli.data.viewing.planned import Planned
    from attending.ingest.lines import Line

FILE = click.Path(path_type=Path, exists=True, dir_okay=False)
FOLDER = click.Path(path_type=Path, exists=True, file_okay=False)
DAY = click.DateTime(["%Y-%m-%d"])
FAILED = 1
_encode = msgspec.json.Encoder(decimal_format="number").encode


@click.group()
def views() -> None:
    """Try views (SQL on FHIR ViewDefinitions): what they give, what they read, and the suite."""


@views.command()
@click.argument("folder", type=FOLDER)
@OUTPUT
def test(folder: Path, *, output: str) -> None:
    """Run the public suite's test files in FOLDER.

    With -o json the report is the one that the suite's authors collect. Exit code 1: a test
    failed.
    """
    files = sorted(folder.glob("*.json"))
    if not files:
        raise Refused("no test file there", where=str(folder), accepted=["*.json"])
    found = {path.name: outcomes(path.read_bytes()) for path in files}
    if output == "json":
        click.echo(json.dumps(report(found), indent=2))
    else:
        for name, each in found.items():
            click.echo(f"{name}: {sum(one.passed for one in each)} of {len(each)} passed")
            for one in each:
                if not one.passed:
                    click.echo(f"  {one.title}: {one.because}")
    every = [one for each in found.values() for one in each]
    click.echo(f"{sum(one.passed for one in every)} of {len(every)} passed", err=output == "json")
    if not all(one.passed for one in every):
        raise SystemExit(FAILED)


@views.command()
@click.argument("definition", type=FILE)
@click.argument("resources", type=FILE)
@click.option("--view", "name", help="Which, where a use case's views.yaml holds several.")
@click.option("--into", type=click.Path(path_type=Path), help="A Parquet file for the rows.")
@click.option("--keep", type=click.Path(path_type=Path), help="A folder to keep RESOURCES in.")
@click.option("--terms", type=FILE, help="A `kind: Terms` document whose maps columns go through.")
@click.option("--as-of", type=DAY, help="The day whose maps hold; today otherwise.")
def run(
    definition: Path,
    resources: Path,
    *,
    name: str | None,
    into: Path | None,
    keep: Path | None,
    terms: Path | None,
    as_of: datetime | None,
) -> None:
    """Print the rows that the view DEFINITION gives of RESOURCES (.ndjson or .ndjson.gz).

    DEFINITION is a ViewDefinition in JSON, or a file of `kind: View` documents (.yaml).

    One row to a line. A resource without rows because a rule of the view cannot be kept is told
    on stderr by its line, and the exit code is then 1; the other rows are printed all the same.
    So is a column that no row fills: FHIR has too many elements for a misspelled path to be known.
    With --into the rows are written to a new file, far faster, each with the digest of RESOURCES
    and the bytes it is from, and what has no row is told by those. With --keep RESOURCES are kept
    as they came under that digest, so that each row leads to its bytes. With --terms codes and
    amounts go through the maps and into the units that are declared there of this view.
    """
    one = _one(definition, name)
    tried = one if terms is None else _through(one, terms, as_of or WallClock().now())
    if into is not None:
        tell_alone(one)
        _written(tried, resources, into, keep)
        return
    if keep is not None:
        raise Refused("rows that are printed name no file that was kept", accepted=["--into"])
    limits = Limits(one)
    n_refused = n_rows = 0
    filled: set[str] = set()
    with at_rest(resources.resolve()).reading(resources) as file:
        for number, line in enumerate(lines(pieces(file)), 1):
            if line.reason not in (None, "too_long"):
                raise Refused("the file cannot be unpacked to its end", where=resources.name)
            if line.reason or line.raw.strip():
                rows = _told(tried, number, line, limits)
                n_refused += rows is None
                n_rows += len(rows or ())
                filled |= {name for row in rows or () for name in row if row[name] is not None}
    empty = [column.name for column in tried.columns if column.name not in filled]
    if n_rows and empty:
        said = f"no value in {n_rows:,} rows: {', '.join(empty)}; are the paths spelled as in FHIR?"
        click.echo(said, err=True)
    limits.tell()
    if n_refused:
        raise SystemExit(FAILED)


@views.command()
@click.argument("definitions", type=FILE, nargs=-1, required=True)
@click.option("--free-text", is_flag=True, help="The use case says that it reads free text.")
@OUTPUT
def show(definitions: tuple[Path, ...], *, free_text: bool, output: str) -> None:
    """Print what views read, and whether each is plain enough for one query."""
    read = {name: each for path in definitions for name, each in _read(path).items()}
    purpose = project(read.values(), free_text=free_text)
    told = {
        "schema": "views_shown/1",
        "views": [
            {
                "file": name,
                "resource": each.resource,
                "columns": [column.name for column in each.columns],
                "digest": each.digest,
                "plain": each.plain,
                "why_not_plain": each.why_not_plain,
                "without_comparator": values_alone(each),
            }
            for name, each in read.items()
        ],
        "elements": purpose.elements,
        "digest": purpose.digest,
    }
    if output == "json":
        click.echo(json.dumps(told, sort_keys=True))
        return
    for name, each in read.items():
        how = "plain" if each.plain else f"row by row, for {each.why_not_plain}"
        click.echo(f"{name}: {len(each.columns)} columns of {each.resource}; {how}")
        for said in alone(each):
            click.echo(f"  {said}")
    n_plain = sum(each.plain for each in read.values())
    click.echo(f"{n_plain} of {len(read)} plain")
    for kind, paths in purpose.elements.items():
        for path in paths:
            click.echo(f"reads {kind}.{path}")


@views.command()
@click.argument("paths", type=click.Path(path_type=Path, exists=True), nargs=-1, required=True)
@OUTPUT
def plan(paths: tuple[Path, ...], *, output: str) -> None:
    """Print which way each view of PATHS takes: one query, or one resource at a time, and why.

    PATHS are files, or folders of files: ViewDefinitions (.json), a use case's documents (.yaml),
    or the public suite's tests. A view takes its query where many resources are read together.
    """
    found = planned(paths)
    counted = share(found)
    told = {
        "schema": "views_plan/1",
        "views": [each._asdict() for each in found],
        "by_query": counted.by_query,
        "n_views": counted.views,
    }
    tell(told, [*(f"{each.place}: {_way(each)}" for each in found), counted.told], output)


def _way(each: Planned) -> str:
    way = each.way.replace("_", " ")
    return f"{way}, for {each.why}" if each.why else way


def _written(tried: View | MappedView, resources: Path, into: Path, keep: Path | None) -> None:
    """Write the rows of a file to another, once all are there, and tell what was set aside."""
    if into.exists():
        raise Refused("there is a file already", where=str(into))
    if not into.parent.is_dir():
        raise Refused("there is no such folder", where=str(into.parent))
    with TemporaryDirectory(dir=into.parent, prefix=".") as beside:
        rows = Path(beside) / into.name
        with hashing(resources) if keep is None else RawFiles(keep).keeping(resources) as reading:
            done = Flattening(tried, reading.digest).write(reading.pieces(), rows)
        rows.replace(into)
    for each in done.asides:
        column = f" at {each.path}" if each.path else ""
        click.echo(f"byte {each.offset}, {each.length} long: {each.reason}{column}", err=True)
    click.echo(
        f"{done.lines:,} lines, {done.rows:,} rows; {len(done.asides):,} set aside", err=True
    )
    if done.asides:
        raise SystemExit(FAILED)


def _told(
    tried: View | MappedView, number: int, line: Line, limits: Limits
) -> list[dict[str, Any]] | None:
    """Print and give the rows of one line; None where it has none, once it is told why."""
    try:
        if line.reason:
            raise Refused(f"longer than {LONGEST} bytes")
        resource = decode_exact(line.raw)
        rows = tried.rows(resource)
        limits.look_at(resource)
    except Refused as refused:
        click.echo(f"line {number}: {refused}", err=True)
        return None
    for row in rows:
        click.echo(_encode(row))
    return rows


def _through(tried: View, terms: Path, as_of: datetime) -> MappedView:
    """Put a view's columns through the maps and units of a document."""
    declared, _ = read_lone(terms, Terms)
    views = {each.view for each in declared.going}
    if tried.name not in views:
        raise NoSuchName(tried.name, f"the views of {terms.name}", views)
    maps = tell_status(read_terms([Beside(terms=declared, folder=terms.parent)]))
    return mapped_view(tried, declared.going, maps, as_of.date().isoformat())


def _one(path: Path, name: str | None) -> View:
    """Give the one view of a file, or the one that was named."""
    read = {each.name: each for each in _read(path).values()}
    if name is None and len(read) != 1:
        raise Refused(
            "several views are in this file; say which", accepted=[f"--view {n}" for n in read]
        )
    if name is not None and name not in read:
        raise NoSuchName(name, f"the views of {path.name}", read)
    return next(iter(read.values())) if name is None else read[name]


def _read(path: Path) -> dict[str, View]:
    """Read the views of a file, by how a person tells them apart."""
    if path.suffix == ".yaml":
        told = {f"{path.name}, {each.name}": standard(each) for each in read_each(path, Declared)}
        return {where: view(each, where=where) for where, each in told.items()}
    try:
        return {path.name: view(decode_exact(path.read_bytes()), where=path.name)}
    except Malformed as error:
        raise Refused(
            f"this cannot be read: {error}",
            where=path.name,
            accepted=["a ViewDefinition in JSON", "`kind: View` documents in a .yaml file"],
        ) from error
