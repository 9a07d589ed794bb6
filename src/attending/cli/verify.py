"""`attending verify`: tell whether the audit log was altered."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from attending.errors import Refused
from attending.ledger.verify import verify as verify_ledger

if TYPE_CHECKING:
    from attending.ledger.offline_verifier import Verification

PROOF_FAILED = 5


@click.command()
@click.argument("directory", default=".", type=click.Path(path_type=Path, file_okay=False))
@click.option(
    "--key",
    "keys",
    multiple=True,
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="A public key that you got elsewhere; the ledger's own when none is given.",
)
@click.option("--dsn", help="PostgreSQL connection string, when the facts are kept there.")
@click.option("-o", "--output", type=click.Choice(["text", "json"]), default="text")
def verify(directory: Path, keys: tuple[Path, ...], dsn: str | None, output: str) -> None:
    """Check every fact of the ledger in DIRECTORY against what was signed.

    Exit code 0: nothing was altered. 5: something was, or is missing.
    """
    try:
        found = verify_ledger(directory, keys=keys, dsn=dsn)
    except Refused as refused:
        click.echo(str(refused), err=True)
        raise SystemExit(1) from refused
    if output == "json":
        click.echo(json.dumps(found._asdict(), sort_keys=True))
    else:
        click.echo(sentence(found))
    if not keys:
        click.echo("The public key came from the ledger's own folder; --key takes one.", err=True)
    if found.because:
        raise SystemExit(PROOF_FAILED)


def sentence(found: Verification) -> str:
    """Say what was found, so that a compliance officer can quote it."""
    if found.because:
        where = "" if found.first_bad is None else f" The first in doubt is fact {found.first_bad}."
        return f"The audit log does not verify: {found.because}.{where}"
    signed = found.size - found.beyond
    seals = _count(found.checkpoints, "signed checkpoint")
    parts = [
        f"The audit log verifies: {_count(signed, 'fact')} unaltered, in order, under {seals}.",
    ]
    if found.beyond:
        parts.append(f"{_count(found.beyond, 'fact')} after the last checkpoint not signed yet.")
    if found.erased:
        parts.append(f"{_count(found.erased, 'fact')} erased, each by a signed fact that says why.")
    return " ".join(parts)


def _count(n: int, noun: str) -> str:
    return f"{n:,} {noun}{'' if n == 1 else 's'}"
