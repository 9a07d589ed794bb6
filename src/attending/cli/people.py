"""People: who may sign in here, in which roles, and where."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

from attending import shapes
from attending.admit import read_lone
from attending.cli.speaking.opening import reopen_books
from attending.cli.speaking.options import OUTPUT, STORE
from attending.cli.speaking.telling import tell
from attending.clock import stamp
from attending.errors import NoSuchName
from attending.facts.people import AccessReviewed, Departed, Role, RoleEnded, ViewReviewed
from attending.ledger.open_reader import open_reader
from attending.loops.system.people import Voice, declare, known, review, say, settle
from attending.spec.people import PeopleDeclared
from attending.spec.person import ROLES
from attending.wiring import live_clock, open_books

if TYPE_CHECKING:
    from attending.decide.people import People, Said

BY = click.option("--by", "person", required=True, help="Which admin says so.")
SITES = click.option("--site", "sites", multiple=True, help="Only there; everywhere when none is.")
UNITS = click.option("--unit", "units", multiple=True, help="Only in this unit.")
TOOLS = click.option("--tool", "tools", multiple=True, help="Only for this use case; a vendor's.")


@click.group()
def people() -> None:
    """Say who may sign in, in which roles, and where.

    Until somebody is declared, whoever opens the store may do everything. The first admin is
    named by whoever can open it. Exit code 4: that person may not say so.
    """


@people.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@BY
@STORE
@OUTPUT
def import_(file: Path, *, person: str, store: Path, output: str) -> None:
    """Declare the people that FILE names, with their roles; who is not in it stays as they are."""
    asked, document = read_lone(file, PeopleDeclared, under="")
    for n, each in enumerate(asked.people):
        for m, role in enumerate(each.roles):
            if role.role not in ROLES:
                at = document.where(("people", n, "roles", m, "role"))
                raise NoSuchName(role.role, "the roles there are", ROLES, where=at)
    with open_books(store) as books:
        made = declare(books, asked, Voice(person))
        declared = known(books.reader)
    told = {"schema": "people_imported/1", "new": len(made), "people": len(declared.persons)}
    what = "nothing is new" if not made else f"{len(made)} facts written"
    tell(told, [f"{what}; {len(declared.persons)} people are declared"], output)


@people.command("list")
@STORE
@click.option("--on", "date", default="", help="On this date; today when none is given.")
@OUTPUT
def list_(*, store: Path, date: str, output: str) -> None:
    """List who is declared, what they hold today, and who has left."""
    reader = open_reader(store)
    try:
        declared = known(reader)
    finally:
        reader.close()
    date = date or stamp(live_clock(store).now())[:10]
    rows = [_row(declared, name, date) for name in sorted(declared.persons)]
    lines = [line for row in rows for line in _lines(row)]
    if not rows:
        lines = ["nobody is declared: whoever opens the store may do everything"]
    tell({"schema": "people/1", "on": date, "people": rows}, lines, output)


@people.command()
@click.argument("who")
@click.argument("role")
@SITES
@UNITS
@TOOLS
@click.option("--from", "since", default="", help="First day; today when none is given.")
@click.option("--to", "until", default=None, help="Last day; no end when none is given.")
@BY
@STORE
@OUTPUT
def grant(
    who: str,
    role: str,
    *,
    sites: tuple[str, ...],
    units: tuple[str, ...],
    tools: tuple[str, ...],
    since: str,
    until: str | None,
    person: str,
    store: Path,
    output: str,
) -> None:
    """Give WHO a ROLE; the same role given again takes the place of the earlier one."""
    since = since or stamp(live_clock(store).now())[:10]
    said = Role(person=who, role=role, sites=sites, units=units, tools=tools, since=since, to=until)
    _say(store, said, person=person, line=f"{who} holds {role}", output=output)


@people.command()
@click.argument("who")
@click.argument("role")
@BY
@STORE
@OUTPUT
def revoke(who: str, role: str, *, person: str, store: Path, output: str) -> None:
    """Take a ROLE from WHO; pages refuse what it allowed from the next request on."""
    _say(
        store,
        RoleEnded(person=who, role=role),
        person=person,
        line=f"{who} holds {role} no more",
        output=output,
    )


@people.command()
@click.argument("who")
@BY
@STORE
@OUTPUT
def end(who: str, *, person: str, store: Path, output: str) -> None:
    """Say that WHO has left: no role, no vote and no signature counts from here on."""
    _say(store, Departed(person=who), person=person, line=f"{who} has left", output=output)


@people.command("review")
@click.argument("view", type=int)
@click.option("--found", required=True, type=click.Choice(["proper", "improper"]))
@BY
@STORE
@OUTPUT
def review_(view: int, *, found: str, person: str, store: Path, output: str) -> None:
    """Look into a VIEW that set the rules aside: the index of its fact."""
    reviewed = shapes.convert({"view": view, "found": found, "person": person}, ViewReviewed)
    with reopen_books(store) as books:
        is_new = review(books, reviewed, Voice(person))
    told = {"schema": "view_reviewed/1", "view": view, "found": found, "new": is_new}
    tell(told, [f"view {view} was {found}, says {person}"], output)


@people.command("settle")
@click.argument("whose", type=click.Choice(["person", "patient"]))
@click.argument("who")
@click.argument("on")
@click.option("--found", required=True, type=click.Choice(["proper", "improper"]))
@BY
@STORE
@OUTPUT
def settle_(
    whose: str, who: str, on: str, *, found: str, person: str, store: Path, output: str
) -> None:
    """Look into a day ON which WHO looked at many patients, or many looked at them."""
    said = {"whose": whose, "who": who, "on": on, "found": found, "person": person}
    with reopen_books(store) as books:
        is_new = settle(books, shapes.convert(said, AccessReviewed), Voice(person))
    told = {"schema": "access_reviewed/1", **said, "new": is_new}
    tell(told, [f"the looks of {on} were {found}, says {person}"], output)


def _say(store: Path, said: Said, *, person: str, line: str, output: str) -> None:
    with reopen_books(store) as books:
        is_new = say(books, said, Voice(person))
    told = {"schema": "people_said/1", "person": said.person, "new": is_new}
    tell(told, [line if is_new else f"{line}: that stands already"], output)


def _row(declared: People, name: str, date: str) -> dict[str, Any]:
    held = declared.held(name, date)
    return {
        "person": name,
        "printed_name": declared.persons[name].printed_name,
        "signs_in_by_provider": bool(declared.persons[name].subject),
        "departed": name in declared.departed,
        "roles": [msgspec.to_builtins(role) for role in held],
    }


def _lines(row: dict[str, Any]) -> list[str]:
    gone = ", has left" if row["departed"] else ""
    lines = [f"{row['person']} ({row['printed_name']}){gone}"]
    for role in row["roles"]:
        bounds = [", ".join(role[k]) for k in ("sites", "units", "tools") if role.get(k)]
        until = f", to {role['to']}" if role.get("to") else ""
        where = f" at {'; '.join(bounds)}" if bounds else ""
        lines.append(f"  {role['role']}{where}, from {role['from']}{until}")
    return lines if row["roles"] or row["departed"] else [*lines, "  no role today"]
