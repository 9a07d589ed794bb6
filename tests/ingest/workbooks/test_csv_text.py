"""Text divided into cells is read as another reader reads it, and only edited cells change."""

from __future__ import annotations

import csv
import io
import random

import pytest

from attending.ingest.workbook import address
from attending.ingest.workbooks.csv_text import csv_text

HEADER = ["tool", "name", "owner", "sites"]
WORDS = ("", "a", "b c", "x,y", "x;y", 'say "no"', "two\nlines", "tab\there", "é", '""', '"')


def written(seed, divider):
    dice, out = random.Random(seed), io.StringIO()
    rows = [[*HEADER]] + [[dice.choice(WORDS) for _ in HEADER] for _ in range(dice.randrange(1, 9))]
    end = dice.choice(("\r\n", "\n"))
    csv.writer(out, delimiter=divider, lineterminator=end).writerows(rows)
    return rows, out.getvalue()


def as_rows(text, divider):
    return [*csv.reader(io.StringIO(text, newline=""), delimiter=divider)]


@pytest.mark.parametrize("divider", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_cells_are_those_that_another_reader_finds(divider, encoding):
    for seed in range(40):
        rows, text = written(seed, divider)
        (sheet,) = csv_text.read(text.encode(encoding)).sheets

        found = {c.at: c.raw for row in sheet.rows.values() for c in row.values()}

        wanted = {
            address(r, c): v
            for r, row in enumerate(rows, 1)
            for c, v in enumerate(row, 1)
            if v.strip()
        }
        assert found == wanted, seed


@pytest.mark.parametrize("divider", [",", ";", "\t"])
def test_an_edit_changes_its_cell_and_nothing_else(divider):
    for seed in range(40):
        rows, text = written(seed, divider)
        dice = random.Random(-seed)
        row, column = dice.randrange(1, len(rows) + 1), dice.randrange(1, len(HEADER) + 3)
        value = dice.choice(WORDS)

        new = csv_text.edit(text.encode(), "csv", {address(row, column): value}).decode()

        rows[row - 1] += [""] * (column - len(rows[row - 1]))
        rows[row - 1][column - 1] = value
        assert as_rows(new, divider) == rows, seed
