"""Untidy workbooks as three programs would write them, and what was planted in them.

A row is written from the truth; a planted cell is written otherwise, and noted. Nothing here is
read from the platform.
"""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import dataclass, field
from datetime import date
from xml.sax.saxutils import escape

import pytest
from click.testing import CliRunner

from attending.cli.inventory import inventory

COLUMNS = [
    "tool", "name", "aliases", "vendor", "use_case", "made", "claimed_status", "path", "owner",
    "sponsor", "champion", "sites", "units", "task", "population", "setting", "output", "inputs",
    "protected_race", "protected_color", "protected_national_origin", "protected_sex",
    "protected_age", "protected_disability", "protected_reviewed_on", "mitigation", "device",
    "spend_2026_license", "spend_2026_staff", "currency", "started_on", "last_used_on",
    "contract_ends",
]  # fmt: skip

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'

# Styles by their place in cellXfs: plain, a built-in day, a day of one's own, euros.
STYLES = (
    f'{HEAD}<styleSheet xmlns="{MAIN}"><numFmts count="2">'
    '<numFmt numFmtId="164" formatCode="dd\\ mmmm\\ yyyy"/>'
    '<numFmt numFmtId="165" formatCode="[$€-407]#,##0.00"/></numFmts>'
    '<fonts count="1"><font><sz val="11"/></font></fonts>'
    '<fills count="1"><fill><patternFill/></fill></fills>'
    '<borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs>'
    '<cellXfs count="4"><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="164"/>'
    '<xf numFmtId="165"/></cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles>'
    "</styleSheet>"
)
PLAIN, DAY, OWN_DAY, EUROS = 0, 1, 2, 3


@dataclass(frozen=True)
class Written:
    """One cell as it is to be written: text, number, day, formula or fault."""

    value: object = None
    style: int = PLAIN
    formula: str = ""
    fault: str = ""


@dataclass
class Untidy:
    """A workbook, the truth of its rows, and what was planted."""

    truth: dict = field(default_factory=dict)  # tool -> field -> value
    rows: list = field(default_factory=list)  # cells by column, or None for an empty row
    planted: dict = field(default_factory=dict)  # (tool, field) -> (why, reading)
    merged: list = field(default_factory=list)
    header_row: int = 3

    def add(self, n, **cells):
        """Write a row from the truth; what is handed in is written instead."""
        true = truth(n)
        self.truth[true["tool"]] = true
        self.rows.append({**{k: as_cell(v) for k, v in true.items()}, **cells})
        return true["tool"]

    def plant(self, n, column, cell, why, reading=None, **others):
        """Write a row with one doubtful cell."""
        tool = self.add(n, **{column: cell}, **others)
        self.planted[tool, column] = (why, reading)


def truth(n):
    """Give the true row of a number: no two of them share a name."""
    words = ("ash", "beech", "cedar", "dogwood", "elder", "fir", "gum", "hawthorn", "ivy")
    return {
        "tool": f"t{n:02}", "name": f"{words[n % 9]} {words[n // 9]} watch", "aliases": (),
        "vendor": f"vendor {n % 5}", "use_case": None, "made": ("bought", "built")[n % 2],
        "claimed_status": ("in_review", "pilot", "live", "stopped")[n % 4], "path": "A",
        "owner": f"post-{n}", "sponsor": "cmo", "champion": "nurse-lead",
        "sites": ("Alder", "Birch")[: 1 + n % 2], "units": ("icu",), "task": "predict",
        "population": ("adults",), "setting": ("inpatient",), "output": f"risk {n}",
        "inputs": ("lactate", "age"), "protected_race": "none", "protected_color": "none",
        "protected_national_origin": "none", "protected_sex": "proxy", "protected_age": "direct",
        "protected_disability": "not_known", "protected_reviewed_on": "2026-02-01",
        "mitigation": None, "device": "unclear", "spend_2026_license": 1000.0 + n,
        "spend_2026_staff": 0.5, "currency": "USD", "started_on": "2025-11-30",
        "last_used_on": "2026-09-01", "contract_ends": "2027-12-31",
    }  # fmt: skip


DATES = ("protected_reviewed_on", "started_on", "last_used_on", "contract_ends")


def as_cell(value):
    if value is None:
        return None
    if isinstance(value, tuple):
        return Written("; ".join(value)) if value else None
    if isinstance(value, str) and len(value) == 10 and value[4] == "-":
        return Written(date.fromisoformat(value), DAY)
    return Written(value)


def fill(book):
    """Write rows; plant every kind of doubt, and beside each what only looks like one."""
    book.plant(0, "owner", None, "no_owner", name=Written("Alpha Alert"))
    book.plant(1, "owner", Written("TBD"), "no_owner")
    book.plant(2, "claimed_status", Written("going live soon"), "unknown_value")
    book.plant(3, "made", Written("purchased"), "unknown_value")
    book.plant(4, "started_on", Written("2026-03-01"), "date_as_text", "2026-03-01")
    book.plant(5, "started_on", Written("13/04/2026"), "date_as_text", "2026-04-13")
    book.plant(6, "started_on", Written("03/04/2026"), "ambiguous_date")
    book.plant(7, "last_used_on", Written("3/4/26"), "ambiguous_date")
    book.plant(8, "spend_2026_license", Written("$12,000"), "currency", "12000")
    book.plant(9, "currency", None, "currency")
    book.plant(10, "spend_2026_license", Written(77.0, EUROS), "currency", "77")
    book.plant(11, "contract_ends", Written(None, DAY, "TODAY()+30"), "uncached_formula")
    book.plant(12, "spend_2026_staff", Written(None, PLAIN, "A1*2"), "uncached_formula")
    book.rows.append(None)
    book.add(13)
    for n in (14, 15):
        book.plant(n, "vendor", Written("hidden below"), "merged", "vendor 3")
    top = book.header_row + 1 + book.rows.index(book.rows[-3])
    letter = chr(ord("A") + COLUMNS.index("vendor"))
    book.merged.append(f"{letter}{top}:{letter}{top + 2}")
    book.plant(16, "task", Written(fault="#N/A"), "unknown_value")
    book.plant(17, "contract_ends", Written("next spring"), "unknown_value")
    book.add(18, name=Written("alpha-alert v2.1"))
    book.planted["t18", "same_as"] = ("maybe_same_as", "t00")
    book.truth["t00"]["name"], book.truth["t18"]["name"] = "Alpha Alert", "alpha-alert v2.1"
    # What only looks doubtful: case and spaces, a kept formula value, days in another style.
    book.add(19, claimed_status=Written(" In  Review "), currency=Written("usd"))
    book.truth["t19"]["claimed_status"] = "in_review"
    book.add(20, spend_2026_license=Written(1020.0, PLAIN, "1000+20"))
    book.add(21, started_on=Written(date(2025, 11, 30), OWN_DAY), vendor=Written("unknown"))
    book.truth["t21"]["vendor"] = None
    return book


class Dialect:
    """How one program writes a workbook."""

    def __init__(self, *, shared, from_1904, prefix="", addresses=True):
        self.shared, self.from_1904 = shared, from_1904
        self.prefix, self.addresses = prefix, addresses
        self.strings = []

    def write(self, book):
        xml = self.sheet(book)
        parts = {
            "[Content_Types].xml": self.types(),
            "_rels/.rels": relations(("r1", "officeDocument", "xl/workbook.xml")),
            "xl/workbook.xml": f'{HEAD}<workbook xmlns="{MAIN}" xmlns:r="{RELATION}">'
            f'<workbookPr date1904="{int(self.from_1904)}"/><sheets>'
            '<sheet name="Read me" sheetId="1" r:id="r1"/>'
            '<sheet name="Tools" sheetId="2" r:id="r2"/></sheets></workbook>',
            "xl/_rels/workbook.xml.rels": relations(
                ("r1", "worksheet", "worksheets/sheet1.xml"),
                ("r2", "worksheet", "/xl/worksheets/sheet2.xml"),
                ("r3", "styles", "styles.xml"),
                ("r4", "sharedStrings", "sharedStrings.xml"),
            ),
            "xl/worksheets/sheet1.xml": f'{HEAD}<worksheet xmlns="{MAIN}"><sheetData><row r="1">'
            '<c r="A1" t="inlineStr"><is><t>How to fill it in</t></is></c></row></sheetData>'
            "</worksheet>",
            "xl/worksheets/sheet2.xml": xml,
            "xl/styles.xml": STYLES,
            "xl/sharedStrings.xml": self.shared_strings(),
        }
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
            for name, text in parts.items():
                made.writestr(zipfile.ZipInfo(name, (2026, 9, 1, 8, 0, 0)), text)
        return out.getvalue()

    def types(self):
        kind = "application/vnd.openxmlformats-officedocument.spreadsheetml"
        told = "".join(
            f'<Override PartName="/xl/{part}.xml" ContentType="{kind}.{name}+xml"/>'
            for part, name in (
                ("workbook", "sheet.main"), ("worksheets/sheet1", "worksheet"),
                ("worksheets/sheet2", "worksheet"), ("styles", "styles"),
                ("sharedStrings", "sharedStrings"),
            )
        )  # fmt: skip
        rels = "application/vnd.openxmlformats-package.relationships+xml"
        return (
            f'{HEAD}<Types xmlns="{PACKAGE}/content-types">'
            f'<Default Extension="rels" ContentType="{rels}"/>'
            f'<Default Extension="xml" ContentType="application/xml"/>{told}</Types>'
        )

    def sheet(self, book):
        p = f"{self.prefix}:" if self.prefix else ""
        named = f"xmlns:{self.prefix}" if self.prefix else "xmlns"
        rows = [(1, [(0, Written("AI tools, kept by the office of the CMIO"))])]
        header = [(i, Written(n)) for i, n in enumerate([*COLUMNS, "Notes"])]
        rows.append((book.header_row, header))
        for n, row in enumerate(book.rows, book.header_row + 1):
            if row is not None:
                cells = [(COLUMNS.index(k), c) for k, c in row.items() if c is not None]
                rows.append((n, [*sorted(cells), (len(COLUMNS), Written("a note <&>"))]))
        told = "".join(self.row(n, cells, p) for n, cells in rows)
        areas = "".join(f'<{p}mergeCell ref="{ref}"/>' for ref in book.merged)
        return (
            f'{HEAD}<{p}worksheet {named}="{MAIN}"><{p}sheetData>{told}</{p}sheetData>'
            f'<{p}mergeCells count="{len(book.merged)}">{areas}</{p}mergeCells></{p}worksheet>'
        )

    def row(self, n, cells, p):
        told, at = "", -1
        for column, cell in cells:
            skipped = column != at + 1
            shown = f' r="{letters(column)}{n}"' if self.addresses or skipped else ""
            told += self.cell(shown, cell, p)
            at = column
        return f'<{p}row r="{n}" spans="1:40">{told}</{p}row>'

    def cell(self, at, cell, p):
        style = f' s="{cell.style}"' if cell.style else ""
        formula = f"<{p}f>{escape(cell.formula)}</{p}f>" if cell.formula else ""
        if cell.fault:
            return f'<{p}c{at}{style} t="e"><{p}v>{cell.fault}</{p}v></{p}c>'
        if isinstance(cell.value, date):
            first = date(1904, 1, 1) if self.from_1904 else date(1899, 12, 30)
            return f"<{p}c{at}{style}>{formula}<{p}v>{(cell.value - first).days}</{p}v></{p}c>"
        if isinstance(cell.value, str):
            if not self.shared:
                text = f'<{p}is><{p}t xml:space="preserve">{escape(cell.value)}</{p}t></{p}is>'
                return f'<{p}c{at}{style} t="inlineStr">{text}</{p}c>'
            if cell.value not in self.strings:
                self.strings.append(cell.value)
            return f'<{p}c{at} t="s"><{p}v>{self.strings.index(cell.value)}</{p}v></{p}c>'
        value = "" if cell.value is None else f"<{p}v>{cell.value}</{p}v>"
        return f"<{p}c{at}{style}>{formula}{value}</{p}c>"

    def shared_strings(self):
        items = []
        for n, text in enumerate(self.strings):
            half = len(text) // 2 if n % 3 == 0 else 0  # some of it in bold, as people write
            bold = f"<r><rPr><b/></rPr><t>{escape(text[:half])}</t></r>" if half else ""
            rest = f'<t xml:space="preserve">{escape(text[half:])}</t>'
            items.append(f"<si>{bold}<r>{rest}</r></si>" if half else f"<si>{rest}</si>")
        return f'{HEAD}<sst xmlns="{MAIN}">{"".join(items)}</sst>'


def relations(*each):
    told = "".join(f'<Relationship Id="{i}" Type="{RELATION}/{k}" Target="{t}"/>'
                   for i, k, t in each)  # fmt: skip
    return f'{HEAD}<Relationships xmlns="{PACKAGE}/relationships">{told}</Relationships>'


def letters(column):
    return (chr(64 + column // 26) if column >= 26 else "") + chr(65 + column % 26)


def as_csv(book, divider=";", mark=b"\xef\xbb\xbf"):
    """Write it as a browser's sheet saves text, without what text cannot hold."""
    left_out = {"merged", "uncached_formula"}
    kept = [row for row in book.rows if row is not None]
    lines = [divider.join([*COLUMNS, "Notes"])]
    for row in kept:
        tool = row["tool"].value
        cells = []
        for name in COLUMNS:
            cell = row.get(name)
            why = book.planted.get((tool, name), ("",))[0]
            if why in left_out or (why == "currency" and getattr(cell, "style", 0) == EUROS):
                cell = as_cell(book.truth[tool][name])
                book.planted.pop((tool, name))
            value = "" if cell is None else cell.fault or cell.value
            if why == "date_as_text" and value == "2026-03-01":
                book.planted.pop((tool, name))  # in text, that is how a day is written
                book.truth[tool][name] = value
            told = value.isoformat() if isinstance(value, date) else f"{value}"
            quoted = divider in told or '"' in told
            cells.append('"' + told.replace('"', '""') + '"' if quoted else told)
        lines.append(divider.join([*cells, '"a ""note"""']))
    return mark + ("\r\n".join(lines) + "\r\n").encode()


def excel():
    book = fill(Untidy())
    return book, Dialect(shared=True, from_1904=False).write(book)


def libre_office():
    book = fill(Untidy())
    return book, Dialect(shared=True, from_1904=True, prefix="x").write(book)


def browser():
    book = fill(Untidy())
    return book, Dialect(shared=False, from_1904=False, addresses=False).write(book)


def browser_csv():
    book = fill(Untidy())
    return book, as_csv(book)


MADE_BY = {f.__name__: f for f in (excel, libre_office, browser, browser_csv)}


@pytest.fixture(scope="session", params=sorted(MADE_BY))
def untidy(request):
    """Give an untidy workbook: what was planted, and its bytes."""
    return MADE_BY[request.param]()


@pytest.fixture(scope="session")
def xlsx_bytes():
    return excel()[1]


@pytest.fixture
def typed(tmp_path):
    """Give what types a verb of the inventory over one store."""
    store = tmp_path / "store"

    def type_(*words, code=0):
        done = CliRunner().invoke(
            inventory, [*map(str, words), "--store", str(store), "-o", "json"]
        )
        assert done.exit_code == code, (done.output, done.exception)
        return json.loads(done.stdout) if code == 0 else done.exception

    type_.store = store
    return type_


@pytest.fixture
def imported(typed, tmp_path, untidy):
    """Give a store that an untidy workbook was imported into."""
    book, raw = untidy
    file = tmp_path / ("in.xlsx" if raw[:2] == b"PK" else "in.csv")
    file.write_bytes(raw)
    told = typed("import", file, "--as", "cmio-office")
    return book, raw, file, told


@pytest.fixture(scope="session")
def makers():
    """Give what makes each workbook anew."""
    return MADE_BY
