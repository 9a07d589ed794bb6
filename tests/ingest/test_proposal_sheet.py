"""A proposal typed into a sheet is the one in the file, and nothing in a workbook is run."""

from __future__ import annotations

import zipfile
from datetime import date

import pytest

from attending.errors import Refused
from attending.facts.proposal import DEFAULT_TABLE
from attending.ingest.sheets.proposal_sheet import read_sheet
from attending.spec.mistake import SpecRefused
from attending.spec.proposals.proposal_reading import Known, read_proposal, typed_document

openpyxl = pytest.importorskip("openpyxl", reason="openpyxl is absent")
KNOWN = Known(units=DEFAULT_TABLE.units())


@pytest.fixture
def sheet(tmp_path):
    def write(rows, sheets=1):
        book = openpyxl.Workbook()
        for row in rows:
            book.active.append(row)
        for _ in range(sheets - 1):
            book.create_sheet()
        book.save(tmp_path / "p.xlsx")
        return tmp_path / "p.xlsx"

    return write


def rows_of(node, at=""):
    if isinstance(node, dict):
        return [row for k, v in node.items() for row in rows_of(v, f"{at}.{k}" if at else k)]
    if isinstance(node, list) and at != "aliases":
        return [row for i, v in enumerate(node) for row in rows_of(v, f"{at}[{i}]")]
    return [(at, "; ".join(node) if isinstance(node, list) else node)]


def test_a_sheet_says_what_the_file_says(sheet, proposing):
    rows = [("Field", "Value"), *rows_of(proposing.plain())]
    rows = [(f, date.fromisoformat(v) if f.endswith(".by") else v) for f, v in rows]
    read = read_proposal(typed_document(read_sheet(sheet(rows)), file="p.xlsx"), KNOWN)

    assert read == read_proposal(proposing.document(), KNOWN)


def test_what_is_wrong_is_said_with_its_row(sheet, proposing):
    rows = [*rows_of(proposing.plain(route="by")), ("sponsr", "x")]
    with pytest.raises(SpecRefused) as refused:
        read_proposal(typed_document(read_sheet(sheet(rows)), file="p.xlsx"), KNOWN)

    row = 1 + [field for field, _ in rows].index("route")
    assert f"p.xlsx:{row}: route" in str(refused.value)
    assert f"p.xlsx:{len(rows)}: sponsr" in str(refused.value)


@pytest.mark.parametrize(
    ("rows", "sheets", "words"),
    [
        ([("problem", '=HYPERLINK("x")')], 1, "is a formula"),
        ([("problem", "x", "y")], 1, "value in the second"),
        ([(None, "x")], 1, "value in the second"),
        ([("problem", "x")], 2, "one sheet is wanted"),
        ([("problem", "x")] * 500, 1, "more than 400 rows"),
    ],
)
def test_what_is_no_sheet_of_answers_is_refused(sheet, rows, sheets, words):
    with pytest.raises(Refused, match=words):
        read_sheet(sheet(rows, sheets))


def packed(path, **members):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in members.items():
            file.writestr(name, content)
    return path


def test_what_would_burst_or_is_no_workbook_is_refused_before_it_is_read(
    tmp_path, sheet, monkeypatch
):
    bomb = packed(tmp_path / "a.xlsx", sheet=b"0" * (1 << 24))
    entities = packed(tmp_path / "b.xlsx", sheet=b'<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>')
    (tmp_path / "c.xlsx").write_text("no zip")
    for path, words in ((bomb, "unpacks to more"), (entities, "declares entities"),
                        (tmp_path / "c.xlsx", "no workbook"),
                        (packed(tmp_path / "d.xlsx", x=b""), "no workbook")):  # fmt: skip
        with pytest.raises(Refused, match=words):
            read_sheet(path)


def test_a_formula_is_refused_whatever_value_was_kept_with_it(sheet):
    path = sheet([("problem", "=1+1")])
    with zipfile.ZipFile(path) as read:
        parts = {name: read.read(name) for name in read.namelist()}
    name = "xl/worksheets/sheet1.xml"
    kept = parts[name].replace(b"<v></v>", b"<v>2</v>").replace(b"<v />", b"<v>2</v>")
    kept = kept.replace(b"<v/>", b"<v>2</v>")
    assert b"<v>2</v>" in kept
    with pytest.raises(Refused, match="is a formula"):
        read_sheet(packed(path, **parts | {name: kept}))


def test_numbers_and_yes_and_no_are_read_as_they_were_typed(sheet):
    rows = [("n", 3), ("share", 0.25), ("none", 0), ("text", "007")]

    assert [(each.path, each.text) for each in read_sheet(sheet(rows))] == [
        (path, str(value)) for path, value in rows
    ]
