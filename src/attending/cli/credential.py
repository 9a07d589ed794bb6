"""`attending credential`: the keys by which systems call, and which of them may no more."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from attending.cli.speaking.opening import reopen_books
from attending.cli.speaking.options import OUTPUT, STORE
from attending.cli.speaking.telling import tell
from attending.ledger.open_reader import open_reader
from attending.loops.system.credentials import known, register, retire
from attending.loops.system.people import Voice
from attending.serve.clients import credentials_of
from attending.serve.standalone import read_clients
from attending.wiring import open_books

if TYPE_CHECKING:
    from attending.facts.credential import Credential

BY = click.option("--by", "person", required=True, help="Which admin says so.")


@click.group()
def credential() -> None:
    """Put callers' keys on record, and take them out of use.

    A key goes by its thumbprint, as RFC 7638 has it. Exit code 4: that person may not say so.
    """


@credential.command("register")
@click.argument("file", type=click.Path(path_type=Path))
@BY
@STORE
@OUTPUT
def register_(file: Path, *, person: str, store: Path, output: str) -> None:
    """Put the keys in FILE on record: the file of callers that `attending serve` is given."""
    found = [each for client in read_clients(file) for each in credentials_of(client)]
    with open_books(store) as books:
        new = register(books, found, Voice(person))
    what = "nothing is new" if not new else f"{len(new)} keys registered"
    lines = [f"{what}; the file holds {len(found)}", *map(_line, new)]
    tell({"schema": "credentials_registered/1", "new": msgspec.to_builtins(new)}, lines, output)


@credential.command("retire")
@click.argument("key")
@click.option("--reason", required=True, help="Why; it is sealed.")
@BY
@STORE
@OUTPUT
def retire_(key: str, *, reason: str, person: str, store: Path, output: str) -> None:
    """Take KEY out of use; every gateway refuses it with its next snapshot, and for good.

    KEY is a thumbprint, or its first characters: eight or more.
    """
    with reopen_books(store) as books:
        was = retire(books, key, Voice(person), why=reason)
    line = f"{key} is retired" if was else f"{key} was retired already"
    tell({"schema": "credential_retired/1", "key": key, "new": was}, [line], output)


@credential.command("list")
@STORE
@OUTPUT
def list_(*, store: Path, output: str) -> None:
    """List the keys on record, and which of them are retired."""
    reader = open_reader(store)
    try:
        keys = [*known(reader).keys.values()]
    finally:
        reader.close()
    lines = [_line(each) for each in keys] or ["no key is on record"]
    tell({"schema": "credentials/1", "credentials": msgspec.to_builtins(keys)}, lines, output)


def _line(each: Credential) -> str:
    where = ", ".join(each.sites) or "no site"
    return f"{each.key}  {each.state:<10}  {each.client}, for {where}"
