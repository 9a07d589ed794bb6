"""One cell of an inventory: the value it plainly says, or why it is doubtful and what it may say.

A reading is what a person would most likely mean. It is offered and never used.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

from attending.digest import digest
from attending.facts.inventory_columns import (
    CURRENCIES,
    ISO,
    LONGEST,
    NOT_KNOWN,
    Value,
    choice,
    items,
    kind_of,
    written,
)
from attending.facts.tool import LONGEST_RAW, Doubt, Why

if TYPE_CHECKING:
    from collections.abc import Mapping

    from attending.ingest.workbook import Cell

NOBODY = NOT_KNOWN | {
    "-", "--", "?", "n/a", "na", "nobody", "none", "tbd", "to be decided", "vacant",
}  # fmt: skip

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
NUMBERS = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{2}|\d{4})")
DAY_FIRST = re.compile(r"(\d{1,2})(?:st|nd|rd|th)?[ -]([a-z]{3,9})\.?,?[ -](\d{4})")
MONTH_FIRST = re.compile(r"([a-z]{3,9})\.? (\d{1,2})(?:st|nd|rd|th)?,? (\d{4})")
YEAR_FIRST = re.compile(r"(\d{4})[/.-](\d{1,2})[/.-](\d{1,2})(?:[t ]\d{2}:\d{2}.{0,12})?")
SPELLED_DAYS = ((YEAR_FIRST, (1, 2, 3)), (DAY_FIRST, (3, 2, 1)), (MONTH_FIRST, (3, 1, 2)))

WHOLE_YEAR = 4  # digits

SIGNS = {"€": {"EUR"}, "£": {"GBP"}, "¥": {"JPY", "CNY"}, "₹": {"INR"}, "₩": {"KRW"}, "₪": {"ILS"}}
DOLLARS = {"AUD", "BRL", "CAD", "CLP", "COP", "HKD", "MXN", "NZD", "SGD", "TWD", "USD"}
SPELLED = {"euro": "EUR", "euros": "EUR", "€": "EUR", "£": "GBP", "us$": "USD", "us dollars": "USD"}


@dataclass(frozen=True)
class Read:
    """What was made of a cell: its value, or why there is none and what it may say."""

    value: Value = None
    why: Why | None = None
    reading: str | None = None


def read_cell(field: str, cell: Cell, *, typed: bool) -> Read:
    """Read one cell.

    Parameters
    ----------
    field
        Its column.
    cell
        As it stands.
    typed
        Whether days have a type of their own there.

    """
    if cell.fault:
        return _faulty(field, cell, typed=typed)
    if cell.is_empty or str(cell.value).lower() in NOT_KNOWN:
        return Read(None, "no_owner" if field == "owner" else None)
    kind = kind_of(field)
    if len(str(cell.value)) > LONGEST:
        return Read(None, "unknown_value")
    if kind == "date":
        return _date(cell, typed=typed)
    if kind in ("spend", "currency"):
        return _amount(cell) if kind == "spend" else _currency(str(cell.value))
    return _words(field, kind, _text(cell))


def _faulty(field: str, cell: Cell, *, typed: bool) -> Read:
    if cell.fault == "merged":
        under = read_cell(field, replace(cell, fault=""), typed=typed)
        return Read(None, "merged", under.reading or written(under.value) or None)
    return Read(None, "uncached_formula" if cell.fault == "uncached_formula" else "unknown_value")


def _words(field: str, kind: str, text: str) -> Read:
    if field == "owner" and text.lower() in NOBODY:
        return Read(None, "no_owner")
    if kind == "choice":
        found = choice(field, text)
        return Read(found, None if found is not None else "unknown_value")
    return Read(items(text) if kind == "list" else text)


def doubt(tool: str, field: str, sheet: str, found: tuple[Cell, Read]) -> Doubt:
    """Make a doubt of a cell; its id holds what stands there and not where."""
    cell, read = found
    raw = cell.raw if len(cell.raw) <= LONGEST_RAW else f"{cell.raw[: LONGEST_RAW - 1]}…"
    why = read.why or "unknown_value"
    return Doubt(
        id=digest({"tool": tool, "field": field, "why": why, "raw": cell.raw})[:10],
        field=field,
        sheet=sheet,
        cell=cell.at,
        raw=raw,
        reading=read.reading,
        why=why,
    )


def with_money(cells: Mapping[str, Cell], read: Mapping[str, Read]) -> dict[str, Read]:
    """Doubt a row's money: amounts without a currency, and signs that are another's."""
    found = dict(read)
    amounts = [field for field in read if field.startswith("spend_") and not cells[field].is_empty]
    said = read.get("currency", Read())
    if amounts and said.value is None and said.why is None:
        found["currency"] = Read(None, "currency")
    for field in amounts:
        sign = cells[field].money
        meant = SIGNS.get(sign) or (DOLLARS if sign == "$" else {sign})
        if sign and said.value is not None and said.value not in meant:
            found[field] = Read(None, "currency", written(read[field].value))
    return found


def _text(cell: Cell) -> str:
    value = cell.value
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return written(value)
    return value.isoformat() if isinstance(value, date) else str(value).strip()


def _date(cell: Cell, *, typed: bool) -> Read:
    if isinstance(cell.value, date):
        return Read(cell.value.isoformat())
    text = re.sub(r"\s+", " ", str(cell.value)).strip().lower()
    if not isinstance(cell.value, str):
        return Read(None, "unknown_value")
    reading, is_clear = _reading(text)
    if reading is None:
        return Read(None, "unknown_value" if is_clear else "ambiguous_date")
    if not typed and ISO.fullmatch(text):
        return Read(reading)
    return Read(None, "date_as_text", reading)


def _reading(text: str) -> tuple[str | None, bool]:
    """Give the day a text says, and whether it is clear that it says one or none."""
    for pattern, order in SPELLED_DAYS:
        found = pattern.fullmatch(text)
        if found is not None:
            year, month, day = (found[i] for i in order)
            return _day((year, month if month.isdigit() else _month(month), day)), True
    found = NUMBERS.fullmatch(text)
    if found is None:
        return None, True
    a, b, c = found.groups()
    if len(c) != WHOLE_YEAR:
        return None, False
    first, second = _day((c, b, a)), _day((c, a, b))
    if first is not None and second is not None and first != second:
        return None, False
    return first or second, True


def _month(name: str) -> str:
    known = next((i for i, m in enumerate(MONTHS, 1) if name.startswith(m)), 0)
    return str(known)


def _day(parts: tuple[str, str, str]) -> str | None:
    try:
        return date(*map(int, parts)).isoformat()
    except ValueError:
        return None


def _amount(cell: Cell) -> Read:
    if isinstance(cell.value, float):
        return Read(cell.value)
    text = str(cell.value).strip()
    if isinstance(cell.value, str) and re.fullmatch(r"\d{1,15}(\.\d{1,2})?", text):
        return Read(float(text))
    codes = "|".join(sorted(CURRENCIES))
    figures = re.sub(rf"(?i)\b({codes})\b|[$€£¥₹₩₪]|US(?=\$)|[\s\xa0']", "", text)
    if not isinstance(cell.value, str) or not re.fullmatch(r"\d[\d.,]*", figures):
        return Read(None, "unknown_value")
    return Read(None, "currency", _figures(figures))


def _figures(text: str) -> str | None:
    """Give the amount that figures with dividers say; None where they say none."""
    if re.fullmatch(r"\d{1,3}(,\d{3})+(\.\d{1,2})?", text):
        return text.replace(",", "")
    if re.fullmatch(r"\d{1,3}(\.\d{3})+(,\d{1,2})?", text):
        return text.replace(".", "").replace(",", ".")
    return text if re.fullmatch(r"\d+(\.\d{1,2})?", text) else None


def _currency(typed: str) -> Read:
    if typed.strip().upper() in CURRENCIES:
        return Read(typed.strip().upper())
    return Read(None, "currency", SPELLED.get(typed.strip().lower()))
