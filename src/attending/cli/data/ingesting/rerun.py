"""Read again what is set aside."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from attending.cli.speaking.opening import reopen_books
from attending.cli.speaking.options import OUTPUT, STORE
from attending.cli.speaking.telling import tell
from attending.lake.clinical.store import ClinicalLake
from attending.loops.data.deliver import Delivery

if TYPE_CHECKING:
    from pathlib import Path


@click.command()
@STORE
@OUTPUT
def rerun(*, store: Path, output: str) -> None:
    """Read every raw file again of which something is set aside.

    What can be read now is taken in and released; what was taken in before is said already.
    """
    with reopen_books(store) as books, ClinicalLake.open(store) as lake:
        done = [
            {
                "raw": batch.raw,
                "site": batch.site,
                "source": batch.source,
                "rows": loaded.rows,
                "released": loaded.released,
                "parked": loaded.parked,
            }
            for batch, loaded in Delivery(lake, books).again()
        ]
    lines = [
        f"{each['site']}/{each['source']}: raw {str(each['raw'])[:12]}: {each['released']} "
        f"released, {each['rows']} rows stored"
        for each in done
    ]
    tell({"schema": "rerun/1", "files": done}, lines or ["nothing is set aside"], output)
