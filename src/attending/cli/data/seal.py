"""`attending seal`: seal what lies on disk of patients and of models, or change its key."""

from __future__ import annotations

from pathlib import Path

import click

from attending.cli.speaking.options import OUTPUT
from attending.cli.speaking.telling import tell
from attending.errors import Refused
from attending.lake.at_rest import check_outside, seal_lake
from attending.ledger.key_file import key_in
from attending.sealed import seal_file


@click.command()
@click.option("--key", required=True, type=click.Path(path_type=Path), help="Key file, elsewhere.")
@click.option("--store", type=click.Path(path_type=Path, exists=True), help="Its lake is sealed.")
@click.option("--model", "models", multiple=True, type=click.Path(path_type=Path), help="A file.")
@OUTPUT
def seal(*, key: Path, store: Path | None, models: tuple[Path, ...], output: str) -> None:
    """Seal every raw file and table of a store, now and from now on; or models' files.

    The key is drawn where there is none, and lies outside the store; without it nothing can be
    read again, so keep a copy. With another key than before, every file is written anew under it.
    Whatever is interrupted goes on when it is asked again. A sealed model is read where
    ATTENDING_MODEL_KEY names the key's file.
    """
    if store is None and not models:
        raise Refused("say what is to be sealed", accepted=["--store DIR", "--model FILE"])
    if store is not None:
        check_outside(store / "lake", key)
    key_in(key)
    n = 0 if store is None else seal_lake(store / "lake", key)
    n += sum(seal_file(path, key) for path in models)
    told = {"schema": "sealed/1", "files": n, "key_file": str(key)}
    tell(told, [f"{n:,} files sealed, with the key in {key}; keep a copy of it"], output)
