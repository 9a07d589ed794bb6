"""The inventory as an auditor reads it: each tool's row, and what people said of it since.

Worked out from the facts alone and apart from the platform's own fold. What a person said of a
column stands until the row says something else there.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from attending import shapes
from attending.facts.tool import SAME_AS, Tool

if TYPE_CHECKING:
    from collections.abc import Iterable

    from attending.facts.entry import Entry

ROWS, SAID = ("tool/1",), ("doubt_answered/1", "tool_edited/1")
FACTS = (*ROWS, *SAID)


@dataclass
class Kept:
    """One tool: its row, the fact that holds it, and by column what was said since."""

    row: Tool
    fact: int
    said: dict[str, tuple[object, int]] = field(default_factory=dict)

    @property
    def tool(self) -> Tool:
        """Give the tool as it stands."""
        tool = self.row
        for column, (value, _) in self.said.items():
            taken = shapes.convert(value, str | float | tuple[str, ...] | None)
            tool = tool.with_value(column, taken)
        return tool

    def cites(self, *columns: str) -> tuple[int, ...]:
        """Give the facts that say what stands in some columns."""
        said = (self.said[column][1] for column in columns if column in self.said)
        return tuple(sorted({self.fact, *said}))


def kept(entries: Iterable[Entry]) -> dict[str, Kept]:
    """Give every tool that was ever listed, as it stands."""
    tools: dict[str, Kept] = {}
    for entry in entries:
        body, kind = entry.fact.body, entry.fact.type
        name = str(body.get("tool", ""))
        if kind in ROWS:
            new, old = shapes.convert(body, Tool), tools.get(name)
            said = {} if old is None else _still(old, new)
            tools[name] = Kept(new, entry.index, said)
        elif kind in SAID and name in tools:
            tools[name].said[str(body["field"])] = (body["value"], entry.index)
    return tools


def _still(old: Kept, new: Tool) -> dict[str, tuple[object, int]]:
    """Keep what was said of the columns in which the new row says what the old one did."""
    return {
        column: said
        for column, said in old.said.items()
        if _asked(old.row, column) == _asked(new, column)
        and (column == SAME_AS or old.row.value(column) == new.value(column))
    }


def _asked(tool: Tool, column: str) -> list[str]:
    return [doubt.id for doubt in tool.doubts if doubt.field == column]
