"""`attending seal`: seal what a store holds of patients at rest, or change its key."""

from __future__ import annotations

from pathlib import Path

import click

from attending.cli.speaking.options import OUTPUT, STORE
from attending.cli.speaking.telling import tell
from attending.lake.at_rest import check_outside, seal_lake
from attending.ledger.key_file import key_in


@click.command()
@click.option("--key", required=True, type=click.Path(path_type=Path), help="Key file, elsewhere.")
@STORE
@OUTPUT
def seal(*, key: Path, store: Path, output: str) -> None:
    """Seal every raw file and table of a store, now and from now on.

    The key is drawn where there is none, and lies outside the store; without it nothing can be
    read again, so keep a copy. With another key than before, every file is written anew under it.
    Whatever is interrupted goes on when it is asked again.
    """
    check_outside(store / "lake", key)
    key_in(key)
    n = seal_lake(store / "lake", key)
    told = {"schema": "sealed/1", "files": n, "key_file": str(key)}
    tell(told, [f"{n:,} files sealed; every file is, with the key in {key}"], output)
