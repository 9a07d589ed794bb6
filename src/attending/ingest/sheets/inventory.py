"""An inventory's workbook into rows: the sheet and its header found, each cell read or doubted.

The header is the inventory's column names in any order, case and spacing; what differs from it
is said. A row with a doubtful cell is taken in with that value None, and no row is left out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from hashlib import sha256
from typing import TYPE_CHECKING

from attending.digest import canonical, digest
from attending.errors import NoSuchName, Refused
from attending.facts.inventory_columns import (
    COLUMNS,
    SPEND_COLUMN,
    TOOL_ID,
    is_column,
)
from attending.facts.tool import Origin, Tool
from attending.ingest.open_workbook import format_of
from attending.ingest.sheets.inventory_cell import Read, doubt, read_cell, with_money
from attending.ingest.workbook import Cell, address

if TYPE_CHECKING:
    from collections.abc import Mapping

    from attending.ingest.workbook import Sheet

LOOKED_AT = 20  # rows in which a header is looked for
LEAST_COLUMNS = 3  # of the inventory's names, for a row to be a header
NEAR = 0.75


@dataclass(frozen=True)
class Header:
    """Where an inventory's columns stand: the sheet, the header's row, and columns by field."""

    sheet: str
    row: int
    columns: Mapping[str, int]


@dataclass(frozen=True)
class Inventory:
    """A workbook as an inventory.

    Attributes
    ----------
    digest, format
        Of its bytes; and what kind it is.
    header
        Where its columns stand.
    tools
        Its rows, in order.
    notes
        What was tolerated, and what was not read.
    texts
        What was written of mitigation, by digest: it is sealed and stands in no fact.

    """

    digest: str
    format: str
    header: Header
    tools: tuple[Tool, ...]
    notes: tuple[str, ...]
    texts: Mapping[str, bytes] = field(default_factory=dict)


def read_inventory(raw: bytes, sheet: str = "") -> Inventory:
    """Read a workbook's bytes as an inventory.

    Parameters
    ----------
    raw
        The file's bytes.
    sheet
        Which sheet, where several hold an inventory.

    Raises
    ------
    Refused
        It cannot be read safely, or no sheet of it, or more than one, is an inventory.

    """
    name, kind = format_of(raw)
    book = kind.read(raw)
    found = {each.name: header for each in book.sheets if (header := _header(each)) is not None}
    if sheet and sheet not in found:
        raise NoSuchName(sheet, "the sheets that hold an inventory", found)
    if not found:
        words = "no sheet has a header row with the inventory's columns"
        raise Refused(words, accepted=[n for n in COLUMNS if n != SPEND_COLUMN])
    if len(found) > 1 and not sheet:
        raise Refused("several sheets hold an inventory; name one with --sheet", accepted=found)
    chosen = sheet or next(iter(found))
    source = next(each for each in book.sheets if each.name == chosen)
    reading = _Reading(source, found[chosen], sha256(raw).hexdigest())
    tools = reading.tools()
    notes = (*book.notes, *_said_of_header(source, found[chosen]), *reading.notes)
    return Inventory(reading.digest, name, found[chosen], tools, tuple(notes), dict(reading.texts))


def plain(typed: str) -> str:
    """Give a column's name as it is meant, whatever its case and spaces.

    >>> plain(" Claimed  Status ")
    'claimed_status'
    """
    return re.sub(r"[\s_-]+", "_", typed.strip().lower())


def _header(sheet: Sheet) -> Header | None:
    """Find the header: the row with most of the columns' names, among the first ones."""
    best: Header | None = None
    for number in sorted(sheet.rows)[:LOOKED_AT]:
        names: dict[str, int] = {}
        for column, cell in sorted(sheet.rows[number].items()):
            name = plain(str(cell.value or ""))
            if is_column(name) and not cell.fault:
                names.setdefault(name, column)
        is_header = len(names) >= LEAST_COLUMNS and bool({"tool", "name"} & {*names})
        if is_header and (best is None or len(names) > len(best.columns)):
            best = Header(sheet.name, number, names)
    return best


def _said_of_header(sheet: Sheet, header: Header) -> list[str]:
    """Say how the header differs from the inventory's own, and what is not read."""
    notes, order = [], []
    for column, cell in sorted(sheet.rows[header.row].items()):
        typed = str(cell.value or "")
        name = plain(typed)
        at = address(header.row, column)
        if not is_column(name):
            near = get_close_matches(name, COLUMNS, n=1, cutoff=NEAR)
            hint = f" (did you mean {near[0]!r}?)" if near else ""
            notes.append(f"{at}: column {typed[:40]!r} is none of the inventory{hint}."
                         " It is kept in the workbook and not read.")  # fmt: skip
        elif header.columns[name] != column:
            notes.append(f"{at}: column {name!r} stands twice; the first is read.")
        else:
            order.append(_rank(name))
            if typed != name:
                notes.append(f"{at}: {typed!r} was read as {name!r}.")
    if order != sorted(order):
        notes.append("the columns stand in another order than the inventory's own.")
    missing = [n for n in COLUMNS if n not in header.columns and n != SPEND_COLUMN]
    if missing:
        notes.append(f"the workbook has no column {', '.join(missing)}: not known.")
    return notes


def _rank(name: str) -> int:
    return COLUMNS.index(SPEND_COLUMN if name.startswith("spend_") else name)


class _Reading:
    """Reads the rows below a header, one after the other."""

    def __init__(self, sheet: Sheet, header: Header, digest_: str) -> None:
        self.sheet, self.header, self.digest = sheet, header, digest_
        self.notes: list[str] = []
        self.texts: dict[str, bytes] = {}
        self._seen: set[str] = set()

    def tools(self) -> tuple[Tool, ...]:
        """Give every row that holds anything in one of the inventory's columns."""
        numbers = [n for n in sorted(self.sheet.rows) if n > self.header.row]
        return tuple(self._tool(n) for n in numbers if self._holds_something(n))

    def _holds_something(self, number: int) -> bool:
        row = self.sheet.rows[number]
        own = (row.get(column) for column in self.header.columns.values())
        return any(cell is not None and cell.fault != "merged" for cell in own)

    def _cells(self, number: int) -> dict[str, Cell]:
        row = self.sheet.rows[number]
        return {
            name: row.get(column, Cell(address(number, column)))
            for name, column in self.header.columns.items()
        }

    def _tool(self, number: int) -> Tool:
        cells = self._cells(number)
        read = {name: read_cell(name, cell, typed=self.sheet.typed) for name, cell in cells.items()}
        read = with_money(cells, read)
        name = str(read.get("name", Read()).value or "")
        tool = self._named(number, str(read.get("tool", Read()).value or ""), name, cells)
        doubts = tuple(
            doubt(tool, field, self.sheet.name, (_at(cells, field), each))
            for field, each in read.items()
            if each.why is not None and field != "tool"
        )
        values: dict[str, object] = {
            field: each.value
            for field, each in read.items()
            if each.value is not None and not field.startswith("spend_")
        }
        values |= {d.field: None for d in doubts if d.field.startswith("protected_")}
        values |= {"tool": tool, "name": name or tool}
        if "mitigation" in values:
            values["mitigation"] = self._sealed(tool, str(values["mitigation"]))
        values["spend"] = {k: v.value for k, v in read.items() if k.startswith("spend_")}
        values["origin"] = Origin(
            workbook_digest=self.digest,
            sheet=self.sheet.name,
            row=number,
            cells={k: c.at for k, c in cells.items()},
        )
        return Tool(**values, doubts=doubts)  # type: ignore[arg-type]  # by column, as read

    def _named(self, number: int, given: str, name: str, cells: Mapping[str, Cell]) -> str:
        """Give a row its id: the one that stands there, else one made of its name, and said."""
        made = given
        if not TOOL_ID.fullmatch(given):
            words = re.sub(r"[^a-z0-9]+", "_", (given or name).lower()).strip("_")
            told = {k: c.raw for k, c in cells.items()}
            made = words[:48] or f"row_{digest(told)[:8]}"
            self.notes.append(f"row {number}: no id of a tool stands there; {made!r} was made.")
        unique, n = made, 1
        while unique in self._seen:
            n += 1
            unique = f"{made}.{n}"
        if unique != made:
            self.notes.append(f"row {number}: {made!r} stands there again; it is {unique!r} here.")
        self._seen.add(unique)
        return unique

    def _sealed(self, tool: str, text: str) -> str:
        raw = canonical({"text": text, "tool": tool, "type": "mitigation/1"})
        named = sha256(raw).hexdigest()
        self.texts[named] = raw
        return named


def _at(cells: Mapping[str, Cell], field: str) -> Cell:
    """Give the cell that is asked about; of a currency without a column, the first amount's."""
    found = cells.get(field)
    return found or replace(next(c for k, c in cells.items() if k.startswith("spend_")), raw="")
