"""The workbook is given back: the very bytes, or one cell changed and all else as it was."""

from __future__ import annotations

import csv
import io
import zipfile

import openpyxl
import openpyxl.utils
import pytest


@pytest.fixture
def exported(typed, tmp_path):
    """Give what exports the workbook, and its bytes."""

    def export():
        told = typed("export", tmp_path / "out.bin")
        return told, (tmp_path / "out.bin").read_bytes()

    return export


def cells(raw):
    """Give every cell of a workbook as an independent reader sees it."""
    if raw[:2] != b"PK":
        rows = [*csv.reader(io.StringIO(raw.decode("utf-8-sig")), delimiter=";")]
        return {("csv", r, c): v for r, row in enumerate(rows, 1) for c, v in enumerate(row, 1)}
    book, kept = (openpyxl.load_workbook(io.BytesIO(raw), data_only=only) for only in (False, True))
    return {
        (sheet.title, cell.row, cell.column): (
            kept[sheet.title].cell(cell.row, cell.column).value,
            cell.number_format,
            cell.value if cell.data_type == "f" else None,
        )
        for sheet in book
        for row in sheet.iter_rows()
        for cell in row
    }


def members(raw):
    with zipfile.ZipFile(io.BytesIO(raw)) as file:
        return {info.filename: (info.date_time, file.read(info)) for info in file.infolist()}


def differing(before, after):
    return {at for at in before | after if before.get(at) != after.get(at)}


def test_an_untouched_workbook_comes_back_byte_for_byte(imported, exported):
    _, raw, _, _ = imported

    told, back = exported()

    assert back == raw
    assert told["edited"] == {}


EDITS = [
    ("t13", "owner", "post <new> & \"last\"; 'x'", "post <new> & \"last\"; 'x'"),
    ("t05", "sponsor", "coo", "coo"),
    ("t20", "spend_2026_license", "2500.5", 2500.5),  # a formula keeps its text
    ("t01", "use_case", "sepsis_watch", "sepsis_watch"),  # nothing stood there
    ("t21", "started_on", "2026-01-02", "2026-01-02"),
    ("t17", "started_on", "2026-01-03", "2026-01-03"),
    ("t02", "contract_ends", "not known", None),
    ("t13", "units", "icu; ward 4", "icu; ward 4"),
]


def test_one_edit_changes_one_cell(imported, exported, typed):
    _, raw, _, _ = imported
    for tool, field, value, seen in EDITS:
        typed("set", tool, field, value, "--as", "cmio-office")
        told, back = exported()
        before, after = cells(raw), cells(back)
        (place,) = differing(before, after)
        assert f"{openpyxl.utils.get_column_letter(place[2])}{place[1]}" in told["edited"]
        if raw[:2] == b"PK":
            check_cell(before.get(place), after.get(place), seen)
            old, new = members(raw), members(back)
            assert [*old] == [*new]
            assert differing(old, new) == {"xl/worksheets/sheet2.xml"}
        else:
            assert after[place] == ("" if seen is None else str(seen))
        raw = back


def check_cell(before, after, seen):
    value, style, formula = after or (None, None, None)
    if hasattr(value, "isoformat"):
        value = value.isoformat()[:10]
    assert value == seen
    if before is not None and before[0] is not None:
        assert (style, formula) == before[1:]


def test_the_bytes_outside_an_edited_cell_are_kept(imported, exported, typed):
    _, raw, _, _ = imported
    typed("set", "t05", "sponsor", "coo", "--as", "cmio-office")

    _, back = exported()

    if raw[:2] == b"PK":
        raw, back = (members(b)["xl/worksheets/sheet2.xml"][1] for b in (raw, back))
    same = next(i for i, (a, b) in enumerate(zip(raw, back, strict=False)) if a != b)
    tail = next(i for i in range(1, len(raw)) if raw[-i] != back[-i])
    assert len(raw) - same - tail < 120  # one cell's own bytes


def test_every_answer_goes_home_and_is_not_asked_again(imported, exported, typed, tmp_path):
    """What was answered is read again from the workbook that was given back."""
    book, _, _, told = imported
    given = {}
    for doubt in told["doubts"]:
        true = book.truth[doubt["tool"]].get(doubt["field"])
        value = "no" if doubt["field"] == "same_as" else true
        value = f"{value:g}" if isinstance(value, float) else value
        typed("answer", doubt["id"], value or "post-0", "--as", "cmio-office")
        given[doubt["tool"], doubt["field"]] = value
    assert [r for r in typed("list")["tools"] if r["doubts"]] == []

    told, back = exported()
    (tmp_path / "again").write_bytes(back)
    again = typed("import", tmp_path / "again", "--as", "cmio-office")

    assert again["doubts"] == []
    rows = {row["tool"]: row | row["spend"] for row in typed("list")["tools"]}
    for (tool, field), value in given.items():
        if field != "same_as":
            found = rows[tool][field]
            assert (f"{found:g}" if isinstance(found, float) else found) == value, (tool, field)
    merged = {key for key, (why, _) in book.planted.items() if why == "merged"}
    assert len(told["left_out"]) == len(merged)  # under a merged cell nobody would see it
    assert len(told["edited"]) == len(given) - len(merged) - 1


def test_what_an_import_brings_anew_goes_before_what_was_said(imported, exported, typed, tmp_path):
    """A person's word stands until the workbook says something else there."""
    typed("set", "t05", "sponsor", "coo", "--as", "cmio-office")
    typed("set", "t13", "owner", "post-new", "--as", "cmio-office")
    _, back = exported()
    other = back.replace(b"post-new", b"post-9")
    if back[:2] == b"PK":
        book = openpyxl.load_workbook(io.BytesIO(back))
        for row in book["Tools"].iter_rows():
            for cell in row:
                if cell.value == "post-new":
                    cell.value = "post-9"
        out = io.BytesIO()
        book.save(out)
        other = out.getvalue()
    (tmp_path / "other").write_bytes(other)

    typed("import", tmp_path / "other", "--as", "somebody-else")

    rows = {row["tool"]: row for row in typed("list")["tools"]}
    assert rows["t05"]["sponsor"] == "coo"
    assert rows["t13"]["owner"] == "post-9"
