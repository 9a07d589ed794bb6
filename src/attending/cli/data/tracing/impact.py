"""Say which use cases rest on a column, a code, an element, a map or a table."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec
from msgspec.structs import replace

from attending.cli.speaking.opening import reopen_books
from attending.cli.speaking.options import OUTPUT, STORE
from attending.cli.speaking.telling import tell
from attending.cli.speaking.watching import read_declared
from attending.loops.data.lineage import DATA, data_of, maps_of
from attending.loops.declare import declared_in
from attending.report.data.known import rests_on
from attending.report.data.upstream import upstreams
from attending.report.data.watched import watched

if TYPE_CHECKING:
    from attending.report.data.watched import Watches

HERE = click.Path(path_type=Path, exists=True)
FOLDER = click.Path(path_type=Path, exists=True, file_okay=False)


@click.command()
@click.argument("name")
@click.option("--maps", "beside", multiple=True, type=FOLDER, help="Where else maps' files lie.")
@click.option("--data", multiple=True, type=HERE, help="Views, terms and checks, as of `up`.")
@STORE
@OUTPUT
def impact(
    name: str, *, beside: tuple[Path, ...], data: tuple[Path, ...], store: Path, output: str
) -> None:
    """Say what rests on NAME: `heart_rates.rate`, `8867-4`, `Observation.value`, `edw.labs`.

    A code may be a local one: what a map makes of it is asked about with it. A map is asked about
    by its name, its terms as `name@version`, or its file, before it is changed. A NAME that no
    source, view, map or use case knows is refused: on a misspelled one nothing would rest either.
    With `--data`, checks and maps that feed the page Quality are said too.
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
    asks, unread = data_of(*(read_declared(*data) if data else ((), (), ())))
    maps = replace(maps, rows={**maps.rows, DATA: asks.rows}, unread=(*maps.unread, *unread))
    found = rests_on(name, folders, known=known, maps=maps, data=asks)
    quality = watched(name, asks, known=known, maps=maps)
    lines = [
        f"{each.use_case}: {each.what}, through {each.through} ({each.because})" for each in found
    ]
    told = {
        "schema": "impact/1",
        "of": name,
        "rests": [msgspec.to_builtins(e) for e in found],
        "watched": [msgspec.to_builtins(e) for e in quality],
        "unread": maps.unread,
    }
    lines += [_line(each) for each in quality]
    lines = lines or [f"Nothing that is declared rests on {name}."]
    lines += [f"Not looked through, since it is not here: {each} (--maps)." for each in maps.unread]
    tell(told, lines, output)


def _line(each: Watches) -> str:
    holds = f", which holds {', '.join(each.holds)}" if each.holds else ""
    return f"page Quality: {each.by}, {each.what}{holds}, through {each.through} ({each.because})"
