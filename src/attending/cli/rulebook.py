"""Rulebook: which rules there are, which are met, and which bind here."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from attending.cli.speaking.opening import reopen_books
from attending.cli.speaking.options import OUTPUT, STORE
from attending.cli.speaking.telling import tell
from attending.clock import stamp
from attending.errors import NoSuchName
from attending.ledger.open_reader import open_reader
from attending.loops.declare import own_rulebooks
from attending.loops.obligations import Governance, checkups, declared_by, owed
from attending.loops.rulebooks import shipped
from attending.loops.tiering import Speaker, all_heard, confirm
from attending.report.evidence import evidence
from attending.spec.rulebook import NOT_LEGAL_ADVICE
from attending.wiring import live_clock

if TYPE_CHECKING:
    from attending.facts.duties import Checkup

READ = {"V": "read in its own text", "V2": "read at second hand", "M": "not verified"}


@click.group()
def rulebook() -> None:
    """List rulebooks, hold a use case against them, and confirm a rule. Not legal advice.

    A rule that was only read at second hand warns; one that was not verified informs. To
    block, it must have been read in its own text, here or by who wrote the rulebook.
    """


@rulebook.command("list")
@click.option(
    "--store", type=click.Path(path_type=Path), help="A ledger's folder: its own rulebooks too."
)
@OUTPUT
def list_(store: Path | None, output: str) -> None:
    """List every version of every rulebook, where it holds, and how well it was read."""
    books = shipped()
    if store is not None:
        reader = open_reader(store)
        try:
            books = (*books, *own_rulebooks(reader))
        finally:
            reader.close()
    if output == "json":
        told = [msgspec.to_builtins(book) for book in books]
        click.echo(json.dumps({"notice": NOT_LEGAL_ADVICE, "rulebooks": told}, indent=2))
        return
    for book in books:
        until = f" until {book.in_force.to}" if book.in_force.to else ""
        click.echo(f"{book.id} {book.version}: {book.title}")
        click.echo(
            f"    {book.jurisdiction}, {book.status}, from {book.in_force.from_}{until}; "
            f"{len(book.rules)} rules, {READ[book.source.checked]}"
        )
    click.echo(NOT_LEGAL_ADVICE)


@rulebook.command()
@click.argument("usecase")
@click.option("--rulebook", "only", default="", help="One rulebook; all that hold otherwise.")
@click.option("--as-of", default="", help="A moment, a date, or a number of facts.")
@STORE
@OUTPUT
def check(usecase: str, *, only: str, as_of: str, store: Path, output: str) -> None:
    """Hold USECASE against the rulebooks in force, each row with the facts that prove it."""
    reader = open_reader(store)
    try:
        facts = evidence(reader, as_of)
        date = stamp(facts.asked or live_clock(store).now())[:10]
        folder = declared_by(reader, usecase, facts.size)
        known = {book.id for book in (*shipped(), *folder.rulebooks.values())}
        if only and only not in known:
            raise NoSuchName(only, "the rulebooks", known)
        found = owed(folder, all_heard(reader, facts.size), date)
        rules = tuple(each for each in found.rules if only in ("", each.book.id))
        rows = checkups(Governance(reader, facts.size), usecase, rules, date)
    finally:
        reader.close()
    if output == "json":
        told = {
            "schema": "rulebook_check/1",
            "use_case": usecase,
            "date": date,
            "notice": NOT_LEGAL_ADVICE,
            "places_not_known": list(found.unplaced),
            "rows": [msgspec.to_builtins(row) | {"word": row.word} for row in rows],
        }
        click.echo(json.dumps(told, indent=2))
        return
    click.echo("\n".join([*[_line(each) for each in rows], *_unplaced(found.unplaced)]))
    click.echo(NOT_LEGAL_ADVICE)


@rulebook.command("confirm")
@click.argument("rule")
@click.option("--version", default="", help="Which version; the one that began last otherwise.")
@click.option("--as", "person", required=True, help="Who: a compliance officer on a committee.")
@click.option("--read-where", required=True, help="Where it was read; kept sealed.")
@STORE
@OUTPUT
def confirm_(
    rule: str, *, version: str, person: str, read_where: str, store: Path, output: str
) -> None:
    """Confirm RULE, such as us-1557/identify, as read in its own text: from then on it binds here.

    Exit code 4: the person is no compliance officer on a committee here.
    """
    with reopen_books(store) as books:
        is_new = confirm(books, rule, version, Speaker(person), read_where=read_where)
    told = {"schema": "confirmed_rule/1", "rule": rule, "by": person, "new": is_new}
    line = f"{rule} is confirmed by {person}" if is_new else f"{rule} was confirmed already"
    tell(told, [line], output)


def _line(row: Checkup) -> str:
    cites = f" (facts {', '.join(map(str, row.cites))})" if row.cites else ""
    return f"{row.name} {row.version}, {row.force}: {row.word}; {row.because}{cites}"


def _unplaced(sites: tuple[str, ...]) -> list[str]:
    return [f"jurisdiction not known: {', '.join(sites)}"] if sites else []
