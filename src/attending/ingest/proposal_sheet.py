"""A proposal as a sheet of two columns: a field in the first, what is answered in the second.

Fields are paths, such as ``after_launch.owner`` and ``metrics[0].target``. Nothing is computed:
a formula is refused, and so is a workbook that is larger, or unpacks to more, than one sheet of
answers ever does.
"""

from __future__ import annotations

import zipfile
from datetime import date, datetime
from importlib import import_module
from typing import TYPE_CHECKING, Any

from attending.errors import Refused
from attending.spec.proposals.proposal_reading import Typed

if TYPE_CHECKING:
    from pathlib import Path

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
        It is no workbook, has several sheets, holds a formula, is too large, or nothing here
        reads workbooks.

    """
    try:
        openpyxl: Any = import_module("openpyxl")
    except ImportError:
        raise Refused("no reader of workbooks is installed; write the proposal as YAML",
                      where=path.name) from None  # fmt: skip
    _check(path)
    try:
        book = openpyxl.load_workbook(path, read_only=True, keep_links=False)
        try:
            return tuple(_fields(book, path.name))
        finally:
            book.close()
    except Refused:
        raise
    except Exception as error:
        raise Refused("this is no workbook that can be read", where=path.name) from error


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


def _fields(book: Any, name: str) -> list[Typed]:  # noqa: ANN401  the reader ships no types
    if len(book.worksheets) != 1:
        raise Refused(f"one sheet is wanted here, not {len(book.worksheets)}", where=name)
    found = []
    rows = book.worksheets[0].iter_rows(max_col=3, max_row=MOST_ROWS + 1, values_only=True)
    for n, row in enumerate(rows, 1):
        told = [_text(value) for value in row]
        field, value, more = (*told, "", "", "")[:3]
        if (field.lower(), value.lower()) == HEADING and n == 1:
            continue
        if more or (value and not field):
            raise Refused("a field stands in the first column, its value in the second",
                          where=f"{name}:{n}")  # fmt: skip
        if value.startswith("="):
            raise Refused("this is a formula; write the value", where=f"{name}:{n}")
        if n > MOST_ROWS:
            raise Refused(f"more than {MOST_ROWS} rows", where=name)
        if field:
            found.append(Typed(field, value, n))
    return found


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.date().isoformat()
    return value.isoformat() if isinstance(value, date) else str(value).strip()
