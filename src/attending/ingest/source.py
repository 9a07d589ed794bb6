"""What a source is: something that gives rows of text, and says where each came from."""

from __future__ import annotations

from collections import Counter
from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple, Protocol

import msgspec

from attending.errors import NoSuchName, Refused

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

MOST_BYTES = 1 << 30  # of a file; larger histories come by warehouse
LONGEST_LINE = 1 << 20


class Changed(Exception):  # noqa: N818  (named for what happened; whoever reads begins anew)
    """A file is not the one that was looked over: written to, replaced or taken away."""


class Row(msgspec.Struct, frozen=True):
    """One row: its place in the file (the header is row 1), and its cells by column."""

    number: int
    cells: dict[str, str]


class Broken(NamedTuple):
    """A row that could not be read: its place, why, and the digest of the raw row."""

    number: int
    because: str
    digest: str


class Stream(NamedTuple):
    """A file that was looked over: its columns, its digest, and what reads its rows again."""

    columns: tuple[str, ...]
    digest: str  # SHA-256 of the file's bytes
    rows: Callable[[], Iterator[Row | Broken]]


class Rows(msgspec.Struct, frozen=True):
    """A file read whole: its columns, its rows, those that could not be read, what is not used."""

    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    broken: tuple[tuple[int, str, str], ...]  # row, why, digest of the raw row
    digest: str  # SHA-256 of the file's bytes
    not_used: tuple[str, ...] = ()  # what the source has and nobody reads, by name


class Source(Protocol):
    """How a room of `ingest/sources` is called."""

    def __call__(self, path: Path, *, needed: frozenset[str]) -> Rows:
        """Read `path`; refuse it where a needed column is not there."""
        ...


def text_of(path: Path) -> tuple[str, str]:
    """Give a file's text, and the SHA-256 of its bytes.

    Raises
    ------
    Refused
        No such file, too large, or not UTF-8.

    """
    try:
        size = path.stat().st_size
        if size > MOST_BYTES:
            raise Refused(f"{size:,} bytes; at most {MOST_BYTES:,} are read", where=str(path))
        raw = path.read_bytes()
    except OSError as error:
        raise Refused(f"cannot be read: {error.strerror}", where=str(path)) from error
    try:
        return raw.decode("utf-8-sig"), sha256(raw).hexdigest()
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise Refused(
            "not UTF-8; save the file as UTF-8 and drop it again",
            where=f"{path}:{line}",
        ) from error


def whole(stream: Stream) -> Rows:
    """Read all rows of a file at once.

    Raises
    ------
    Refused
        Somebody wrote to it meanwhile.

    """
    rows: list[Row] = []
    broken: list[tuple[int, str, str]] = []
    try:
        for each in stream.rows():
            if isinstance(each, Row):
                rows.append(each)
            else:
                broken.append((each.number, each.because, each.digest))
    except Changed:
        raise Refused("the file was written to while it was read; read it again") from None
    return Rows(stream.columns, tuple(rows), tuple(broken), stream.digest)


def check_columns(columns: tuple[str, ...], needed: frozenset[str], where: str) -> None:
    """Refuse columns of which one stands twice, or one that is needed is not there."""
    for name in sorted(needed):
        if name not in columns:  # asked first: without a header, what stands there is data
            raise NoSuchName(name, "the columns of this file", columns, where=where)
    twice = sorted(name for name, n in Counter(columns).items() if n > 1)
    if twice:
        raise Refused(f"column {twice[0]!r} stands twice in the header", where=where)
