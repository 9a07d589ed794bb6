"""A workbook made to do harm is refused, says why, and leaves nothing behind."""

from __future__ import annotations

import io
import tracemalloc
import zipfile

import pytest

from attending.errors import Refused
from attending.ingest.sheets.inventory import read_inventory

DTD = (
    '<!DOCTYPE z [<!ENTITY a "aaaaaaaaaa">'
    + "".join(
        f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefgh", "bcdefghi", strict=True)
    )
    + "]>"
)
OUTSIDE = '<!DOCTYPE z [<!ENTITY i SYSTEM "file:///etc/hostname">]>'


def rewritten(raw, changes=None, extra=(), **how):
    """Give a workbook with some of its parts changed, or others added."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(raw)) as old, zipfile.ZipFile(out, "w", 8) as new:
        for name in old.namelist():
            text = old.read(name).decode()
            new.writestr(name, (changes or {}).get(name, lambda t: t)(text))
        for name, data in extra:
            new.writestr(name, data)
    return out.getvalue()


def with_dtd(dtd, where=""):
    def change(text):
        head, _, rest = text.partition("?>")
        return f"{head}?>{dtd}{rest.replace('</t>', '&i;</t>', 1) if where else rest}"

    return change


@pytest.mark.parametrize(
    "part",
    [
        "xl/worksheets/sheet2.xml", "xl/sharedStrings.xml", "xl/styles.xml", "xl/workbook.xml",
        "xl/_rels/workbook.xml.rels", "_rels/.rels",
    ],
)  # fmt: skip
@pytest.mark.parametrize("dtd", [DTD, OUTSIDE], ids=["bomb", "outside"])
def test_entities_are_refused_wherever_they_stand(xlsx_bytes, part, dtd):
    where = part == "xl/sharedStrings.xml"
    with pytest.raises(Refused, match="declares a document type or entities"):
        read_inventory(rewritten(xlsx_bytes, {part: with_dtd(dtd, where)}))


def test_a_part_that_swells_is_refused_before_it_does(xlsx_bytes):
    bomb = rewritten(xlsx_bytes, extra=[("xl/media/x.bin", bytes(80 << 20))])
    assert len(bomb) < 1 << 20

    tracemalloc.start()
    with pytest.raises(Refused, match="swell"):
        read_inventory(bomb)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert peak < 8 << 20


def test_a_part_that_lies_about_its_size_is_refused_before_it_swells(xlsx_bytes):
    """The sizes in the directory are overwritten with one byte each."""
    bomb = bytearray(
        rewritten(xlsx_bytes, {"xl/sharedStrings.xml": lambda t: t + " " * (90 << 20)})
    )
    at = 0
    while (at := bomb.find(b"PK\x01\x02", at)) >= 0:
        if bomb[at + 46 :].startswith(b"xl/sharedStrings.xml"):
            bomb[at + 24 : at + 28] = (1).to_bytes(4, "little")
        at += 4
    tracemalloc.start()
    with pytest.raises(Refused, match="broken"):
        read_inventory(bytes(bomb))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert peak < 8 << 20


def test_too_many_parts_or_one_name_twice_are_refused(xlsx_bytes):
    many = [(f"x/{n}", b"") for n in range(2_001)]
    with pytest.raises(Refused, match="parts"):
        read_inventory(rewritten(xlsx_bytes, extra=many))
    with pytest.warns(UserWarning, match="Duplicate"):
        twice = rewritten(xlsx_bytes, extra=[("xl/workbook.xml", b"<x/>")])
    with pytest.raises(Refused, match="two parts of one name"):
        read_inventory(twice)


OLE = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(600)


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (OLE, "old .xls format"),
        (OLE + "EncryptedPackage".encode("utf-16-le"), "protected by a password"),
        (b"%PDF-1.7\0", "no workbook"),
        (b"PK\x03\x04 and then nothing", "zip is broken"),
        (b"", "no sheet has a header"),
        (b"one,two\n1,2\n", "no sheet has a header"),
        (b'tool,name,owner\n"t1,One,x\n', "does not end"),
        (bytes(21 << 20), "at most"),
    ],
)
def test_what_is_no_workbook_is_refused_with_what_to_do(raw, said):
    with pytest.raises(Refused, match=said):
        read_inventory(raw)


def test_a_zip_with_a_password_is_refused(xlsx_bytes):
    raw = bytearray(xlsx_bytes)
    at = 0
    while (at := raw.find(b"PK\x01\x02", at)) >= 0:
        raw[at + 8] |= 1
        at += 4
    with pytest.raises(Refused, match="protected by a password"):
        read_inventory(bytes(raw))


def test_macros_are_kept_and_never_run(xlsx_bytes):
    raw = rewritten(xlsx_bytes, extra=[("xl/vbaProject.bin", b"Auto_Open")])

    found = read_inventory(raw)

    assert "the workbook holds macros; none was run" in found.notes
    assert found.tools == read_inventory(raw).tools


def test_of_two_sheets_that_hold_an_inventory_a_person_names_one(xlsx_bytes):
    with zipfile.ZipFile(io.BytesIO(xlsx_bytes)) as file:
        sheet = file.read("xl/worksheets/sheet2.xml").decode()
    two = rewritten(xlsx_bytes, {"xl/worksheets/sheet1.xml": lambda _: sheet})

    with pytest.raises(Refused, match="several sheets hold an inventory") as refused:
        read_inventory(two)
    assert refused.value.accepted == ("Read me", "Tools")
    assert read_inventory(two, "Tools").header.sheet == "Tools"
    with pytest.raises(Refused, match="Tool"):
        read_inventory(two, "Toolz")


def test_a_refused_file_leaves_nothing_behind(typed, tmp_path, xlsx_bytes):
    bad = rewritten(xlsx_bytes, {"xl/worksheets/sheet2.xml": with_dtd(DTD)})
    (tmp_path / "bad.xlsx").write_bytes(bad)

    assert "document type" in str(typed("import", tmp_path / "bad.xlsx", "--as", "x", code=1))
    assert typed("list")["tools"] == []
