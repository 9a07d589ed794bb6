"""Inventory: what AI there is, from the workbook people keep; its doubts answered; given back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

from attending.cli.speaking.opening import reopen_books
from attending.cli.speaking.options import OUTPUT, STORE
from attending.cli.speaking.telling import tell
from attending.facts.fact import By
from attending.facts.inventory_columns import written
from attending.ingest.workbook import bytes_of
from attending.ledger import layout
from attending.ledger.durable_file import write_durably
from attending.loops.system import inventory as inventories
from attending.wiring import open_books

if TYPE_CHECKING:
    from attending.decide.tools.inventory import Inventory
    from attending.facts.tool import Doubt

PERSON = click.option("--as", "person", required=True, help="Who, as committees name them.")
FILE = click.Path(path_type=Path, dir_okay=False)


@click.group()
def inventory() -> None:
    """Take in the workbook of AI tools, answer what is doubtful in it, and give it back.

    A cell that does not plainly say its value is not guessed at: it is a doubt, until a
    person answers it.
    """


@inventory.command("import")
@click.argument("file", type=FILE)
@click.option("--sheet", default="", help="Which sheet, where several hold an inventory.")
@PERSON
@STORE
@OUTPUT
def import_(file: Path, *, sheet: str, person: str, store: Path, output: str) -> None:
    """Import FILE, an .xlsx or .csv workbook; the same file again writes nothing."""
    raw = bytes_of(file)
    with open_books(store) as books:
        made = inventories.import_(books, raw, person, sheet=sheet)
    for note in made.notes:
        click.echo(note, err=True)
    if output == "json":
        told = msgspec.to_builtins(made) | {"schema": "imported/1"}
        told["doubts"] = [_doubt_plain(tool, doubt) for tool, doubt in made.doubts]
        click.echo(json.dumps(told, indent=2, sort_keys=True))
        return
    click.echo(f"{made.rows} tools in sheet {made.sheet}: {len(made.written)} new or changed")
    for name in made.vanished:
        click.echo(f"{name} is gone from the workbook, and is kept here")
    click.echo(f"{len(made.doubts)} cells are doubtful")
    for tool, doubt in made.doubts:
        click.echo(_doubt_line(tool, doubt))
    if made.doubts:
        click.echo("answer one: attending inventory answer DOUBT VALUE --as YOU --store DIR")


@inventory.command()
@click.argument("file", type=FILE)
@STORE
@OUTPUT
def export(file: Path, *, store: Path, output: str) -> None:
    """Write the workbook to FILE: the very bytes, or only the edited cells changed."""
    with reopen_books(store) as books:
        made = inventories.export(books, layout.payload_key(store))
    write_durably(file, made.raw)
    for each in made.left_out:
        click.echo(f"the workbook has no cell for {each}", err=True)
    if output == "json":
        told = {"schema": "exported/1", "edited": made.edited, "left_out": list(made.left_out)}
        click.echo(json.dumps(told, indent=2, sort_keys=True))
        return
    cells = ", ".join(sorted(made.edited))
    click.echo(f"{len(made.edited)} cells edited: {cells}" if cells else "as it was imported")


@inventory.command("list")
@click.option("--doubts", is_flag=True, help="Only what is doubtful.")
@STORE
@OUTPUT
def list_(*, doubts: bool, store: Path, output: str) -> None:
    """List every tool with what is claimed of it, and its doubtful cells."""
    with reopen_books(store) as books:
        known = inventories.current(books.reader)
    if output == "json":
        click.echo(json.dumps(_plain(known), indent=2, sort_keys=True))
        return
    for name, listed in known.tools.items():
        tool = listed.tool
        if not doubts:
            same = f", the same as {listed.same_as}" if listed.same_as else ""
            gone = ", gone from the workbook" if listed.is_gone else ""
            status = (tool.claimed_status or "not known").replace("_", " ")
            owner = tool.owner or "not known"
            click.echo(f"{name}: {tool.name}; said to be {status}; owner {owner}{same}{gone}")
        for doubt in listed.doubts:
            click.echo(_doubt_line(name, doubt))


@inventory.command()
@click.argument("doubt")
@click.argument("value")
@PERSON
@STORE
@OUTPUT
def answer(doubt: str, value: str, *, person: str, store: Path, output: str) -> None:
    """Answer DOUBT, by its id, with VALUE; `not known` is an answer too.

    Where two tools share a name: the id of the tool it is the same as, or `no`.
    """
    with reopen_books(store) as books:
        by = By(person=person, via="cli")
        tool, found, taken = inventories.answer(books, doubt, value, by)
    told = {"schema": "answered/1", "tool": tool, "field": found.field, "value": taken}
    line = f"{tool}: {found.field} is {written(taken) or 'not known'}"
    tell(told, [line], output)


@inventory.command("set")
@click.argument("tool")
@click.argument("field")
@click.argument("value")
@PERSON
@STORE
@OUTPUT
def set_(tool: str, field: str, value: str, *, person: str, store: Path, output: str) -> None:
    """Set FIELD of TOOL to VALUE; it stands until the workbook says something else there."""
    with reopen_books(store) as books:
        by = By(person=person, via="cli")
        is_new = inventories.set_(books, tool, (field, value), by)
    told = {"schema": "edited/1", "tool": tool, "field": field, "new": is_new}
    line = f"{tool}: {field} is set" if is_new else f"{tool}: {field} says so already"
    tell(told, [line], output)


def _doubt_plain(tool: str, doubt: Doubt) -> dict[str, Any]:
    plain: dict[str, Any] = msgspec.to_builtins(doubt)
    return plain | {"tool": tool}


def _doubt_line(tool: str, doubt: Doubt) -> str:
    why = doubt.why.replace("_", " ")
    stands = f" {doubt.raw!r}" if doubt.raw else ""
    reading = f"; it may say {doubt.reading}" if doubt.reading else ""
    return f"  {doubt.id}  {tool} {doubt.field} ({doubt.cell}):{stands} {why}{reading}"


def _plain(known: Inventory) -> dict[str, Any]:
    rows = []
    for name, listed in known.tools.items():
        told: dict[str, Any] = msgspec.to_builtins(listed.tool)
        told |= {"same_as": listed.same_as, "is_gone": listed.is_gone, "cites": listed.cites}
        told["doubts"] = [_doubt_plain(name, doubt) for doubt in listed.doubts]
        rows.append(told)
    return {"schema": "inventory/1", "workbook": known.workbook or None, "tools": rows}
