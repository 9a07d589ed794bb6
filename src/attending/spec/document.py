"""A document as it was written: plain content, and the place of each part of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

At = tuple[str | int, ...]


@dataclass(frozen=True)
class Document:
    """Plain dicts, lists and scalars, with what a message about them needs.

    Attributes
    ----------
    plain
        The content.
    file
        The file's name, as a person would type it.
    lines
        The line of each key and list item, by path; ``()`` is the document itself.
    written
        The characters of numbers and booleans whose spelling says more than their
        value does, such as ``1.10`` or ``007``: text is what was typed.

    """

    plain: object
    file: str = ""
    lines: Mapping[At, int] = field(default_factory=dict)
    written: Mapping[At, str] = field(default_factory=dict)

    def where(self, at: At) -> str:
        """Give ``file:line`` of a path, or of the nearest thing around it."""
        for end in range(len(at), -1, -1):
            line = self.lines.get(at[:end])
            if line is not None:
                return f"{self.file}:{line}" if self.file else f"line {line}"
        return self.file

    def under(self, key: str) -> Document:
        """Give the same document as the content of one key: a bare list gets its name."""
        lines = {(key, *at): line for at, line in self.lines.items()}
        written = {(key, *at): text for at, text in self.written.items()}
        return Document({key: self.plain}, self.file, lines, written)


def dotted(at: At) -> str:
    """Write a path as people read it: ``waves[0].sites[2]``."""
    said = ""
    for part in at:
        said += f"[{part}]" if isinstance(part, int) else f".{part}" if said else part
    return said
