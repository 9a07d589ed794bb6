"""A workbook of Excel, LibreOffice or a sheet in a browser (ECMA-376, transitional or strict).

Reads every sheet: shared and inline strings, numbers, days in either count of years, merged
cells, and of a formula the value that was kept with it. A formula without one is a fault of its
cell. A workbook that holds macros is read like any other.

It does not evaluate formulas, run macros, follow links or open pictures.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

from attending.errors import Refused
from attending.ingest.number_format import day_of, is_date, money
from attending.ingest.sheet_xml import (
    Dates,
    children,
    local,
    parsed,
    text_of,
    with_cells,
    within,
)
from attending.ingest.workbook import (
    MOST_COLUMNS,
    MOST_ROWS,
    Cell,
    CellValue,
    Format,
    Sheet,
    Typed,
    Workbook,
    address,
    place,
)
from attending.ingest.xlsx_book import Book, opened
from attending.ingest.zip_parts import ZipParts

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from xml.etree.ElementTree import Element

MACROS = "vbaProject.bin"
MOST_MERGED = 5_000
Area = tuple[int, int, int, int]  # first row and column, last row and column


def _suits(raw: bytes) -> bool:
    return raw.startswith(b"PK")


def _read(raw: bytes) -> Workbook:
    book = opened(raw)
    macros = any(name.endswith(MACROS) for name in book.parts.names)
    notes = ("the workbook holds macros; none was run",) if macros else ()
    return Workbook(tuple(_sheet(book, name) for name in book.sheets), notes)


def _edit(raw: bytes, sheet: str, values: Mapping[str, Typed]) -> bytes:
    book, again = opened(raw), ZipParts(raw)
    part = book.sheets[sheet]
    xml = book.parts.read(part)
    new = with_cells(xml, values, _dates(book, xml))
    return again.with_part(part, new)


def _sheet(book: Book, name: str) -> Sheet:
    root = parsed(book.parts.read(book.sheets[name]), book.sheets[name])
    rows: dict[int, dict[int, Cell]] = {}
    number = 0
    for row in within(root, "sheetData", "row"):
        number = int(row.get("r", number + 1))
        column, cells = 0, {}
        for c in children(row, "c"):
            _, column = place(c.get("r") or address(number, column + 1))
            cell = _cell(book, c, address(number, column))
            if not cell.is_empty and column <= MOST_COLUMNS:
                cells[column] = cell
        if cells:
            rows[number] = cells
        if len(rows) > MOST_ROWS:
            raise Refused(f"sheet {name!r} has more than {MOST_ROWS:,} rows")
    merged = [str(each.get("ref")) for each in within(root, "mergeCells", "mergeCell")]
    if len(merged) > MOST_MERGED:
        raise Refused(f"sheet {name!r} has more than {MOST_MERGED:,} merged areas")
    return Sheet(name, _with_merged(rows, (_area(ref) for ref in merged)))


def _area(ref: str) -> Area:
    first, _, last = ref.partition(":")
    return (*place(first), *place(last or first))


def _with_merged(
    rows: dict[int, dict[int, Cell]], areas: Iterable[Area]
) -> dict[int, dict[int, Cell]]:
    """Mark the cells that lie under a merged one: what they would say is not told."""
    for top, left, bottom, right in areas:
        anchor = rows.get(top, {}).get(left)
        if anchor is None:
            continue
        for row in (number for number in rows if top <= number <= bottom):
            for column in range(left, min(right, MOST_COLUMNS) + 1):
                if (row, column) != (top, left):
                    at = address(row, column)
                    rows[row][column] = replace(anchor, at=at, fault="merged")
    return rows


def _cell(book: Book, c: Element, at: str) -> Cell:
    found = _as_kept(book, c, at)
    return replace(found, computed=any(local(each) == "f" for each in c))


def _as_kept(book: Book, c: Element, at: str) -> Cell:
    kind, inner = c.get("t", "n"), {local(each): each for each in c}
    formula, kept = inner.get("f"), inner.get("v")
    text = (kept.text or "") if kept is not None else ""
    if formula is not None and (kept is None or (not text and kind != "str")):
        return Cell(at, None, f"={formula.text or ''}", "uncached_formula")
    if kind == "inlineStr":
        said = text_of(inner["is"]) if "is" in inner else ""
        return Cell(at, said.strip(), said)
    if kind == "e":
        return Cell(at, None, text, "error")
    value = _value(book, kind, text)
    number, code = book.format(c.get("s", "0"))
    if kind == "n" and isinstance(value, float):
        if is_date(number, code):
            day = day_of(value, from_1904=book.from_1904)
            return Cell(at, day if day is not None else value, day.isoformat() if day else text)
        return Cell(at, value, text, "", money(number, code))
    return Cell(at, value, text if not isinstance(value, str) else value)


def _value(book: Book, kind: str, text: str) -> CellValue:
    if text == "":
        return None
    try:
        if kind == "s":
            return book.strings[int(text)].strip()
        if kind == "b":
            return text in ("1", "true")
        if kind == "d":
            return date.fromisoformat(text[:10])
        return float(text) if kind == "n" else text.strip()
    except (ValueError, IndexError) as error:
        raise Refused(f"a cell holds {text[:20]!r}, which is none of its kind") from error


def _dates(book: Book, xml: bytes) -> Dates:
    """Give how the sheet writes days: each style that shows one, and one for each column."""
    styles = frozenset(str(n) for n, found in enumerate(book.formats) if is_date(*found))
    by_column: dict[int, str] = {}
    for c in within(parsed(xml, "sheet"), "sheetData", "row", "c"):
        if c.get("s", "") in styles and c.get("r"):
            by_column.setdefault(place(str(c.get("r")))[1], str(c.get("s")))
    return Dates(by_column, styles, book.from_1904)


xlsx = Format(suits=_suits, read=_read, edit=_edit)
