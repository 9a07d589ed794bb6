"""A sheet saved as text: cells divided by commas, semicolons or tabs (RFC 4180).

Reads UTF-8 with or without a byte-order mark, UTF-16 with one, and the older Windows-1252,
which is said. The divider is the one under which the header has most of the inventory's
columns. In such text a date written 2026-10-13 is a date, and any other is doubtful.

It does not guess at a row whose cells do not match its header: they stand where they stand.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from attending.errors import Refused
from attending.facts.inventory_columns import is_column
from attending.ingest.workbook import (
    MOST_COLUMNS,
    MOST_ROWS,
    Cell,
    Format,
    Sheet,
    Typed,
    Workbook,
    address,
    place,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

SHEET = "csv"
DIVIDERS = (",", ";", "\t")
LOOKED_AT = 20  # rows in which the header is looked for
MARKS = {b"\xef\xbb\xbf": "utf-8", b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}


@dataclass(frozen=True)
class _Text:
    """A file's text, and how it was written."""

    mark: bytes
    encoding: str
    text: str

    def bytes_of(self, text: str) -> bytes:
        try:
            return self.mark + text.encode(self.encoding)
        except UnicodeEncodeError as error:
            words = f"a value cannot be written in {self.encoding}, as this file is"
            raise Refused(f"{words}; save it as UTF-8 and import it again") from error


@dataclass(frozen=True)
class _Span:
    """A cell's place in the text, and what it says."""

    start: int
    end: int
    value: str


def _suits(raw: bytes) -> bool:
    return raw.startswith((b"\xff\xfe", b"\xfe\xff")) or (
        b"\0" not in raw and not raw.startswith(b"PK")
    )


def _decoded(raw: bytes) -> _Text:
    mark = next((m for m in MARKS if raw.startswith(m)), b"")
    try:
        encoding = MARKS.get(mark, "utf-8")
        return _Text(mark, encoding, raw[len(mark) :].decode(encoding))
    except UnicodeDecodeError as error:
        if mark:
            raise Refused("the file is not in the encoding its first bytes say") from error
    try:
        return _Text(b"", "cp1252", raw.decode("cp1252"))
    except UnicodeDecodeError as error:
        raise Refused("the file is neither UTF-8 nor Windows-1252; save it as UTF-8") from error


def _rows(text: str, divider: str, most: int) -> list[list[_Span]]:
    """Divide text into rows of cells; a quoted cell may hold dividers and line ends."""
    rows: list[list[_Span]] = [[]]
    at, end = 0, len(text)
    while at <= end:
        start, quoted = at, ""
        is_quoted = text[at : at + 1] == '"'
        if is_quoted:
            at, quoted = _quoted(text, at)
        after = at
        while at < end and text[at] not in (divider, "\r", "\n"):
            at += 1
        value = quoted + text[after:at] if is_quoted else text[start:at]
        rows[-1].append(_Span(start, at, value))
        if at < end and text[at] == divider:
            at += 1
            continue
        at += 2 if text[at : at + 2] == "\r\n" else 1
        if at >= end or len(rows) == most:
            break
        rows.append([])
    return rows


def _quoted(text: str, at: int) -> tuple[int, str]:
    """Give where a quoted cell ends, and what it says."""
    found = re.compile(r'"((?:[^"]|"")*)"').match(text, at)
    if found is None:
        line = text.count("\n", 0, at) + 1
        raise Refused(f"line {line}: a quoted cell does not end")
    return found.end(), found[1].replace('""', '"')


def _divider(text: str) -> str:
    def known(divider: str) -> tuple[int, int]:
        rows = _rows(text, divider, LOOKED_AT)
        names = [[re.sub(r"[\s_-]+", "_", c.value.strip().lower()) for c in row] for row in rows]
        return max(sum(map(is_column, row)) for row in names), -DIVIDERS.index(divider)

    return max(DIVIDERS, key=known)


def _read(raw: bytes) -> Workbook:
    decoded = _decoded(raw)
    divider = _divider(decoded.text)
    found = _rows(decoded.text, divider, MOST_ROWS + 1)
    if len(found) > MOST_ROWS:
        raise Refused(f"the file has more than {MOST_ROWS:,} rows")
    rows = {n: dict(_cells(n, row)) for n, row in enumerate(found, 1)}
    notes = []
    if decoded.encoding == "cp1252":
        notes.append("the file is not UTF-8; it was read as Windows-1252")
    if divider != ",":
        shown = {";": "semicolons", "\t": "tabs"}[divider]
        notes.append(f"its cells are divided by {shown}")
    kept = {n: cells for n, cells in rows.items() if cells}
    return Workbook((Sheet(SHEET, kept, typed=False),), tuple(notes))


def _cells(number: int, row: list[_Span]) -> Iterator[tuple[int, Cell]]:
    for column, span in enumerate(row[:MOST_COLUMNS], 1):
        if span.value.strip():
            yield column, Cell(address(number, column), span.value.strip(), span.value)


def _edit(raw: bytes, sheet: str, values: Mapping[str, Typed]) -> bytes:
    """Put values into cells; a row that ends before its column is filled up."""
    decoded = _decoded(raw)
    text = decoded.text
    divider = _divider(text)
    rows = _rows(text, divider, MOST_ROWS + 1)
    cuts: list[tuple[int, int, str]] = []
    for at, value in sorted(values.items(), key=lambda each: place(each[0])):
        number, column = place(at)
        row = rows[number - 1]
        if column <= len(row):
            span = row[column - 1]
            was_quoted = text[span.start : span.start + 1] == '"'
            cuts.append((span.start, span.end, _told(value, divider, quoted=was_quoted)))
        else:
            end = row[-1].end
            missing = divider * (column - len(row))
            cuts.append((end, end, missing + _told(value, divider)))
            rows[number - 1] = [*row, *(_Span(end, end, "") for _ in range(column - len(row)))]
    for start, end, new in reversed(cuts):
        text = text[:start] + new + text[end:]
    return decoded.bytes_of(text)


def _told(value: Typed, divider: str, *, quoted: bool = False) -> str:
    if value is None:
        return ""
    text = value.isoformat() if isinstance(value, date) else str(value)
    if isinstance(value, float):
        text = f"{value:.15g}"
    if quoted or any(c in text for c in (divider, '"', "\n", "\r")):
        doubled = text.replace('"', '""')
        return f'"{doubled}"'
    return text


csv_text = Format(suits=_suits, read=_read, edit=_edit)
