"""What the cells of a zipped workbook refer to: its sheets, strings, formats, and its years."""

from __future__ import annotations

from dataclasses import dataclass, field
from posixpath import join, normpath
from typing import TYPE_CHECKING

from attending.errors import Refused
from attending.ingest.sheet_xml import children, parsed, text_of, within
from attending.ingest.zip_parts import ZipParts

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element


@dataclass
class Book:
    """A workbook whose sheets can be read.

    Attributes
    ----------
    parts
        Its parts.
    sheets
        By name, the part that holds it.
    strings
        Those that cells share.
    formats
        By style, the number and the code of its format; built-in ones have no code.
    from_1904
        Whether its days are counted from 1904.

    """

    parts: ZipParts
    sheets: dict[str, str] = field(default_factory=dict)
    strings: list[str] = field(default_factory=list)
    formats: list[tuple[int, str | None]] = field(default_factory=list)
    from_1904: bool = False

    def format(self, style: str) -> tuple[int, str | None]:
        """Give a style's format; the general one where there is no such style."""
        known = style.isdigit() and int(style) < len(self.formats)
        return self.formats[int(style)] if known else (0, None)


def opened(raw: bytes) -> Book:
    """Open a workbook.

    Raises
    ------
    Refused
        It is broken, or no workbook.

    """
    parts = ZipParts(raw)
    main = next(iter(_targets(parts, "", "officeDocument").values()), "")
    if main not in parts.names:
        raise Refused("this zip holds no workbook", accepted=[".xlsx", ".csv"])
    book, root = Book(parts), parsed(parts.read(main), main)
    about = [*children(root, "workbookPr")]
    book.from_1904 = any(each.get("date1904") in ("1", "true") for each in about)
    targets = _targets(parts, main, "worksheet")
    for sheet in within(root, "sheets", "sheet"):
        named = next((v for k, v in sheet.attrib.items() if k.endswith("}id")), "")
        if targets.get(named) in parts.names:
            book.sheets[str(sheet.get("name"))] = targets[named]
    for part in _targets(parts, main, "sharedStrings").values():
        items = children(parsed(parts.read(part), part), "si")
        book.strings = [text_of(item) for item in items]
    for part in _targets(parts, main, "styles").values():
        book.formats = _formats(parsed(parts.read(part), part))
    return book


def _targets(parts: ZipParts, of: str, kind: str) -> dict[str, str]:
    """Give the parts of one kind that a part is related to, by the relation's id."""
    folder, _, name = of.rpartition("/")
    rels = join(folder, "_rels", f"{name}.rels")
    if rels not in parts.names:
        return {}
    found = {}
    for each in children(parsed(parts.read(rels), rels), "Relationship"):
        target = str(each.get("Target", ""))
        if str(each.get("Type", "")).endswith(f"/{kind}") and each.get("TargetMode") != "External":
            whole = target[1:] if target.startswith("/") else normpath(join(folder, target))
            found[str(each.get("Id"))] = whole
    return found


def _formats(root: Element) -> list[tuple[int, str | None]]:
    custom = {
        int(each.get("numFmtId", "0")): each.get("formatCode")
        for each in within(root, "numFmts", "numFmt")
    }
    used = (int(xf.get("numFmtId", "0")) for xf in within(root, "cellXfs", "xf"))
    return [(number, custom.get(number)) for number in used]
