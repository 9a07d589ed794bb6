"""A sheet's XML: its cells read as they are, and single cells changed where they stand.

A changed cell keeps its style and its formula; every byte outside it is kept. Document types
and entities are refused before anything is read (CWE-776).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING
from xml.parsers import expat
from xml.sax.saxutils import escape

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring

from attending.errors import Refused
from attending.ingest.number_format import serial_of
from attending.ingest.workbook import Bare, address, place

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from xml.etree.ElementTree import Element

    from attending.ingest.workbook import Typed

START_TAG = re.compile(rb"""<[^>"']*(?:"[^"]*"[^>"']*|'[^']*'[^>"']*)*>""")
ATTRIBUTE = re.compile(rb"""\s([\w:]+)\s*=\s*("[^"]*"|'[^']*')""")
ENCODING = re.compile(rb"""<\?xml[^>]*encoding\s*=\s*["']([\w-]+)["']""")
HIDDEN = re.compile(r"_x([0-9A-Fa-f]{4})_")  # ECMA-376 22.9.2.19, ST_Xstring


def parsed(raw: bytes, name: str) -> Element:
    """Parse a part's XML.

    Raises
    ------
    Refused
        It is no XML, or declares a document type or an entity.

    """
    try:
        found: Element = fromstring(raw, forbid_dtd=True)
    except DefusedXmlException as error:
        raise Refused(f"{name} declares a document type or entities, as bombs do") from error
    except (ParseError, ValueError, LookupError) as error:
        raise Refused(f"{name} is no XML: {error}") from error
    return found


def local(element: Element) -> str:
    """Give an element's name without its namespace, of which there are two."""
    return str(element.tag).rpartition("}")[2]


def children(element: Element, *names: str) -> Iterator[Element]:
    """Give the elements directly within that bear one of these names."""
    return (each for each in element if local(each) in names)


def within(element: Element, *path: str) -> Iterator[Element]:
    """Give the elements at the end of a path."""
    if not path:
        yield element
        return
    for each in children(element, path[0]):
        yield from within(each, *path[1:])


def text_of(item: Element) -> str:
    """Give the text of a string item; how it is spoken is left out."""
    runs = [*within(item, "t"), *within(item, "r", "t")]
    return HIDDEN.sub(lambda m: chr(int(m[1], 16)), "".join(run.text or "" for run in runs))


@dataclass
class _Spot:
    """Where one element of the sheet stands in its bytes."""

    at: str
    start: int
    opened: int  # end of its start tag
    end: int = 0
    formula: list[tuple[int, int]] = field(default_factory=list)


class _Places:
    """Where rows and cells stand in a sheet's bytes."""

    def __init__(self, raw: bytes) -> None:
        self.raw = raw
        self.rows: dict[int, tuple[int, list[_Spot]]] = {}  # row: where it closes, its cells
        self._row, self._column = 0, 0
        self._spots: list[_Spot] = []
        self._stack: list[tuple[str, int, int, bool]] = []
        self._parser = expat.ParserCreate()
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.Parse(raw, True)  # noqa: FBT003  expat's own signature

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        name, start = tag.rpartition(":")[2], self._parser.CurrentByteIndex
        found = START_TAG.match(self.raw, start)
        opened = found.end() if found is not None else start
        is_whole = self.raw[opened - 2 : opened] == b"/>"
        if name == "row":
            self._row = int(attributes.get("r", self._row + 1))
            self._column, self._spots = 0, []
        elif name == "c" and self._is_in("row"):
            row = self._row
            row, self._column = place(attributes.get("r", address(row, self._column + 1)))
            self._spots.append(_Spot(address(row, self._column), start, opened))
        self._stack.append((name, start, opened, is_whole))

    def _is_in(self, name: str) -> bool:
        return bool(self._stack) and self._stack[-1][0] == name

    def _end(self, _tag: str) -> None:
        name, start, opened, is_whole = self._stack.pop()
        closing = opened if is_whole else self._parser.CurrentByteIndex
        end = opened if is_whole else self.raw.index(b">", closing) + 1
        if name == "row":
            self.rows[self._row] = (-1 if is_whole else closing, self._spots)
        elif name == "c" and self._is_in("row"):
            self._spots[-1].end = end
        elif name == "f" and self._is_in("c"):
            self._spots[-1].formula.append((start, end))


@dataclass(frozen=True)
class Dates:
    """How a sheet writes days: the styles that show one, and where its count begins.

    `style` gives one by column, for a cell whose own style shows none.
    """

    style: Mapping[int, str] = field(default_factory=dict)
    styles: frozenset[str] = frozenset()
    from_1904: bool = False


def with_cells(raw: bytes, values: Mapping[str, Typed], dates: Dates) -> bytes:
    """Give a sheet's XML with values put into cells, by address.

    Raises
    ------
    Refused
        It is in another encoding than UTF-8, or has no such row.

    """
    said = ENCODING.match(raw)
    if said is not None and said[1].lower() not in (b"utf-8", b"ascii", b"us-ascii"):
        raise Refused(f"a sheet in {said[1].decode()} is not edited here; save it anew")
    places = _Places(raw)
    cuts: list[tuple[int, int, bytes]] = []
    for at, value in values.items():
        row, column = place(at)
        closes, spots = places.rows.get(row, (-1, []))
        if closes < 0:
            raise Refused(f"the sheet has no row {row}")
        there = next((spot for spot in spots if spot.at == at), None)
        if there is not None:
            cuts.append((there.start, there.end, _cell(raw, there, value, dates)))
            continue
        after = next((spot for spot in spots if place(spot.at)[1] > column), None)
        where = closes if after is None else after.start
        prefix = _prefix(raw, spots)
        new = b'<%bc r="%b"/>' % (prefix, at.encode())
        spot = _Spot(at, 0, len(new), len(new))
        cuts.append((where, where, _cell(new, spot, value, dates)))
    for start, end, new in sorted(cuts, key=lambda cut: (-cut[0], -place_of(cut[2]))):
        raw = raw[:start] + new + raw[end:]
    return raw


def place_of(cell: bytes) -> int:
    """Give the column that a cell's own XML names."""
    found = re.search(rb' r="([A-Z0-9]+)"', cell)
    return place(found[1].decode())[1] if found is not None else 0


def _prefix(raw: bytes, spots: list[_Spot]) -> bytes:
    if not spots:
        return b""
    name = re.match(rb"<([\w.-]+:)?c[\s/>]", raw[spots[0].start :])
    return (name[1] or b"") if name is not None else b""


def _cell(raw: bytes, spot: _Spot, value: Typed, dates: Dates) -> bytes:
    """Write a cell anew: its style and its formula stay."""
    tag = raw[spot.start : spot.opened]
    name = re.match(rb"<([\w.-]+:)?c(?=[\s/>])", tag)
    prefix = (name[1] or b"") if name is not None else b""
    kept = {k: v[1:-1] for k, v in ATTRIBUTE.findall(tag) if k not in (b"t", b"cm", b"vm")}
    kept[b"r"] = spot.at.encode()
    formula = b"".join(raw[a:b] for a, b in spot.formula)
    kind, inner = _inner(value, prefix, has_formula=bool(formula))
    own, column = kept.get(b"s", b"").decode(), place(spot.at)[1]
    if isinstance(value, Bare) or (isinstance(value, float) and own in dates.styles):
        kept.pop(b"s", None)  # it would show another currency, or a day
    if isinstance(value, date):
        style = own if own in dates.styles else dates.style.get(column, "")
        kind, inner = b"d", _v(prefix, value.isoformat())
        if style:
            kept[b"s"], kind = style.encode(), b""
            inner = _v(prefix, str(serial_of(value, from_1904=dates.from_1904)))
    told = b"".join(b' %b="%b"' % (k, kept[k]) for k in (b"r", *(k for k in kept if k != b"r")))
    told += b' t="%b"' % kind if kind else b""
    if not inner and not formula:
        return b"<%bc%b/>" % (prefix, told)
    return b"<%bc%b>%b%b</%bc>" % (prefix, told, formula, inner, prefix)


def _inner(value: Typed, prefix: bytes, *, has_formula: bool) -> tuple[bytes, bytes]:
    """Give a cell's type and what stands in it; a formula's value may not stand in the line."""
    if value is None or value == "":
        return b"", b""
    if isinstance(value, float):
        return b"", _v(prefix, f"{value:.15g}")
    text = str(value)
    if has_formula:
        return b"str", _v(prefix, text)
    made = escape(text).encode()
    inner = b'<%bis><%bt xml:space="preserve">%b</%bt></%bis>'
    return b"inlineStr", inner % (prefix, prefix, made, prefix, prefix)


def _v(prefix: bytes, text: str) -> bytes:
    return b"<%bv>%b</%bv>" % (prefix, escape(text).encode(), prefix)
