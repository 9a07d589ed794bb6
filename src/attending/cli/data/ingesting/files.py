"""Take files of FHIR resources in."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

from attending.admit import read_lone
from attending.cli.speaking.options import OUTPUT, STORE
from attending.cli.speaking.taking_in import taking_in
from attending.cli.speaking.telling import tell
from attending.errors import Refused
from attending.lake.clinical.received import RECEIPT
from attending.lake.clinical.store import ClinicalLake
from attending.loops.data.deliver import Delivery
from attending.spec.data.feed import FORMS, Feed
from attending.spec.document import Document
from attending.spec.mistake import SpecRefused
from attending.spec.parse import parse_as
from attending.wiring import open_books

if TYPE_CHECKING:
    from collections.abc import Iterator

    from attending.lake.clinical.received import Loaded

LINES, BUNDLES = (".ndjson", ".ndjson.gz"), (".json", ".json.gz")
AS_TYPED = {"name": "--source", "site": "--site", "known": "--known"}
MOST_TOLD = 20  # places that are printed; `parked` lists all of them


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
    one = None if feed is None else read_lone(feed, Feed)[0]
    specs = [one or _feed(path, form=form, site=site, source=source, known=known) for path in files]
    told: list[dict[str, Any]] = []
    with (
        ClinicalLake.open(store) as lake,
        open_books(store) as books,
        taking_in(files) as progress,
    ):
        delivery = Delivery(lake, books, progress.step)
        for path, spec in zip(files, specs, strict=True):
            told.append(_told(path.name, delivery.take(path, spec), spec.known or ""))
    tell(
        {"schema": "ingested/1", "files": told}, (line for t in told for line in _lines(t)), output
    )


def _feed(
    path: Path, *, form: str | None, site: str | None, source: str | None, known: str | None
) -> Feed:
    """Make a feed of what was typed."""
    typed = {"site": site, "name": source, "known": known, "format": form or _form(path)}
    plain = {"kind": "Feed"} | {name: value for name, value in typed.items() if value is not None}
    try:
        return parse_as(Document(plain), Feed)
    except SpecRefused as refused:
        first = refused.mistakes[0]
        raise Refused(first.what, where=AS_TYPED[first.path], accepted=first.accepted) from refused


def _form(path: Path) -> str:
    """Tell a file's form by its name.

    Raises
    ------
    Refused
        The name tells none, or there is no such file.

    """
    name = path.name.lower()
    if not path.is_file():
        what = (
            "this is a folder; name the files in it" if path.is_dir() else "there is no such file"
        )
        raise Refused(what, where=str(path), accepted=[f"DIR/*{e}" for e in (*LINES, *BUNDLES)])
    if not name.endswith((*LINES, *BUNDLES)):
        raise Refused(
            "what is in it cannot be told by its name",
            where=str(path),
            accepted=[*LINES, *BUNDLES, *(f"--format {each}" for each in FORMS)],
        )
    return FORMS[name.endswith(BUNDLES)]


def _told(name: str, loaded: Loaded, known: str) -> dict[str, Any]:
    asides = [
        {"offset": a.offset, "length": a.length, "stage": a.stage, "reason": a.reason}
        | ({"path": a.path} if a.path else {})
        for a in loaded.asides
    ]
    counts = {n: v for n, v in msgspec.to_builtins(loaded).items() if n != "asides"}
    idle = known if known not in loaded.clocks and RECEIPT in loaded.clocks else ""
    return {"file": name, **counts, "rows": loaded.rows, "set_aside": asides, "no_clock": idle}


def _lines(told: dict[str, Any]) -> Iterator[str]:
    yield (
        f"{told['file']}: {told['lines']:,} line{'s' * (told['lines'] != 1)}; {told['new']:,} new, "
        f"{told['corrected']:,} corrected, {told['late']:,} late, {told['deletes']:,} deleted, "
        f"{told['no_ops']:,} said already"
    )
    for clock, n in told["clocks"].items():
        yield f"  known by {clock}: {n:,}"
    if told["no_clock"]:
        element = told["no_clock"]
        yield f"  no resource here says when it became known by {element}: is it spelled so?"
    for reason, n in told["parked"].items():
        yield f"  set aside, {reason.replace('_', ' ')}: {n:,}"
    for each in told["set_aside"][:MOST_TOLD]:
        yield f"    at byte {each['offset']:,}, {each['length']:,} long: {each['reason']}"
    if len(told["set_aside"]) > MOST_TOLD:
        yield "    and more: attending ingest parked --store DIR"
    if told["released"]:
        yield f"  read now, and set aside before: {told['released']:,}"
