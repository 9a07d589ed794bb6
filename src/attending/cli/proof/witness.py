"""`attending witness`: vouch that somebody else's ledger only grew, and be vouched for."""

from __future__ import annotations

from pathlib import Path
from typing import IO

import click
import uvicorn

from attending.clock import WallClock
from attending.errors import ProofFailed, Refused
from attending.ledger import layout
from attending.ledger.checkpoint import checkpoint_path, latest
from attending.ledger.durable_file import write_durably
from attending.ledger.open_reader import open_reader
from attending.ledger.witness import (
    MOST_BYTES,
    Witness,
    add,
    cosigned,
    new_witness,
    read_witness_key,
    request,
)
from attending.serve.listen import check_address
from attending.serve.witness.app import witness_app

FILE = click.Path(path_type=Path, exists=True, dir_okay=False)
FOLDER = click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
LEDGER = click.option("--store", required=True, type=click.Path(path_type=Path, exists=True))
KEY = click.option("--key", required=True, type=FILE, help="The witness's public key.")


@click.group()
def witness() -> None:
    """Vouch that a ledger only grew: in other hands than the ledger and its signing key.

    The witness runs `new` and `trust` once, then `cosign` or `serve`. The log runs `ask` and
    `add`. What passes between them is text that may be sent in any way; no fact is in it.
    """


@witness.command("new")
@FOLDER
@click.option("--name", required=True, help="Such as audit.example.org/ledgers; no spaces.")
def new(folder: Path, *, name: str) -> None:
    """Draw a witness's key in FOLDER, and print the public half: hand it to auditors."""
    click.echo(new_witness(folder, name).verifier_key)


@witness.command("trust")
@FOLDER
@click.argument("key", type=FILE)
def trust(folder: Path, key: Path) -> None:
    """Vouch from now on for the log whose public KEY this is: its keys/ledger.pub."""
    origin = Witness(folder).trust(key.read_text("utf-8"))
    click.echo(f"trusted from now on: {origin}")


@witness.command("cosign")
@FOLDER
@click.argument("asked", type=click.File("rb"), default="-")
def cosign(folder: Path, asked: IO[bytes]) -> None:
    """Vouch for the checkpoint ASKED for, and print the signature for the log to add.

    Exit code 5: its ledger did not grow out of the one that was vouched for before. What it
    signed is kept under logs/ as evidence of that.
    """
    at = int(WallClock().now().timestamp())
    click.echo(Witness(folder).cosign(asked.read(MOST_BYTES + 1), at), nl=False)


@witness.command("latest")
@FOLDER
@click.argument("origin")
def latest_(folder: Path, origin: str) -> None:
    """Print the last checkpoint of ORIGIN that was vouched for: what an auditor asks for."""
    kept = Witness(folder).latest(origin)
    if kept is None:
        raise Refused(f"nothing of {origin} was vouched for yet")
    click.echo(kept.decode(), nl=False)


@witness.command("serve")
@FOLDER
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8020, show_default=True, type=click.IntRange(0, 65535))
def serve(folder: Path, *, host: str, port: int) -> None:
    """Answer logs on this machine by HTTP (C2SP tlog-witness); others through a proxy with TLS."""
    check_address(host, is_authenticated=True, is_encrypted=False)
    app = witness_app(Witness(folder), WallClock())
    uvicorn.run(app, host=host, port=port, log_level="warning", access_log=False)


@witness.command("ask")
@LEDGER
@KEY
@click.option("--from", "old", type=click.IntRange(0), help="The size it last vouched for.")
@click.option("--dsn", help="PostgreSQL connection string, when the facts are kept there.")
def ask(store: Path, *, key: Path, old: int | None, dsn: str | None) -> None:
    """Print what asks a witness to vouch for the last checkpoint."""
    known = latest(layout.checkpoints(store), layout.public_key(store).read_text("utf-8"))
    if known is None:
        raise Refused("no checkpoint is signed yet", where=str(store))
    reads = read_witness_key(key.read_text("utf-8"))
    vouched = (cosigned(note.read_bytes(), reads) for note in _notes(store))
    last = next((each.size for each in vouched if each), 0) if old is None else old
    reader = open_reader(store, dsn=dsn)
    try:
        click.echo(request(reader, known.note, last), nl=False)
    finally:
        reader.close()


@witness.command("add")
@LEDGER
@KEY
@click.argument("line", type=click.File("r"), default="-")
def add_(store: Path, *, key: Path, line: IO[str]) -> None:
    """Put a witness's signature beside the log's own, on the checkpoint that it is over.

    Exit code 5: it is not its signature over any checkpoint here.
    """
    said, reads = line.read(MOST_BYTES), read_witness_key(key.read_text("utf-8"))
    for path in _notes(store):
        try:
            grown = add(path.read_bytes(), said, reads)
        except ProofFailed:
            continue
        size = int(path.stem)
        write_durably(checkpoint_path(layout.checkpoints(store), size), grown)
        click.echo(f"{reads.name} vouches for the first {size:,} facts")
        return
    raise ProofFailed(f"this is not {reads.name}'s signature over a checkpoint here")


def _notes(store: Path) -> list[Path]:
    """Give the checkpoints, the largest first."""
    return sorted(layout.checkpoints(store).glob("*.note"), reverse=True)
