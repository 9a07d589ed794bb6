"""`attending verify`: tell whether the audit log, or a binder taken from it, was altered."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from attending.clock import stamp
from attending.errors import ProofFailed, Refused
from attending.ledger.open_reader import open_reader
from attending.ledger.verify import verify as verify_ledger
from attending.ledger.verify import verify_binder, verify_until, witnessed
from attending.ledger.witness import read_witness_key
from attending.report.asked_again import differing

if TYPE_CHECKING:
    from attending.ledger.offline_verifier import Verification

PROOF_FAILED = 5
FILE = click.Path(path_type=Path, exists=True, dir_okay=False)


@click.command()
@click.argument("what", default=".", type=click.Path(path_type=Path))
@click.option(
    "--key",
    "keys",
    multiple=True,
    type=FILE,
    help="A public key that you got elsewhere; the ledger's own when none is given.",
)
@click.option(
    "--ledger",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="For a binder: its ledger's folder, to tell whether a fact was left out.",
)
@click.option("--dsn", help="PostgreSQL connection string, when the facts are kept there.")
@click.option("--witness", type=FILE, help="For a ledger: a witness's public key, got from it.")
@click.option(
    "--witnessed", "note", type=FILE, help="The checkpoint that the witness itself keeps."
)
@click.option("-o", "--output", type=click.Choice(["text", "json"]), default="text")
def verify(
    what: Path,
    *,
    keys: tuple[Path, ...],
    ledger: Path | None,
    dsn: str | None,
    witness: Path | None,
    note: Path | None,
    output: str,
) -> None:
    """Check WHAT against what was signed: a ledger's folder, or a NAME.binder.zip.

    A binder needs --key; its own copy of anything proves nothing. With --ledger its facts are
    chosen again and its questions asked again.

    Whoever holds a ledger and its signing key could write another history. With --witness the
    ledger must be one that a witness saw grow; the note that it keeps itself is the stronger.

    Exit code 0: nothing was altered. 5: something was, or is missing.
    """
    try:
        if what.is_file():
            because = _tell_binder(what.read_bytes(), keys, ledger, output)
        else:
            because = _tell_ledger(what, keys, _Seen(witness, note), dsn=dsn, output=output)
    except Refused as refused:
        click.echo(str(refused), err=True)
        raise SystemExit(1) from refused
    if because:
        raise SystemExit(PROOF_FAILED)


def _tell_ledger(
    directory: Path, keys: tuple[Path, ...], seen: _Seen, *, dsn: str | None, output: str
) -> str:
    found = verify_ledger(directory, keys=keys, dsn=dsn)
    vouched = None
    if not found.because:
        try:
            vouched = seen.held_against(directory, dsn)
        except ProofFailed as failed:
            found = found._replace(because=str(failed), first_bad=failed.index)
    if output == "json":
        told = found._asdict() | ({"witnessed": vouched} if seen.witness else {})
        click.echo(json.dumps(told, sort_keys=True))
    else:
        click.echo(f"{sentence(found)}{_vouched(vouched)}")
    if not keys:
        click.echo("The public key came from the ledger's own folder; --key takes one.", err=True)
    return found.because


class _Seen(NamedTuple):
    """Whom somebody asks besides, and what they were given by them."""

    witness: Path | None
    note: Path | None

    def held_against(self, directory: Path, dsn: str | None) -> dict[str, Any] | None:
        if self.witness is None:
            if self.note is not None:
                raise Refused("whose checkpoint is it", accepted=["--witness FILE besides"])
            return None
        key = read_witness_key(self.witness.read_text("utf-8"))
        note = None if self.note is None else self.note.read_bytes()
        found = witnessed(directory, key, note=note, dsn=dsn)
        at = stamp(datetime.fromtimestamp(found.at, UTC))
        return {"by": key.name, "size": found.size, "root": found.root.hex(), "at": at}


def _vouched(seen: dict[str, Any] | None) -> str:
    if seen is None:
        return ""
    return f" {seen['by']} saw the first {seen['size']:,} of them stand so on {seen['at'][:10]}."


def _tell_binder(raw: bytes, keys: tuple[Path, ...], ledger: Path | None, output: str) -> str:
    found = verify_binder(raw, keys, ledger)
    if ledger is not None and not found["because"]:
        reader = open_reader(ledger)
        try:
            other = differing(raw, reader, verified=partial(verify_until, ledger))
        finally:
            reader.close()
        found["answered_otherwise"] = list(other)
        if other:
            named = ", ".join(map(str, other))
            found |= {"because": f"asked again, question {named} has another answer"}
    click.echo(json.dumps(found, sort_keys=True) if output == "json" else binder_sentence(found))
    return str(found["because"])


def binder_sentence(found: dict[str, Any]) -> str:
    """Say what was found of a binder, and what was not looked for."""
    if found["because"]:
        bad = found.get("first_bad")
        where = "" if bad is None else f" The first in doubt is fact {bad}."
        return f"The binder does not hold: {found['because']}.{where}"
    erased = f" ({found['erased']:,} erased, each accounted for)" if found["erased"] else ""
    said = (
        f"The binder holds: {_count(found['facts'], 'fact')}{erased} and "
        f"{_count(found['answers'], 'answer')}, unaltered, under the signed root of "
        f"{found['ledger']['size']:,}."
    )
    if "answered_otherwise" in found:
        return f"{said} Nothing was left out, and asked again, the answers are the same."
    return f"{said} Whether a fact was left out takes the ledger: --ledger."


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
