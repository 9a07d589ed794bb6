"""Give back what other tools told of warehouse tables, as it came."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click
import msgspec

from attending.cli.speaking.opening import reopen_books
from attending.cli.speaking.options import OUTPUT, STORE
from attending.cli.speaking.telling import tell
from attending.errors import NoSuchName
from attending.lake.inflate import PIECE
from attending.lake.raw import RawFiles
from attending.report.data.upstream import tellings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from attending.report.data.upstream import Telling

SHORT = 12  # of a digest, as people compare them


@click.command()
@click.argument("digest", default="")
@STORE
@OUTPUT
def told(digest: str, *, store: Path, output: str) -> None:
    """List what was told and which files of it are kept; with DIGEST, print that file as it came.

    DIGEST is that of a file, or how it begins. Exit code 5: it is not the file that was told.
    """
    raw = RawFiles(store / "lake" / "raw")
    with reopen_books(store) as books:
        found = tellings(books.reader.entries(kinds=("ingested",)))
    if not digest:
        rows = [msgspec.to_builtins(each) for each in found]
        lines = [line for each in found for line in _lines(each)]
        nobody = ["No tool has told of any table."]
        tell({"schema": "upstream_told/1", "tellings": rows}, lines or nobody, output)
        return
    known = [each for telling in found for each in telling.files.values()]
    named = next((each for each in known if each.startswith(digest)), None)
    if named is None:
        raise NoSuchName(digest, "the files that are kept", [each[:SHORT] for each in known])
    raw.check(named)
    with raw.open(named) as file:
        for piece in iter(lambda: file.read(PIECE), b""):
            sys.stdout.buffer.write(piece)


def _lines(telling: Telling) -> Iterator[str]:
    yield f"{telling.teller} {telling.project}, made {telling.at}: fact {telling.fact}"
    for name, digest in telling.files.items():
        yield f"  {name}: {digest[:SHORT]}"
    if not telling.files:
        yield "  its files were not kept; take them again, and they are"
