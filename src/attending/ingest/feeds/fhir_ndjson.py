"""FHIR resources, one to a line (NDJSON), plain or gzip.

Each line is one resource in UTF-8; a byte-order mark before the first is passed over, and so are
lines of nothing but spaces. A line longer than 16 MiB, one that two readers would not read alike,
one that is no resource: each is set aside with the offset of its first byte. A line that is a
bundle is opened as a file of one is. A document or a message is not: its resources stand in it as
they were when it was made; it is set aside, and may be taken in as a file of its own. Where the
file breaks off, is damaged, or grows without end when it is decompressed, the rest is set aside at
the offset where reading ended.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attending.fhir.decode import Malformed, decode_exact
from attending.ingest.bundle import opened
from attending.ingest.feed import resource, shaped
from attending.ingest.lines import lines
from attending.lake.clinical.received import Aside

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from attending.ingest.feed import Hints
    from attending.ingest.lines import Line
    from attending.lake.clinical.received import Received

MARK = b"\xef\xbb\xbf"
BLANK = b" \t\r"
BUNDLE = b'"Bundle"'
KEPT_WHOLE = ("document", "message")


def fhir_ndjson(pieces: Iterable[bytes], hints: Hints) -> Iterator[Received | Aside]:
    """Give the resources of a stream of lines, in order."""
    for line in lines(pieces):
        if line.reason is not None:
            yield Aside(line.offset, line.length, "frame", line.reason)
            continue
        bare, offset = bare_of(line)
        if BUNDLE in bare:
            yield from _of_bundle(bare, offset, hints)
        elif bare:
            yield resource(bare, offset, hints)


def _of_bundle(bare: bytes, offset: int, hints: Hints) -> Iterator[Received | Aside]:
    """Give what a line brings that may be a bundle: its entries, or the one resource it is."""
    try:
        tree = decode_exact(bare)
    except Malformed as error:
        yield Aside(offset, len(bare), "decode", error.reason)
        return
    if tree.get("resourceType") != "Bundle":
        yield shaped(tree, bare, offset, hints)
    elif tree.get("type") in KEPT_WHOLE:
        yield Aside(offset, len(bare), "shape", "document_or_message", "type")
    else:
        yield from opened(bare, offset, hints)


def bare_of(line: Line) -> tuple[bytes, int]:
    """Give a line without what stands around its resource, and where that begins."""
    raw, offset = line.raw, line.offset
    if offset == 0 and raw.startswith(MARK):
        raw, offset = raw[len(MARK) :], len(MARK)
    bare = raw.lstrip(BLANK)
    offset += len(raw) - len(bare)
    return bare.rstrip(BLANK), offset
