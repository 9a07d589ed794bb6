"""What an independent writer wrote is read as it was meant, and edited where it is meant."""

from __future__ import annotations

import io
import random
from datetime import date, datetime

import openpyxl
import openpyxl.utils.datetime
import pytest

from attending.ingest.workbook import address
from attending.ingest.workbooks.xlsx import xlsx

WORDS = ("", "plain", " a & b <c> ", "line\nbreak", "ünï – ✓", "0012", "'quoted'")


def written(seed):
    """Write a workbook with another library; give its cells and its bytes."""
    dice, book = random.Random(seed), openpyxl.Workbook()
    if seed % 2:
        book.epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904
    sheet, cells = book.active, {}
    for row in range(1, dice.randrange(2, 12)):
        for column in range(1, dice.randrange(2, 40)):
            value = dice.choice(
                (
                    dice.choice(WORDS),
                    dice.randrange(-(10**6), 10**6),
                    dice.random() * 10 ** dice.randrange(12),
                    dice.random() < 0.5,
                    date(dice.randrange(1905, 2100), dice.randrange(1, 13), 28),
                    None,
                )
            )
            sheet.cell(row, column, value)
            cells[address(row, column)] = value
    out = io.BytesIO()
    book.save(out)
    return cells, out.getvalue()


def near(value):
    """Give a number to the digits that both libraries write."""
    return pytest.approx(value, rel=1e-12) if isinstance(value, float) else value


def as_read(raw):
    (sheet,) = xlsx.read(raw).sheets
    return {c.at: c.value for row in sheet.rows.values() for c in row.values()}


def test_what_another_library_wrote_is_read_as_it_meant_it():
    for seed in range(30):
        cells, raw = written(seed)

        found = as_read(raw)

        for at, value in cells.items():
            wanted = value.strip() if isinstance(value, str) else value
            assert found.get(at) == near(wanted if wanted != "" else None), (seed, at)


def test_what_is_written_into_cells_is_what_another_library_reads():
    for seed in range(20):
        cells, raw = written(seed)
        dice = random.Random(-seed)
        rows = sorted({int("".join(filter(str.isdigit, at))) for at in as_read(raw)})
        new = {}
        for _ in range(6):
            at = address(dice.choice(rows), dice.randrange(1, 60))
            new[at] = dice.choice(("words", " <&> ", 12.5, date(2026, 10, 13), None))

        sheet = openpyxl.load_workbook(io.BytesIO(xlsx.edit(raw, "Sheet", new))).active

        for at, value in (cells | new).items():
            seen = sheet[at].value
            if isinstance(seen, datetime):
                seen = seen.date()
            assert seen == near(None if value == "" else value), (seed, at)
