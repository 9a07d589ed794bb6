"""Say which use cases rest on a column, a code, an element, a map or a table."""

from __future__ import annotations

from pathlib import Path

import click
import msgspec

from attending.cli.speaking.opening import reopen_books
from attending.cli.speaking.options import OUTPUT, STORE
from attending.cli.speaking.telling import tell
from attending.loops.data.lineage import maps_of
from attending.loops.declare import declared_in
from attending.report.data.known import rests_on
from attending.report.data.upstream import upstreams

FOLDER = click.Path(path_type=Path, exists=True, file_okay=False)


@click.command()
@click.argument("name")
@click.option("--maps", "beside", multiple=True, type=FOLDER, help="Where else maps' files lie.")
@STORE
@OUTPUT
def impact(name: str, *, beside: tuple[Path, ...], store: Path, output: str) -> None:
    """Say what rests on NAME: `heart_rates.rate`, `8867-4`, `Observation.value`, `edw.labs`.

    A code may be a local one: what a map makes of it is asked about with it. A map is asked about
    by its name, its terms as `name@version`, or its file, before it is changed. A NAME that no
    source, view, map or use case knows is refused: on a misspelled one nothing would rest either.
    """
    with reopen_books(store) as books:
        known = upstreams(books.reader.entries(kinds=("ingested", "declared")))
        specs = {
            entry.fact.use_case: entry.fact.body
            for entry in books.reader.entries(kinds=("declared",))
            if entry.fact.type == "specs/1" and "documents" in entry.fact.body
        }
    folders = [declared_in(body) for body in specs.values()]
    maps = maps_of(store, folders, beside)
    found = rests_on(name, folders, known=known, maps=maps)
    lines = [
        f"{each.use_case}: {each.what}, through {each.through} ({each.because})" for each in found
    ]
    told = {
        "schema": "impact/1",
        "of": name,
        "rests": [msgspec.to_builtins(e) for e in found],
        "unread": maps.unread,
    }
    lines = lines or [f"Nothing that is declared rests on {name}."]
    lines += [f"Not looked through, since it is not here: {each} (--maps)." for each in maps.unread]
    tell(told, lines, output)
