"""`attending evidence`: what an auditor takes away, and what may be forgotten, by which rule."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from attending.cli.speaking.opening import reopen_books
from attending.cli.speaking.options import STORE
from attending.errors import GateNotMet, Refused
from attending.loops.system import retention
from attending.loops.system.binders import SUFFIX, wanted
from attending.loops.system.binders import build as built
from attending.loops.system.binders import person as who

if TYPE_CHECKING:
    from attending.loops.system.binders import Made

OUTPUT = click.option("--output", type=click.Choice(["text", "json"]), default="text")
PERSON = click.option("--as", "person", required=True, help="Who, as committees name them.")


@click.group()
def evidence() -> None:
    """Build binders that verify offline; hold, keep and erase by rule.

    Exit code 4: a rule, a legal hold or a decision in force forbids it. 5: the ledger does not
    verify.
    """


@evidence.command()
@click.option("--use-case", default="", help="One use case; all of them when none is named.")
@click.option("--site", default="", help="One site; all of them when none is named.")
@click.option("--patient", default="", help="One patient's pseudonym.")
@click.option("--since", default="", help="A date, in UTC; that day is in.")
@click.option("--until", default="", help="A date, in UTC; that day is in.")
@click.option("--question", "questions", type=int, multiple=True, help="By number; else all.")
@click.option(
    "--facts",
    "select",
    type=click.Choice(["scope", "cited"]),
    default="scope",
    show_default=True,
    help="Every fact of the scope, or only those that the answers cite.",
)
@click.option("--as-of", default="", help="A moment, a date, or a number of facts.")
@click.option("--payloads", default="", help="Why what was sealed must be in it, opened.")
@click.option("-o", "file", required=True, type=click.Path(path_type=Path), help="NAME.binder.zip.")
@click.option("--by", "person", default="auditor", show_default=True, help="Who asks for it.")
@STORE
@OUTPUT
def build(
    *,
    use_case: str,
    site: str,
    patient: str,
    since: str,
    until: str,
    questions: tuple[int, ...],
    select: str,
    as_of: str,
    payloads: str,
    file: Path,
    person: str,
    store: Path,
    output: str,
) -> None:
    """Build a binder: answers, the facts they rest on, their proofs, and what checks them.

    The same facts and the same scope give the same bytes. Without --payloads nothing that was
    sealed is in it.
    """
    scope = {
        "use_case": use_case, "site": site, "patient": patient,
        "since": since, "until": until, "select": select,
    }  # fmt: skip
    asked = wanted(scope, questions=questions, as_of=as_of)
    check_file(file)
    with reopen_books(store) as books:
        made = built(books, store, asked, who(person), payloads_because=payloads)
    keep(file, made.raw)
    if output == "json":
        told = msgspec.to_builtins(made.built) | {"schema": "built/1", "file": str(file)}
        click.echo(json.dumps(told, indent=2, sort_keys=True))
    else:
        click.echo("\n".join(lines(made, file)))
    click.echo("Hand the ledger's public key over by another way than the binder.", err=True)


def check_file(file: Path) -> None:
    """Refuse a name that no binder bears, before any work.

    Raises
    ------
    Refused
        It ends otherwise, or has no folder.

    """
    if not file.name.endswith(SUFFIX) or file.name == SUFFIX:
        raise Refused(f"{file.name!r} is no name of a binder", accepted=[f"NAME{SUFFIX}"])
    if not file.parent.is_dir():
        raise Refused("there is no such folder", where=str(file.parent))


def keep(file: Path, raw: bytes) -> None:
    """Write a binder; one that is there under this name and differs stays.

    Raises
    ------
    Refused
        Another binder bears this name.

    """
    if file.exists():
        if file.read_bytes() == raw:
            return
        raise Refused("another file bears this name; nothing is written over", where=str(file))
    file.write_bytes(raw)


def lines(made: Made, file: Path) -> list[str]:
    """Tell of a binder."""
    told, counts = made.built, made.built.counts
    erased = f", {counts['erased']:,} of them erased" if counts["erased"] else ""
    said = [f"{file.name}: {counts['facts']:,} facts{erased}, {counts['answers']} answers"]
    for number, status in made.statuses.items():
        if status != "answered":
            said.append(f"  question {number}: {status.replace('_', ' ')}")
    said.append(f"under {told.ledger_size:,} facts, root {told.root}")
    said.append(f"sha256 {told.digest}")
    return said


@evidence.command()
@click.argument("folder", required=False, type=click.Path(path_type=Path, file_okay=False))
@PERSON
@STORE
def adopt(*, folder: Path | None, person: str, store: Path) -> None:
    """Put the retention rules of FOLDER in force, in the place of those before.

    Without FOLDER, the rules that are shipped. Before any are adopted, nothing is ever due.
    Read each one's source, and how far it was checked, first: `attending evidence rules`.
    """
    rules = retention.rules_in(folder)
    with reopen_books(store) as books:
        is_new = retention.adopt(books, rules, who(person))
    click.echo(f"{len(rules)} rules are in force" + ("" if is_new else ", as they were before"))


@evidence.command()
@click.argument("folder", required=False, type=click.Path(path_type=Path, file_okay=False))
@OUTPUT
def rules(*, folder: Path | None, output: str) -> None:
    """List the retention rules of FOLDER, or those that are shipped, with their sources."""
    found = retention.rules_in(folder)
    if output == "json":
        click.echo(json.dumps(msgspec.to_builtins(found), indent=2, sort_keys=True))
        return
    for rule in found:
        click.echo(f"{rule.rule} ({rule.duty}): {rule.title}")
        click.echo(f"    {rule.source}; {rule.checked}")


@evidence.command()
@click.argument("name")
@click.option("--use-case", default="", help="One use case; everything when none is named.")
@click.option("--site", default="", help="One site; everything when none is named.")
@click.option("--why", required=True, help="Why; kept sealed, its digest goes on record.")
@PERSON
@STORE
def hold(*, name: str, use_case: str, site: str, why: str, person: str, store: Path) -> None:
    """Place legal hold NAME: nothing in its reach is erased until it is lifted."""
    with reopen_books(store) as books:
        is_new = retention.place(books, name, who(person), why=why, reach=(use_case, site))
    click.echo(f"legal hold {name} is in force" + ("" if is_new else ", as it was before"))


@evidence.command()
@click.argument("name")
@click.option("--why", required=True, help="Why; kept sealed, its digest goes on record.")
@PERSON
@STORE
def lift(*, name: str, why: str, person: str, store: Path) -> None:
    """Lift legal hold NAME."""
    with reopen_books(store) as books:
        was = retention.lift(books, name, who(person), why=why)
    click.echo(f"legal hold {name} is lifted" + ("" if was else ", as it was before"))


@evidence.command()
@STORE
@OUTPUT
def due(*, store: Path, output: str) -> None:
    """List what is due for deletion today, under which rule, and what blocks it."""
    with reopen_books(store) as books:
        found = retention.listed(books)
    if output == "json":
        click.echo(json.dumps([asdict(each) for each in found.found], indent=2))
        return
    if found.kept.rules is None:
        click.echo("No retention rule was adopted, so that nothing is due.")
    elif not found.found:
        click.echo(f"Nothing is due, under {len(found.kept.rules.rules)} rules.")
    for (rule, blocked), n in Counter((d.rule, d.blocked) for d in found.found).items():
        click.echo(f"{rule}: {n:,} due" + (f", and blocked: {blocked}" if blocked else ""))


@evidence.command()
@click.option("--rule", required=True, help="The schedule under which it is due.")
@PERSON
@click.option("--with", "second", required=True, help="A second person, who agrees.")
@STORE
def erase(*, rule: str, person: str, second: str, store: Path) -> None:
    """Erase what is due under a schedule; two persons say so, and every proof still holds.

    The facts' leaf hashes stay, and a signed fact accounts for each. What a legal hold, a longer
    rule or a decision in force needs stays whole. It cannot be undone.
    """
    if who(person).person == who(second).person:
        raise GateNotMet("two persons erase, and these are one", where="--with")
    with reopen_books(store) as books:
        asked = retention.ask(books, rule, who(person))
        if asked is not None:
            retention.agree(books, asked.digest, who(second))
    if asked is None:
        click.echo("Nothing is due, so that nothing was erased.")
        return
    click.echo(f"erased: {len(asked.indexes):,} facts, {len(asked.payloads):,} payloads")
    click.echo(f"under {asked.digest}")
