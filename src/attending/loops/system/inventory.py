"""The inventory: a workbook is taken in, people answer its doubts, and it is given back.

Nothing here reads a cell: a hand does, and a head says what is new. The workbook's bytes lie
sealed beside the facts, so that the very file can be given back.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import msgspec

from attending.decide.tools.inventory import Inventory, with_namesakes
from attending.errors import NoSuchName, Refused
from attending.facts.fact import By, Fact
from attending.facts.inventory_columns import Value, kind_of, settled, written
from attending.facts.tool import SAME_AS
from attending.ingest.open_workbook import format_of
from attending.ingest.sheets.inventory import Header, read_inventory
from attending.ingest.workbook import Bare, address
from attending.ledger.key_file import key_in
from attending.ledger.payload import Sealer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from attending.facts.fact import Kind
    from attending.facts.tool import Doubt, Tool
    from attending.ingest.workbook import Typed
    from attending.ledger.read import Reader
    from attending.loops.books import Books

KINDS = ("ingested", "said")
DISTINCT = frozenset(("no", "none", "different"))  # said of two tools that share a name
SHORTEST = 4  # characters of a doubt's id
FIXED = ("tool",)  # what a row is known by


@dataclass(frozen=True)
class Imported:
    """What came of an import.

    Attributes
    ----------
    digest, sheet, rows
        The workbook, the sheet that was read, and how many rows it has.
    written
        Tools whose row was new or said something else.
    vanished
        Tools that the workbook has no row of any more; they are kept.
    doubts
        Every doubt that is open now, with its tool.
    notes
        What was tolerated and what was not read.

    """

    digest: str
    sheet: str
    rows: int
    written: tuple[str, ...]
    vanished: tuple[str, ...]
    doubts: tuple[tuple[str, Doubt], ...]
    notes: tuple[str, ...]


def current(reader: Reader) -> Inventory:
    """Give the inventory as it stands."""
    known = Inventory()
    for entry in reader.entries(kinds=KINDS):
        known = known.after(entry)
    return known


def import_(books: Books, raw: bytes, person: str, *, sheet: str = "") -> Imported:
    """Take a workbook in: rows that are new or say something else become facts.

    Raises
    ------
    Refused
        It cannot be read safely, or is no inventory.

    """
    found, known = read_inventory(raw, sheet), current(books.reader)
    tools = with_namesakes(found.tools)
    names = {tool.tool for tool in tools}
    changed = known.changed(tools)
    vanished = tuple(sorted({*known.tools} - names))
    by = By(person=person, via="sheet")
    facts = [
        _fact("ingested", f"{tool.tool}/ingested", by, at=books.at, body=_body("tool/1", tool))
        for tool in changed
    ]
    if (known.workbook, known.sheet) != (found.digest, found.header.sheet):
        body: dict[str, object] = {
            "type": "workbook/1",
            "digest": found.digest,
            "previous": known.workbook or None,
            "format": found.format,
            "sheet": found.header.sheet,
            "rows": len(tools),
            "vanished": list(vanished),
        }
        facts.append(
            _fact("ingested", f"workbook/{found.digest}/ingested", by, at=books.at, body=body)
        )
    if facts:
        new = {tool.mitigation for tool in changed}
        payloads = [text for name, text in found.texts.items() if name in new]
        books.write(facts, [raw, *payloads])
    return Imported(
        digest=found.digest,
        sheet=found.header.sheet,
        rows=len(tools),
        written=tuple(tool.tool for tool in changed),
        vanished=vanished,
        doubts=tuple(open_doubts(current(books.reader))),
        notes=found.notes,
    )


def open_doubts(known: Inventory) -> Iterator[tuple[str, Doubt]]:
    """Give every doubt that nobody has answered, with its tool."""
    for name, listed in known.tools.items():
        for doubt in listed.doubts:
            yield name, doubt


def answer(books: Books, named: str, typed: str, by: By) -> tuple[str, Doubt, Value]:
    """Answer a doubt by its id; give the tool, the doubt and the value that holds from now on.

    Raises
    ------
    NoSuchName
        No open doubt bears that id.
    Refused
        The value is none of the column's, or the id names several.

    """
    known = current(books.reader)
    found = known.doubt(named) if len(named) >= SHORTEST else []
    if not found:
        ids = [doubt.id for _, doubt in open_doubts(known)]
        raise NoSuchName(named, "the open doubts", ids)
    if len(found) > 1:
        raise Refused(f"{named!r} names several doubts", accepted=[d.id for _, d in found])
    (listed, doubt), tool = found[0], found[0][0].imported.tool
    value = _same_as(known, tool, typed) if doubt.field == SAME_AS else settled(doubt.field, typed)
    body: dict[str, object] = {
        "type": "doubt_answered/1",
        "doubt": doubt.id,
        "tool": tool,
        "field": doubt.field,
        "why": doubt.why,
        "value": msgspec.to_builtins(value),
        "of": listed.fact,
    }
    books.write([_fact("said", f"{tool}/{doubt.id}/said", by, at=books.at, body=body)])
    return tool, doubt, value


def _same_as(known: Inventory, tool: str, typed: str) -> str | None:
    other = typed.strip()
    if other.lower() in DISTINCT:
        return None
    if other == tool or known.tools.get(other) is None:
        accepted = [*sorted({*known.tools} - {tool}), "no"]
        raise NoSuchName(other, "the other tools", accepted)
    if known.tools[other].same_as == tool:
        raise Refused(f"{other} was already said to be the same as {tool}")
    return other


def set_(books: Books, tool: str, column: tuple[str, str], by: By) -> bool:
    """Set one column of a tool, by its name and what was typed; tell whether it changes anything.

    Raises
    ------
    NoSuchName
        There is no such tool, or no such column.
    Refused
        The value is none of the column's, or what a row is known by.

    """
    known, (field, typed) = current(books.reader), column
    if tool not in known.tools:
        raise NoSuchName(tool, "the tools of the inventory", known.tools)
    kind_of(field)
    if field in FIXED or field == "mitigation":
        where = "it is what the row is known by" if field in FIXED else "its words are sealed"
        raise Refused(f"{field} is changed in the workbook alone: {where}")
    value, listed = settled(field, typed), known.tools[tool]
    is_open = any(doubt.field == field for doubt in listed.doubts)
    if listed.tool.value(field) == value and not is_open:
        return False
    if field == "name" and not value:
        raise Refused("a tool has a name")
    body: dict[str, object] = {
        "type": "tool_edited/1",
        "tool": tool,
        "field": field,
        "value": msgspec.to_builtins(value),
        "of": listed.fact,
    }
    key = f"{tool}/{field}/{books.reader.size()}/said"
    books.write([_fact("said", key, by, at=books.at, body=body)])
    return True


@dataclass(frozen=True)
class Exported:
    """A workbook as it is given back.

    Attributes
    ----------
    raw, format
        Its bytes, and what kind it is.
    edited
        The cells that differ from the workbook that was imported, by address.
    left_out
        What people said that has no cell in it.

    """

    raw: bytes
    format: str
    edited: dict[str, str]
    left_out: tuple[str, ...]


def export(books: Books, payload_key: Path) -> Exported:
    """Give the last workbook back: the very bytes, or only the edited cells changed.

    Raises
    ------
    Refused
        No workbook was imported, or its bytes were erased.

    """
    known = current(books.reader)
    if not known.workbook:
        raise Refused("no workbook was imported yet; there is nothing to give back")
    sealed = books.reader.sealed(known.workbook)
    if sealed is None:
        raise Refused("the workbook's bytes were erased from the payload store")
    raw = Sealer(key_in(payload_key)).open(sealed)
    found = read_inventory(raw, known.sheet)
    rows = {tool.tool: tool for tool in found.tools}
    cells: dict[str, Typed] = {}
    told: dict[str, str] = {}
    left_out: list[str] = []
    for name, listed in known.tools.items():
        for column, said in listed.settled.items():
            if column == SAME_AS:
                continue
            at = _cell(rows.get(name), found.header, column)
            if at is None:
                left_out.append(f"{name}: {column} = {written(said.value) or 'not known'}")
            elif said.value is not None or rows[name].value(column) is not None:
                cells[at] = _typed(rows[name], column, said.value)
                told[at] = written(said.value)
    name, kind = format_of(raw)
    if cells:
        raw = kind.edit(raw, known.sheet, cells)
    return Exported(raw, name, told, tuple(left_out))


def _cell(tool: Tool | None, header: Header, column: str) -> str | None:
    """Give where a value goes; what lies under a merged cell would be seen by nobody."""
    if tool is None or column not in header.columns:
        return None
    if any(doubt.field == column and doubt.why == "merged" for doubt in tool.doubts):
        return None
    return address(tool.origin.row, header.columns[column])


def _typed(tool: Tool, column: str, value: Value) -> Typed:
    """Give a value as a cell holds it: a day as a day, an amount as a number."""
    if value is None:
        return None
    if kind_of(column) == "date":
        return date.fromisoformat(str(value))
    if isinstance(value, (int, float)):
        foreign = any(doubt.field == column and doubt.why == "currency" for doubt in tool.doubts)
        return Bare(value) if foreign else float(value)
    return written(value)


def _body(kind: str, tool: Tool) -> dict[str, object]:
    plain: dict[str, Any] = msgspec.to_builtins(tool)
    return {"type": kind, **plain}


def _fact(kind: Kind, key: str, by: By, *, at: str, body: dict[str, object]) -> Fact:
    return Fact(kind=kind, key=f"inventory/{key}", at=at, by=by, body=body)
