"""List what is set aside."""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

import click
import msgspec

from attending.cli.speaking.options import OUTPUT, STORE
from attending.cli.speaking.telling import tell
from attending.errors import NoSuchName, Refused
from attending.facts.data.parked import Reason
from attending.lake.clinical.store import ClinicalLake
from attending.ledger import layout

if TYPE_CHECKING:
    from pathlib import Path


@click.command()
@click.option("--reason", help="Only what was set aside for this reason.")
@STORE
@OUTPUT
def parked(*, reason: str | None, store: Path, output: str) -> None:
    """List what could not be read and still waits: where it lies, and why."""
    if not layout.database(store).exists():
        raise Refused("there is no ledger here", where=str(store))
    if reason not in (None, *get_args(Reason)):
        raise NoSuchName(
            str(reason), "the reasons for which something is set aside", get_args(Reason)
        )
    with ClinicalLake.open(store) as lake:
        waiting = [each for each in lake.parked() if reason in (None, each.reason)]
    lines = [
        f"{each.site}/{each.source}: raw {each.raw[:12]} at byte {each.offset:,}, "
        f"{each.length:,} long: {each.stage}, {each.reason}"
        + (f" at {each.path}" if each.path else "")
        for each in waiting
    ]
    told = {"schema": "parked/1", "parked": msgspec.to_builtins(waiting)}
    tell(told, lines or ["nothing is set aside"], output)
