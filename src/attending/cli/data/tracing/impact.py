"""Say which use cases rest on a column, a code, an element or a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
import msgspec

from attending.cli.speaking.opening import reopen_books
from attending.cli.speaking.options import OUTPUT, STORE
from attending.cli.speaking.telling import tell
from attending.loops.declare import declared_in
from attending.report.data.impact import impact as rests_on
from attending.report.data.upstream import upstreams

if TYPE_CHECKING:
    from pathlib import Path


@click.command()
@click.argument("name")
@STORE
@OUTPUT
def impact(name: str, *, store: Path, output: str) -> None:
    """Say what rests on NAME: `heart_rates.rate`, `8867-4`, `Observation.value`, `edw.labs`."""
    with reopen_books(store) as books:
        known = upstreams(books.reader.entries(kinds=("ingested", "declared")))
        specs = {
            entry.fact.use_case: entry.fact.body
            for entry in books.reader.entries(kinds=("declared",))
            if entry.fact.type == "specs/1" and "documents" in entry.fact.body
        }
    folders = [declared_in(body) for body in specs.values()]
    found = [
        each
        for folder in folders
        for each in rests_on(name, folder.use_case, folder.views, folder.sources, known=known)
    ]
    lines = [
        f"{each.use_case}: {each.what}, through {each.through} ({each.because})" for each in found
    ]
    told = {"schema": "impact/1", "of": name, "rests": [msgspec.to_builtins(e) for e in found]}
    tell(told, lines or [f"Nothing that is declared rests on {name}."], output)
