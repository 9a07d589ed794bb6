"""The inventory as it stands: rows as they were imported, and what people answered and changed.

What a person said of a cell stands until the workbook says something else there. A tool whose
row is gone from the last workbook is kept, and that it is gone is said.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import msgspec

from attending import shapes
from attending.digest import digest
from attending.facts.tool import LONGEST_RAW, SAME_AS, Doubt, Tool

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from attending.facts.entry import Entry
    from attending.facts.inventory_columns import Value

VERSION = re.compile(r"\b(?:v|version)\.?\s*\d+(?:\.\d+)*\b|\b\d+(?:\.\d+)+\b")

FACTS = ("tool/1", "workbook/1", "doubt_answered/1", "tool_edited/1")


@dataclass(frozen=True)
class Settled:
    """What a person said of one column: the value, the fact, and the doubt it answers."""

    value: Value
    fact: int
    doubt: str = ""


@dataclass(frozen=True)
class Listed:
    """One tool of the inventory.

    Attributes
    ----------
    imported, fact
        Its row as it was last imported, and the fact that says so.
    settled
        What people said since, by column.
    is_gone
        Whether the last workbook has no row of it.

    """

    imported: Tool
    fact: int
    settled: Mapping[str, Settled] = field(default_factory=dict)
    is_gone: bool = False

    @property
    def tool(self) -> Tool:
        """Give it as it stands, with the doubts that are open."""
        tool = self.imported
        for name, said in self.settled.items():
            tool = tool.with_value(name, said.value)
        return msgspec.structs.replace(tool, doubts=self.doubts)

    @property
    def doubts(self) -> tuple[Doubt, ...]:
        """Give the doubts that nobody has answered."""
        return tuple(d for d in self.imported.doubts if d.field not in self.settled)

    @property
    def same_as(self) -> str | None:
        """Give the tool that a person said it is; None while it is one of its own."""
        said = self.settled.get(SAME_AS)
        return str(said.value) if said is not None and said.value is not None else None

    @property
    def cites(self) -> tuple[int, ...]:
        """Give the facts that say what it is."""
        return tuple(sorted({self.fact, *(said.fact for said in self.settled.values())}))


@dataclass(frozen=True)
class Inventory:
    """Every tool there is, and the workbook they came in last.

    Attributes
    ----------
    tools
        By id, in the order they were first met.
    workbook, sheet
        The last workbook's digest, and which sheet of it was read.
    fact
        The fact that says so.

    """

    tools: Mapping[str, Listed] = field(default_factory=dict)
    workbook: str = ""
    sheet: str = ""
    fact: int | None = None

    def after(self, entry: Entry) -> Inventory:
        """Take one fact in."""
        kind, body = entry.fact.type, entry.fact.body
        if kind == "tool/1":
            return self._imported(shapes.convert(body, Tool), entry.index)
        if kind == "workbook/1":
            gone = {*shapes.convert(body["vanished"], list[str])}
            tools = {k: replace(v, is_gone=k in gone) for k, v in self.tools.items()}
            named = (str(body["digest"]), str(body["sheet"]))
            return Inventory(tools, *named, entry.index)
        if kind in ("doubt_answered/1", "tool_edited/1") and str(body["tool"]) in self.tools:
            value = shapes.convert(body["value"], str | float | tuple[str, ...] | None)
            said = Settled(value, entry.index, str(body.get("doubt", "")))
            there = self.tools[str(body["tool"])]
            settled = {**there.settled, str(body["field"]): said}
            return self._with(str(body["tool"]), replace(there, settled=settled))
        return self

    def _imported(self, tool: Tool, index: int) -> Inventory:
        there = self.tools.get(tool.tool)
        if there is None:
            return self._with(tool.tool, Listed(tool, index))
        kept = {
            name: said
            for name, said in there.settled.items()
            if _says(there.imported, name) == _says(tool, name)
        }
        return self._with(tool.tool, Listed(tool, index, kept, there.is_gone))

    def _with(self, name: str, listed: Listed) -> Inventory:
        return replace(self, tools={**self.tools, name: listed})

    def changed(self, tools: Iterable[Tool]) -> list[Tool]:
        """Give the rows of a workbook that say something else than was imported before."""
        return [
            tool
            for tool in tools
            if tool.tool not in self.tools or self.tools[tool.tool].imported.said != tool.said
        ]

    def doubt(self, name: str) -> list[tuple[Listed, Doubt]]:
        """Give the open doubts whose id begins so."""
        return [
            (listed, doubt)
            for listed in self.tools.values()
            for doubt in listed.doubts
            if doubt.id.startswith(name)
        ]


def _says(tool: Tool, column: str) -> object:
    """Give what a row says in one column: its value, and the doubts about it."""
    value = None if column == SAME_AS else tool.value(column)
    return value, [d.id for d in tool.doubts if d.field == column]


def same_name(name: str) -> str:
    """Give what two spellings of one name share: case, spaces, signs and versions are left out.

    >>> same_name("Sepsis-Watch v2.1") == same_name("sepsis watch")
    True
    """
    plain = re.sub(r"[^\w\s.]|_", " ", name.casefold())
    without = VERSION.sub(" ", plain)
    return "".join((without if without.strip() else plain).replace(".", " ").split())


def with_namesakes(tools: Iterable[Tool]) -> list[Tool]:
    """Doubt each tool whose name or alias an earlier row bears as well: names only suggest."""
    first: dict[str, str] = {}
    found = []
    for tool in tools:
        names = [key for key in map(same_name, tool.names) if key]
        other = next((first[key] for key in names if key in first), None)
        for key in names:
            first.setdefault(key, tool.tool)
        if other is not None:
            doubts = (*tool.doubts, _namesake(tool, other))
            found.append(msgspec.structs.replace(tool, doubts=doubts))
        else:
            found.append(tool)
    return found


def _namesake(tool: Tool, other: str) -> Doubt:
    told = {"tool": tool.tool, "field": SAME_AS, "raw": list(tool.names), "reading": other}
    origin = tool.origin
    return Doubt(
        id=digest(told)[:10],
        field=SAME_AS,
        sheet=origin.sheet,
        cell=origin.cells.get("name") or next(iter(origin.cells.values())),
        raw=tool.name[:LONGEST_RAW],
        reading=other,
        why="maybe_same_as",
    )
