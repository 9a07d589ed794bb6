"""Flatten a file of resources: the rows of one view as Parquet, each with the place it is from.

For a view that is tried, or a file that goes elsewhere: no table of the lake is asked or written.
What is no resource, or none that the view can read, is set aside with its place and a reason, as
a load does.
"""

from __future__ import annotations

from collections import deque
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from attending.fhir.decode import LONGEST, Malformed, decode_exact
from attending.fhir.functions import NoRow
from attending.ingest.feed import Hints, lacking
from attending.ingest.feeds.fhir_ndjson import bare_of
from attending.ingest.flat.alike import Alike
from attending.ingest.flat.block import Block
from attending.ingest.flat.form import Cut
from attending.ingest.lines import Line
from attending.lake.clinical.columns import TEXT, WHOLE
from attending.lake.clinical.received import Aside
from attending.lake.clinical.views import DoesNotFit, flat, flat_kind
from attending.lake.inflate import Broken

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from concurrent.futures import Future
    from pathlib import Path

    from numpy.typing import NDArray

    from attending.facts.data.parked import Reason
    from attending.fhir.view import View
    from attending.ingest.flat.alike import Found

Given = tuple[int, bytes | Line]
Told = tuple[list[pa.Table], list[Aside], int, int]
BLOCK = 4 << 20  # bytes of lines that are looked at together
AT_ONCE = 2  # blocks
OF_LINE = [
    pa.field("_raw", TEXT),
    pa.field("_offset", WHOLE),
    pa.field("_length", WHOLE),
    pa.field("_row", WHOLE),
]


class Flattened(NamedTuple):
    """What became of a file.

    Attributes
    ----------
    lines, rows
        Lines that hold something, and rows written.
    asides
        What was set aside, where and why.
    one_at_a_time
        Lines that were read by themselves.

    """

    lines: int
    rows: int
    asides: tuple[Aside, ...]
    one_at_a_time: int


class Flattening:
    """One view, on its way over files.

    Parameters
    ----------
    view
        The view.
    raw
        What the rows say they are from: the digest of the raw file.
    together
        Whether lines that are alike are read together; the rows are the same either way.

    """

    def __init__(self, view: View, raw: str, *, together: bool = True) -> None:
        self._view, self._raw = view, raw
        self._alike = Alike(view)
        self._together = together and self._alike.is_usable
        own = [pa.field(each.name, flat_kind(each)) for each in view.columns]
        self.schema = pa.schema([*own, *OF_LINE])

    def write(self, pieces: Iterable[bytes], into: Path) -> Flattened:
        """Flatten a stream into a Parquet file."""
        n_lines = n_rows = n_single = 0
        asides: list[Aside] = []
        with (
            pq.ParquetWriter(into, self.schema, compression="zstd") as file,
            # of lines read by themselves, two at once would only wait for one another
            ThreadPoolExecutor(AT_ONCE if self._together else 1) as pool,
        ):
            for tables, told, lines, single in _in_turn(pool, self._of, _blocks(pieces)):
                for table in tables:
                    file.write_table(table)
                    n_rows += len(table)
                n_lines, n_single = n_lines + lines, n_single + single
                asides += told
        return Flattened(n_lines, n_rows, tuple(asides), n_single)

    def _of(self, given: Given) -> Told:
        """Give the rows of a block, what was set aside, and how many lines it has."""
        start, what = given
        if isinstance(what, Line):
            return [], [Aside(what.offset, what.length, "frame", what.reason or "too_long")], 1, 1
        block = Block(what)
        is_left = np.ones(len(block.ends), dtype=bool)
        found: list[pa.Table] = []
        for alike in self._alike.of(block) if self._together else ():
            is_left[alike.lines] = False
            found += [self._cut(alike, n, block, start) for n in range(len(alike.form.rows))]
        rows, asides, n_single = self._one_at_a_time(block, np.flatnonzero(is_left), start)
        n_alike = int(len(block.ends) - is_left.sum())
        if rows:
            columns = zip(self.schema, zip(*rows, strict=True), strict=True)
            arrays = [pa.array(values, field.type) for field, values in columns]
            found.append(pa.Table.from_arrays(arrays, schema=self.schema))
        together = pa.concat_tables(found).combine_chunks() if found else None
        return [] if together is None else [together], asides, n_alike + n_single, n_single

    def _cut(self, found: Found, n: int, block: Block, start: int) -> pa.Table:
        """Cut one row of a form out of every line that is like it."""
        lines = found.lines
        columns = []
        for each in self._view.columns:
            value, kind = found.form.rows[n][each.name], flat_kind(each)
            if not isinstance(value, Cut):
                columns.append(pa.repeat(pa.scalar(flat(each, value), kind), len(lines)))
                continue
            columns.append(found.part(block, value).cast(kind))
        begins, ends = block.begins[lines], block.ends[lines]
        of_line = [
            pa.repeat(pa.scalar(self._raw, TEXT), len(lines)),
            pa.array(begins + start),
            pa.array(ends - begins),
            pa.repeat(pa.scalar(n, WHOLE), len(lines)),
        ]
        return pa.Table.from_arrays([*columns, *of_line], schema=self.schema)

    def _one_at_a_time(
        self, block: Block, lines: NDArray[Any], start: int
    ) -> tuple[list[tuple[Any, ...]], list[Aside], int]:
        rows: list[tuple[Any, ...]] = []
        asides: list[Aside] = []
        n_lines = 0
        ends = block.ends[lines].tolist()
        for begin, end in zip(block.begins[lines].tolist(), ends, strict=True):
            bare, offset = bare_of(Line(start + begin, end - begin, block.raw[begin:end]))
            n_lines += bool(bare)
            told = self._told(bare, offset) if bare else []
            if isinstance(told, Aside):
                asides.append(told)
            else:
                rows += told
        return rows, asides, n_lines

    def _told(self, raw: bytes, offset: int) -> list[tuple[Any, ...]] | Aside:
        """Give the rows of one resource, or why it has none."""
        try:
            tree = decode_exact(raw)
            found = lacking(tree, offset, len(raw), Hints())
            if isinstance(found, Aside):
                return found
            place = (self._raw, offset, len(raw))
            columns = self._view.columns
            return [
                (*(flat(c, row[c.name]) for c in columns), *place, n)
                for n, row in enumerate(self._view.rows(tree))
            ]
        except Malformed as error:
            return Aside(offset, len(raw), "decode", error.reason)
        except NoRow as error:
            reason = cast("Reason", error.reason)
            return Aside(offset, len(raw), "shape", reason, error.column)
        except DoesNotFit as error:
            return Aside(offset, len(raw), "shape", "does_not_fit", str(error))


def _in_turn(
    pool: ThreadPoolExecutor, work: Callable[[Given], Told], given: Iterable[Given]
) -> Iterator[Told]:
    """Give what comes of each in their order; no more are held than are worked on."""
    waiting: deque[Future[Told]] = deque()
    for each in given:
        waiting.append(pool.submit(work, each))
        if len(waiting) > AT_ONCE:
            yield waiting.popleft().result()
    while waiting:
        yield waiting.popleft().result()


def _blocks(pieces: Iterable[bytes]) -> Iterator[Given]:
    """Give whole lines many at a time, and what is no whole line as one; with their offsets."""
    held, start, n_passed = bytearray(), 0, 0
    try:
        for piece in pieces:
            rest = 0
            if n_passed:  # within a line that is too long
                end = piece.find(b"\n")
                if end < 0:
                    n_passed += len(piece)
                    continue
                yield start, Line(start, n_passed + end, b"", "too_long")
                rest = end + 1
                start, n_passed = start + n_passed + rest, 0
            held += piece[rest:]
            end = held.rfind(b"\n") + 1
            if len(held) >= BLOCK and end:
                yield start, bytes(held[:end])
                start += end
                del held[:end]
            if len(held) > LONGEST:
                n_passed = len(held)
                held.clear()
    except Broken as error:
        end = held.rfind(b"\n") + 1
        if end:
            yield start, bytes(held[:end])
        length = n_passed + len(held) - end
        yield start, Line(start + end, length, b"", error.reason)
        return
    if n_passed:
        yield start, Line(start, n_passed, b"", "too_long")
    elif held:
        yield start, bytes(held if held.endswith(b"\n") else held + b"\n")
