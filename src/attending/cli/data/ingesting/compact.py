"""Write the lake's small files together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from attending.cli.speaking.options import OUTPUT, STORE
from attending.cli.speaking.telling import tell
from attending.errors import Refused
from attending.lake.clinical.store import ClinicalLake
from attending.ledger import layout

if TYPE_CHECKING:
    from pathlib import Path


@click.command()
@STORE
@OUTPUT
def compact(*, store: Path, output: str) -> None:
    """Write small files of the lake's tables together, after many small deliveries.

    No row changes: what holds, and what held at any moment, stays. Files of before stay on the
    disk for whoever reads a table as it was.
    """
    if not layout.database(store).exists() or not (store / "lake").is_dir():
        raise Refused("there is no clinical lake here", where=str(store))
    with ClinicalLake.open(store) as lake:
        done = lake.compact()
    lines = [
        f"{name}: {before:,} file{'s' * (before != 1)}, now {after:,}"
        for name, (before, after) in done.items()
    ]
    tables = [
        {"table": name, "files_before": before, "files": after}
        for name, (before, after) in done.items()
    ]
    tell({"schema": "compacted/1", "tables": tables}, lines or ["no table was written yet"], output)
