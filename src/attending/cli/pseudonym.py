"""`attending pseudonym`: the names under which a gateway knows people."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from attending.serve.pseudonym import pseudonyms_of


@click.command()
@click.option("--store", required=True, type=click.Path(path_type=Path), help="Ledger folder.")
@click.option(
    "--of",
    "kind",
    type=click.Choice(["user", "patient", "encounter"]),
    default="user",
    show_default=True,
    help="What the ids are of.",
)
def pseudonym(store: Path, kind: str) -> None:
    """Turn ids, one a line on standard input, into pseudonyms, one a line.

    The pilot users of a wave are written so: rollout.yaml, plans and snapshots hold no id.
    Ids are as the EHR sends them, such as Practitioner/42.
    """
    names = pseudonyms_of(store, begins=False)
    for line in sys.stdin:
        click.echo(names.of(kind, line.strip()))
