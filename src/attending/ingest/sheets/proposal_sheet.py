"""A proposal as a sheet of two columns: a field in the first, what is answered in the second.

Fields are paths, such as ``after_launch.owner`` and ``metrics[0].target``. Nothing is computed:
a formula is refused, and so is a workbook that is larger, or unpacks to more, than one sheet of
answers ever does.
"""

from __future__ import annotations

import zipfile
from datetime import date
from typing import TYPE_CHECKING

from attending.errors import Refused
from attending.ingest.open_workbook import format_of
from attending.ingest.workbook import bytes_of
from attending.spec.proposals.proposal_reading import Typed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from attending.ingest.workbook import Cell, Sheet

MOST_BYTES = 1 << 20
MOST_UNPACKED = 1 << 23
MOST_MEMBERS = 64
MOST_ROWS = 400
HEADING = ("field", "value")
ENTITIES = (b"<!DOCTYPE", b"<!ENTITY")


def read_sheet(path: Path) -> tuple[Typed, ...]:
    """Read the fields of a workbook's one sheet, with their rows.

    Raises
    ------
    Refused
        It is no workbook, has several sheets, holds a formula, or is too large.

    """
    _check(path)
    name, form = format_of(bytes_of(path))
    sheets = form.read(bytes_of(path)).sheets
    if name != "xlsx" or len(sheets) != 1:
        raise Refused(f"one sheet is wanted here, not {len(sheets)}", where=path.name)
    return tuple(_fields(sheets[0], path.name))


def _check(path: Path) -> None:
    if not path.is_file() or path.stat().st_size > MOST_BYTES:
        raise Refused(f"this is no file of at most {MOST_BYTES} bytes", where=path.name)
    try:
        with zipfile.ZipFile(path) as packed:
            members = packed.infolist()
            size = sum(member.file_size for member in members)
            if len(members) > MOST_MEMBERS or size > MOST_UNPACKED:
                raise Refused("it unpacks to more than a sheet of answers", where=path.name)
            for member in members:
                if any(sign in packed.read(member) for sign in ENTITIES):
                    raise Refused("it declares entities, which no sheet needs", where=path.name)
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, EOFError) as error:
        raise Refused("this is no workbook that can be read", where=path.name) from error


def _fields(sheet: Sheet, name: str) -> Iterator[Typed]:
    if max(sheet.rows, default=0) > MOST_ROWS:
        raise Refused(f"more than {MOST_ROWS} rows", where=name)
    for n, cells in sorted(sheet.rows.items()):
        where = f"{name}:{n}"
        if any(cell.computed for cell in cells.values()):
            raise Refused("this is a formula; write the value", where=where)
        told = {column: _text(cell) for column, cell in cells.items()}
        field, value = told.pop(1, ""), told.pop(2, "")
        if n == 1 and (field.lower(), value.lower()) == HEADING:
            continue
        if any(told.values()) or (value and not field):
            words = "a field stands in the first column, its value in the second"
            raise Refused(words, where=where)
        if any(cell.fault for cell in cells.values()):
            raise Refused("this cell cannot be read as it stands; write the value", where=where)
        if field:
            yield Typed(field, value, n)


def _text(cell: Cell) -> str:
    """Give what was typed: a day as 2026-10-13, a whole number without a point."""
    value = cell.value
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return (
        value.isoformat()
        if isinstance(value, date)
        else ("" if value is None else str(value).strip())
    )
