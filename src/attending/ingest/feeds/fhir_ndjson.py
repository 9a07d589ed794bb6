"""FHIR resources, one to a line (NDJSON), plain or gzip.

Each line is one resource in UTF-8; a byte-order mark before the first is passed over, and so are
lines of nothing but spaces. A line longer than 16 MiB, one that two readers would not read alike,
one that is no resource: each is set aside with the offset of its first byte. Where the file
breaks off, is damaged, or grows without end when it is decompressed, the rest is set aside at the
offset where reading ended.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attending.ingest.feed import resource
from attending.ingest.lines import lines
from attending.lake.clinical.received import Aside

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from attending.ingest.feed import Hints
    from attending.ingest.lines import Line
    from attending.lake.clinical.received import Received

MARK = b"\xef\xbb\xbf"
BLANK = b" \t\r"


def fhir_ndjson(pieces: Iterable[bytes], hints: Hints) -> Iterator[Received | Aside]:
    """Give the resources of a stream of lines, in order."""
    for line in lines(pieces):
        found = of_line(line, hints)
        if found is not None:
            yield found


def of_line(line: Line, hints: Hints) -> Received | Aside | None:
    """Give the resource of a line, or why it is none; None where nothing stands there."""
    if line.reason is not None:
        return Aside(line.offset, line.length, "frame", line.reason)
    bare, offset = bare_of(line)
    return resource(bare, offset, hints) if bare else None


def bare_of(line: Line) -> tuple[bytes, int]:
    """Give a line without what stands around its resource, and where that begins."""
    raw, offset = line.raw, line.offset
    if offset == 0 and raw.startswith(MARK):
        raw, offset = raw[len(MARK) :], len(MARK)
    bare = raw.lstrip(BLANK)
    offset += len(raw) - len(bare)
    return bare.rstrip(BLANK), offset
