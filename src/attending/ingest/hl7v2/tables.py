"""HL7's mapping tables from v2 to FHIR R4, read as data from a folder that a person names.

Nothing of the tables is part of the platform: another release of them is another folder.
Four kinds of file: messages (which segment goes to which resource), segments (which
field to which element), data types (which component), code systems (which code). The
structure of a message is looked up from its trigger event, in the table of message
structures, and never taken from MSH-9.3. Source: HL7 v2-to-FHIR, the project's own CSV files.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple

from attending.errors import Refused
from attending.ingest.hl7v2.condition import NotFormal, Place, Test, condition, place
from attending.ingest.hl7v2.placing import Line, Node, Structure, Use
from attending.ingest.hl7v2.target import NoTarget, Target, target

if TYPE_CHECKING:
    from pathlib import Path

FOLDERS = ("messages", "segments", "datatypes", "codesystems")
STRUCTURES = "messagestructure"  # the code system that names each structure's trigger events
FILE = re.compile(r"HL7 (?:Message|Segment|Data Type|Concept Map)(?: - FHIR R4)?_ (\S+) - .+\.csv")
HEADINGS = 2  # lines
NOTE = ".note"  # a comment's row says so of the resource it is a note of
WIDTH = 20  # cells a row is filled up to
LARGEST = 8 << 20  # bytes of one table
# A remark on how to write a code stands where conditions do; it forbids nothing.
REMARKS = frozenset({"If mapped to FHIR, use Code System and Display"})
PART = re.compile(r'\s*(?:"(?P<text>[^"]*)"|(?P<place>[A-Z][A-Z0-9]{1,2}[-.]\d+(?:\.\d+)?)|\+)')


class Left(NamedTuple):
    """A row that is not applied, and why."""

    line: Line
    folder: str
    because: str  # prose | condition | target | assignment
    said: str  # what the table says there


class Row(NamedTuple):
    """A row that is applied: of a segment, or of a data type."""

    line: Line
    source: Place | None
    holds: Test
    target: Target
    type_map: str  # CX[Identifier], or nothing
    vocabulary: str  # lower case, without signs; or nothing
    assigned: tuple[str | Place, ...]  # texts and places to join; nothing: the source's value


class Coded(NamedTuple):
    """What a code means in FHIR."""

    code: str
    display: str
    system: str


@dataclass
class Tables:
    """All of the tables in a folder."""

    digest: str
    messages: dict[str, Node] = field(default_factory=dict)
    segments: dict[str, list[Row]] = field(default_factory=dict)
    types: dict[str, list[Row]] = field(default_factory=dict)  # lower case
    codes: dict[str, dict[str, Coded]] = field(default_factory=dict)
    structures: dict[tuple[str, str], str] = field(default_factory=dict)
    left: list[Left] = field(default_factory=list)
    applied: dict[str, int] = field(default_factory=dict)  # rows by folder

    laid: dict[str, Structure] = field(default_factory=dict)  # as they are asked for

    def structure(self, code: str, event: str) -> Structure | None:
        """Give the structure of a message, by its code and trigger event; None without a table.

        A table of the event's own name comes first: the tables hold one for ADT^A11, whose
        structure is named after A09.
        """
        named = f"{code}_{event}"
        found = named if named in self.messages else self.structures.get((code, event), "")
        if found not in self.messages:
            return None
        if found not in self.laid:
            self.laid[found] = Structure(self.messages[found])
        return self.laid[found]


def read_tables(folder: Path) -> Tables:
    """Read the tables.

    Raises
    ------
    Refused
        If the folder holds none.

    """
    files = {name: sorted((folder / name).glob("*.csv")) for name in FOLDERS}
    if not all(files.values()):
        raise Refused("no mapping tables here", where=str(folder), accepted=FOLDERS)
    seal = sha256()
    found = Tables("")
    for kind, paths in files.items():
        for path in paths:
            if path.stat().st_size > LARGEST:
                raise Refused("a table is longer than any", where=str(path))
            raw = path.read_bytes()
            seal.update(f"{kind}/{path.name}\0".encode() + sha256(raw).digest())
            named = FILE.fullmatch(path.name)
            if named:
                text = raw.decode("utf-8-sig")
                _READERS[kind](found, named[1], Line(f"{kind}/{path.name}", 0), text)
    found.digest = seal.hexdigest()
    return found


def plain(name: str) -> str:
    """Give a vocabulary's name as it is compared: letters and brackets alone."""
    return re.sub(r"[^a-z0-9\[\]]", "", name.lower())


def _rows(text: str) -> list[tuple[int, list[str]]]:
    reader = csv.reader(text.splitlines(keepends=True))
    rows = [(reader.line_num, [*cells, *[""] * WIDTH]) for cells in reader]
    return [(number, cells) for number, cells in rows[HEADINGS:] if any(cells)]


def _read_message(found: Tables, name: str, at: Line, text: str) -> None:
    root = Node("", repeats=False)
    open_groups = [root]
    last = ""
    for number, cells in _rows(text):
        identifier, syntax = cells[1].strip(), cells[2].strip()
        bare = re.sub(r"[\[\]{}\s|]", "", syntax).rstrip(",")
        if not bare and (syntax or cells[3].startswith("---")):
            if identifier.startswith("/") or "}" in syntax or "]" in syntax:
                open_groups = open_groups[:-1] or [root]
            else:
                group = Node("", repeats="{" in syntax)
                open_groups[-1].children.append(group)
                open_groups.append(group)
            last = ""
            continue
        if identifier != last:
            open_groups[-1].children.append(Node(bare[:3], repeats="{" in syntax))
            last = identifier
        leaf = open_groups[-1].children[-1]
        use = _use(found, at._replace(number=number), cells)
        if use is not None:
            leaf.uses.append(use)
    found.messages[name] = root


def _use(found: Tables, line: Line, cells: list[str]) -> Use | None:
    label, segment_map = cells[9].strip(), cells[10].strip()
    if not label:
        return None
    holds = _holds(found, line, cells, None)
    if holds is None:
        return None
    is_note = label.endswith(NOTE)
    label = label.removesuffix(NOTE)
    kind = re.fullmatch(r"([A-Z][A-Za-z]+)(?:\[\w+\])?", label)
    if kind is None or not segment_map:
        found.left.append(Left(line, "messages", "target", cells[9].strip()))
        return None
    _count(found, "messages")
    references = tuple(
        (said[1], said[2], said[3])
        for said in re.finditer(
            r"([A-Z][A-Za-z]+(?:\[\w+\])?)\.([A-Za-z.]+?)\.reference\s*=\s*"
            r"([A-Z][A-Za-z]+(?:\[\w+\])?)\.id",
            cells[11],
        )
    )
    return Use(line, holds, label, kind[1], segment_map, references, is_note)


def _holds(found: Tables, line: Line, cells: list[str], own: Place | None) -> Test | None:
    """Read a row's condition; None, and listed, if it is prose or not to be read."""
    formal, prose = cells[6].strip(), cells[8].strip()
    folder = line.file.partition("/")[0]
    if not formal and prose and prose not in REMARKS:
        found.left.append(Left(line, folder, "prose", prose))
        return None
    try:
        return condition(formal, own)
    except NotFormal:
        found.left.append(Left(line, folder, "condition", formal))
        return None


def _read_rows(found: Tables, name: str, at: Line, text: str) -> None:
    rows = [
        row
        for number, cells in _rows(text)
        if (row := _row(found, at._replace(number=number), cells)) is not None
    ]
    if at.file.startswith("segments"):
        found.segments[name] = rows
    else:
        found.types[name.lower()] = rows


def _row(found: Tables, line: Line, cells: list[str]) -> Row | None:
    written = cells[9].strip()
    if not written:
        return None
    folder = line.file.partition("/")[0]
    try:
        source = place(cells[1]) if cells[1].strip() else None
    except NotFormal:
        found.left.append(Left(line, folder, "condition", cells[1]))
        return None
    holds = _holds(found, line, cells, source)
    if holds is None:
        return None
    try:
        goal = target(written)
    except NoTarget:
        found.left.append(Left(line, folder, "target", written))
        return None
    assigned = _assigned(cells[16].strip())
    if assigned is None:
        found.left.append(Left(line, folder, "assignment", cells[16].strip()))
        return None
    _count(found, folder)
    return Row(line, source, holds, goal, cells[14].strip(), plain(cells[15]), assigned)


def _assigned(text: str) -> tuple[str | Place, ...] | None:
    """Read what is assigned: a text, or texts and places to join; None for prose."""
    if text.startswith("/must convert v2 date time format"):
        return ()  # which is what a value of the type dateTime is
    parts: list[str | Place] = []
    at = 0
    while at < len(text):
        part = PART.match(text, at)
        if part is None:
            return None
        if part["text"] is not None:
            parts.append(part["text"])
        elif part["place"]:
            parts.append(place(part["place"]))
        at = part.end()
    return tuple(parts)


def _read_codes(found: Tables, name: str, at: Line, text: str) -> None:
    known: dict[str, Coded] = {}
    for number, cells in _rows(text):
        code, formal, prose = cells[0].strip(), cells[3].strip(), cells[5].strip()
        if plain(name) == STRUCTURES:
            kind = code.partition("_")[0]
            for event in re.findall(r"\b[A-Z][A-Z0-9]\d\b", cells[1]):
                found.structures.setdefault((kind, event), code)
            continue
        if formal or prose:
            because = "condition" if formal else "prose"
            said = Left(at._replace(number=number), "codesystems", because, formal or prose)
            found.left.append(said)
        elif code and cells[6].strip():
            coded = Coded(cells[6].strip(), cells[8].strip(), cells[9].strip())
            known.setdefault(code, coded)
    _count(found, "codesystems", len(known))
    found.codes[plain(name)] = known


def _count(found: Tables, folder: str, n: int = 1) -> None:
    found.applied[folder] = found.applied.get(folder, 0) + n


_READERS = {
    "messages": _read_message,
    "segments": _read_rows,
    "datatypes": _read_rows,
    "codesystems": _read_codes,
}
