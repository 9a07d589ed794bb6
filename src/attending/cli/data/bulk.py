"""`attending bulk`: fetch what a FHIR server has, or what is new since the last time."""

from __future__ import annotations

import time
from functools import partial
from pathlib import Path

import click
import msgspec

from attending.admit import read_lone
from attending.cli.speaking.options import OUTPUT
from attending.cli.speaking.telling import tell
from attending.clock import WallClock
from attending.errors import Refused
from attending.ingest.bulk.export import Export
from attending.ingest.bulk.following import moment_after
from attending.ingest.bulk.token import Tokens, key_of
from attending.spec.data.bulk_server import BulkServer


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--into", required=True, type=click.Path(path_type=Path), help="Where files go.")
@click.option("--since", default="", help="Only what changed after this moment.")
@click.option(
    "--after",
    type=click.Path(path_type=Path),
    default=None,
    help="Only what changed after the export in this folder was cut.",
)
@OUTPUT
def bulk(file: Path, *, into: Path, since: str, after: Path | None, output: str) -> None:
    """Fetch an export from the server that FILE (kind: BulkServer) describes.

    Run again with the same folder, it goes on where it was cut off; a whole export is not
    fetched twice. The manifest lies beside the files, as it came. What came is taken in with
    `attending ingest`. Exit code 1 also where other numbers of lines came than were promised.
    """
    server, _ = read_lone(file, BulkServer)
    if server.export == "group" and not server.group:
        raise Refused("which group? its id is wanted", where=str(file), accepted=["group: ID"])
    clock = WallClock()
    tokens = Tokens(server, key_of(server, file.parent), clock)
    export = Export(server, tokens, into, time.sleep, partial(click.echo, err=True))
    if after is not None:
        earlier = Export(server, tokens, after, time.sleep, click.echo).state()
        since = moment_after(earlier, server, str(after))
        if any(each.is_short for each in earlier.fetched):
            click.echo(f"{after}: other numbers of lines came than were promised; what was wanting"
                       " then is not asked for now", err=True)  # fmt: skip
    state = export.run(since)
    short = [each for each in state.fetched if each.is_short]
    lines = [f"{len(state.fetched)} files, cut at {state.transaction_time}, in {into}"]
    lines += [f"  {each.file}: {each.lines:,} lines" for each in state.fetched]
    lines += [f"  {each.file}: {each.count:,} lines were promised" for each in short]
    tell({"schema": "bulk_export/1", **msgspec.to_builtins(state)}, lines, output)
    if short:
        raise SystemExit(1)
