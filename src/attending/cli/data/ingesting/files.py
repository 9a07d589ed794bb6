"""Take files of FHIR resources in."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

from attending.admit import read_lone
from attending.cli.speaking.options import OUTPUT, STORE
from attending.cli.speaking.telling import tell
from attending.errors import Refused
from attending.lake.clinical.store import ClinicalLake
from attending.loops.data.deliver import Delivery
from attending.spec.data.feed import FORMS, Feed
from attending.wiring import open_books

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from attending.lake.clinical.received import Loaded

BUNDLES = (".json", ".json.gz")


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--feed", type=click.Path(path_type=Path), help="A Feed, in place of the rest.")
@click.option("--site", help="Whose data it is.")
@click.option("--source", help="What the source is called, such as ehr_export.")
@click.option("--format", "form", type=click.Choice(FORMS), help="By the file's name when absent.")
@click.option("--known", help="Which element says when it became known, such as issued.")
@STORE
@OUTPUT
def files(
    files: tuple[Path, ...],
    *,
    feed: Path | None,
    site: str | None,
    source: str | None,
    form: str | None,
    known: str | None,
    store: Path,
    output: str,
) -> None:
    """Take FILE... in: NDJSON or bundles of FHIR resources, plain or gzip."""
    if feed is None and (site is None or source is None):
        raise Refused(
            "whose data is it, and from where?", accepted=["--site and --source", "--feed"]
        )
    if feed is not None and {site, source, form, known} != {None}:
        raise Refused("a Feed says all of that itself", accepted=["--feed alone", "the others"])
    declared = {"kind": "Feed", "site": site, "name": source, "known": known}
    one = None if feed is None else read_lone(feed, Feed)[0]
    told: list[dict[str, Any]] = []
    with ClinicalLake.open(store) as lake, open_books(store) as books:
        for path in files:
            spec = one or _feed(declared | {"format": form or _form(path)})
            told.append(_told(path.name, Delivery(lake, books).take(path, spec)))
    tell(
        {"schema": "ingested/1", "files": told}, (line for t in told for line in _lines(t)), output
    )


def _feed(declared: Mapping[str, object]) -> Feed:
    try:
        return msgspec.convert(declared, Feed)
    except msgspec.ValidationError as error:
        raise Refused(f"no feed: {error}") from error


def _form(path: Path) -> str:
    return FORMS[path.name.lower().endswith(BUNDLES)]


def _told(name: str, loaded: Loaded) -> dict[str, Any]:
    asides = [
        {"offset": a.offset, "length": a.length, "stage": a.stage, "reason": a.reason}
        | ({"path": a.path} if a.path else {})
        for a in loaded.asides
    ]
    counts = {n: v for n, v in msgspec.to_builtins(loaded).items() if n != "asides"}
    return {"file": name, **counts, "rows": loaded.rows, "set_aside": asides}


def _lines(told: dict[str, Any]) -> Iterator[str]:
    yield (
        f"{told['file']}: {told['lines']:,} lines; {told['new']:,} new, "
        f"{told['corrected']:,} corrected, {told['late']:,} late, {told['deletes']:,} deleted, "
        f"{told['no_ops']:,} said already"
    )
    for clock, n in told["clocks"].items():
        yield f"  known by {clock}: {n:,}"
    for reason, n in told["parked"].items():
        yield f"  set aside, {reason.replace('_', ' ')}: {n:,}"
    for each in told["set_aside"][:20]:
        yield f"    at byte {each['offset']:,}, {each['length']:,} long: {each['reason']}"
    if told["released"]:
        yield f"  read now, and set aside before: {told['released']:,}"
