"""Builds documents from what a reader of YAML meets, one thing after another.

No recursion, so depth cannot exhaust the stack; the line of every key and list item is
kept, and what a spec has no use for is refused where it stands.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from attending.spec.document import Document, dotted
from attending.spec.mistake import Mistake, SpecRefused
from attending.spec.scalar import meaning

if TYPE_CHECKING:
    from attending.spec.document import At

MOST_DEEP = 32  # the deepest spec is 6; beyond this it is an attack, not a document
MOST_PARTS = 50_000  # keys and items of one file; a long list of sites has a few thousand


@dataclass
class _Open:
    """A mapping or a list that is still being written."""

    holds: dict[str, object] | list[object]
    at: At
    key: str | None = None


@dataclass
class Writing:
    """The documents of one file, while they are being read.

    Attributes
    ----------
    file
        Its name, for messages.
    line
        Where the reader stands; the reader sets it before each call.
    documents, mistakes
        What came of it.

    """

    file: str
    line: int = 1
    documents: list[Document] = field(default_factory=list)
    mistakes: list[Mistake] = field(default_factory=list)
    _parts: int = 0
    _open: list[_Open] = field(default_factory=list)
    _plain: object = None
    _lines: dict[At, int] = field(default_factory=dict)
    _written: dict[At, str] = field(default_factory=dict)

    def refuse(self, what: str, at: At = ()) -> None:
        """Write down what is wrong on this line."""
        self.mistakes.append(Mistake(what, f"{self.file}:{self.line}", dotted(at)))

    def begin_document(self) -> None:
        """Start a document."""
        self._plain, self._lines, self._written = None, {}, {}

    def end_document(self) -> None:
        """Keep the document, unless nothing was in it."""
        if self._plain is not None:
            self.documents.append(Document(self._plain, self.file, self._lines, self._written))

    def begin(self, holds: dict[str, object] | list[object]) -> None:
        """Start a mapping or a list.

        Raises
        ------
        SpecRefused
            Beyond the depth that any spec has.

        """
        self._open.append(_Open(holds, self._put(holds)))
        if len(self._open) > MOST_DEEP:
            self.refuse(f"more than {MOST_DEEP} deep; no spec is")
            raise SpecRefused(self.mistakes)

    def end(self) -> None:
        """End the innermost mapping or list."""
        self._open.pop()

    def scalar(self, typed: str, *, quoted: bool) -> None:
        """Take a key or a value as it was typed."""
        if self._open and isinstance(self._open[-1].holds, dict) and self._open[-1].key is None:
            self._key(typed)
            return
        value = typed if quoted else meaning(typed)
        at = self._put(value)
        if isinstance(value, int | float) and typed != ".nan":
            self._written[at] = typed

    def _key(self, key: str) -> None:
        top = self._open[-1]
        top.key = key
        at = (*top.at, key)
        if key in top.holds:
            first = self._lines[at]
            self.refuse(f"{key!r} is written twice here, first on line {first}; keep one", at)
        self._lines[at] = self.line

    def _put(self, value: object) -> At:
        """Put a value where it belongs, and tell where that was."""
        self._parts += 1
        if self._parts > MOST_PARTS:
            self.refuse(f"more than {MOST_PARTS} keys and items; split the file")
            raise SpecRefused(self.mistakes)
        if not self._open:
            self._plain = value
            self._lines[()] = self.line
            return ()
        top = self._open[-1]
        if isinstance(top.holds, list):
            top.holds.append(value)
            at: At = (*top.at, len(top.holds) - 1)
            self._lines[at] = self.line
            return at
        if top.key is None:
            self.refuse("a key must be a word, not a list or a mapping", top.at)
            raise SpecRefused(self.mistakes)
        top.holds[top.key] = value
        at, top.key = (*top.at, top.key), None
        return at
