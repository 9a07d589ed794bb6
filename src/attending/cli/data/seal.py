"""`attending seal`: seal what lies on disk of patients and of models, change its key, or tell."""

from __future__ import annotations

from pathlib import Path

import click

from attending.cli.speaking.options import OUTPUT
from attending.cli.speaking.telling import tell
from attending.errors import Refused
from attending.lake.at_rest import EXPORTS, WIRE, AtRest, check_outside, seal_lake
from attending.lake.seal_store import DROPPED, Lies, Sealed, how_it_lies, seal_store
from attending.ledger import layout
from attending.ledger.key_file import key_in
from attending.sealed import seal_file

PARTS = ("ledger.db", "lake", EXPORTS, WIRE, DROPPED)  # what a store holds, one at least
COMES = {
    True: "sealed: so is all that comes",
    False: "not sealed: what comes lies in the clear until seal --key FILE is asked",
}


@click.command()
@click.option("--key", type=click.Path(path_type=Path), help="Key file, elsewhere.")
@click.option("--store", type=click.Path(path_type=Path), help="A store.")
@click.option("--export", type=click.Path(path_type=Path), help="A folder of exports elsewhere.")
@click.option("--model", "models", multiple=True, type=click.Path(path_type=Path), help="A file.")
@OUTPUT
@click.pass_context
def seal(
    ctx: click.Context,
    *,
    key: Path | None,
    store: Path | None,
    export: Path | None,
    models: tuple[Path, ...],
    output: str,
) -> None:
    """Seal all that a store keeps of patients, now and from now on; or exports, or models' files.

    The key is drawn where there is none, and lies outside the store; without it nothing can be
    read again, so keep a copy. With another key than before, everything is written anew under it.
    Whatever is interrupted goes on when it is asked again. A sealed model is read where
    ATTENDING_MODEL_KEY names the key's file.

    Without --key it tells how a store lies, and changes nothing; exit code 4 where patients' data
    lie in the clear.
    """
    if store is None and export is None and not models:
        accepted = ["--store DIR", "--export DIR", "--model FILE"]
        raise Refused("say what is to be sealed", accepted=accepted)
    for folder in (store, export):
        if folder is not None and key is not None:
            check_outside(folder, key)
    if store is not None:
        _check_store(store, begins=key is not None)
    if key is None:
        if store is None:
            raise Refused("say with which key", accepted=["--key FILE"])
        found = how_it_lies(store)
        is_sealed = AtRest(store / "lake").is_sealed
        places = [each._asdict() for each in found]
        told = {"schema": "at_rest/1", "sealed": is_sealed, "places": places}
        tell(told, [COMES[is_sealed], *map(_line, found)], output)
        ctx.exit(4 if any(each.clear for each in found) else 0)
    if export is not None:
        _check_apart(export)
    if not key.exists():
        for folder in (store and store / "lake", export):
            AtRest(folder)  # refuses without the key of before, so that none is drawn in vain
    key_in(key)
    files, messages = Sealed(0, 0) if store is None else seal_store(store, key)
    files += 0 if export is None else seal_lake(export, key)
    files += sum(seal_file(path, key) for path in models)
    answer = {"schema": "sealed/1", "files": files, "messages": messages, "key_file": str(key)}
    also = f" and {messages:,} messages" if messages else ""
    lines = [f"{files:,} files{also} sealed, with the key in {key}; keep a copy of it"]
    tell(answer, lines, output)


def _check_store(store: Path, *, begins: bool) -> None:
    """Refuse a folder that is no store; one that holds nothing yet may begin as a sealed one."""
    if not store.is_dir():
        accepted = ["a store's folder; an empty one, to seal all that will be stored in it"]
        raise Refused("there is no such folder", where=str(store), accepted=accepted)
    if begins and store.is_dir() and not any(store.iterdir()):
        return
    if not any((store / part).exists() for part in PARTS):
        raise Refused("this is no store: none of a store's parts is in it", where=str(store))


def _check_apart(export: Path) -> None:
    """Refuse exports in a store, or a store among them: what seals the store seals them.

    A folder that is not there is refused as well: nothing in it would be sealed, and what is
    fetched into the one that was meant would lie in the clear.
    """
    if not export.is_dir():
        accepted = ["a folder of exports; an empty one, to seal what is fetched into it"]
        raise Refused("there is no such folder", where=str(export), accepted=accepted)
    for ledger in export.rglob(layout.database(export).name):
        raise Refused("a store lies here", where=str(export), accepted=[f"--store {ledger.parent}"])
    for folder in export.resolve().parents:
        if (folder / "lake").is_dir():
            raise Refused("these exports lie in a store", accepted=[f"--store {folder}"])


def _line(lies: Lies) -> str:
    if not lies.total:
        return f"{lies.place}: no {lies.holds}"
    if not lies.clear:
        return f"{lies.place}: {lies.total:,} {lies.holds}, all sealed"
    lie = f"{lies.place}: {lies.clear:,} of {lies.total:,} {lies.holds} lie in the clear"
    if lies.may_be:
        return f"{lie}; seal --key FILE seals them"
    return f"{lie}, as others dropped them; remove what is taken in and waits for nothing"
