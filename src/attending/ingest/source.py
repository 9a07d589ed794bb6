"""What a source is: something that gives rows of text, and says where each came from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import msgspec

if TYPE_CHECKING:
    from pathlib import Path


class Row(msgspec.Struct, frozen=True):
    """One row: its place in the file (the header is row 1), and its cells by column."""

    number: int
    cells: dict[str, str]


class Rows(msgspec.Struct, frozen=True):
    """A file read whole: its columns, its rows, the rows that could not be read."""

    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    broken: tuple[tuple[int, str, str], ...]  # row, why, digest of the raw row
    digest: str  # SHA-256 of the file's bytes


class Source(Protocol):
    """How a room of `ingest/sources` is called."""

    def __call__(self, path: Path, *, needed: frozenset[str]) -> Rows:
        """Read `path`; refuse it where a needed column is not there."""
        ...
