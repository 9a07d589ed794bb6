"""Flatten a file of resources: the rows of one view as Parquet, each with the place it is from.

For a view that is tried, or a file that goes elsewhere: no table of the lake is asked or written.
What is no resource, or none that the view can read, is set aside with its place and a reason, as
a load does.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from attending.fhir.decode import LONGEST, decode_exact
from attending.fhir.functions import NoRow
from attending.ingest.alike import Alike, Block, Cut
from attending.ingest.feed import Hints
from attending.ingest.feeds.fhir_ndjson import of_line
from attending.ingest.lines import Line
from attending.lake.clinical.columns import TEXT, WHOLE
from attending.lake.clinical.received import Aside
from attending.lake.clinical.views import DoesNotFit, flat, flat_kind
from attending.lake.inflate import Broken

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from concurrent.futures import Future
    from pathlib import Path

    from numpy.typing import NDArray

    from attending.fhir.view import View
    from attending.ingest.alike import Form

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
            ThreadPoolExecutor(AT_ONCE) as pool,
        ):
            for tables, told, lines, single in _in_turn(pool, self._of, _blocks(pieces)):
                for table in tables:
                    file.write_table(table)
                    n_rows += len(table)
                n_lines, n_single = n_lines + lines, n_single + single
                asides += told
        return Flattened(n_lines, n_rows, tuple(asides), n_single)

    def _of(self, given: tuple[int, bytes | Line]) -> tuple[list[pa.Table], list[Aside], int, int]:
        """Give the rows of a block, what was set aside, and how many lines it has."""
        start, what = given
        if isinstance(what, Line):
            return [], [Aside(what.offset, what.length, "frame", what.reason or "too_long")], 1, 1
        block = Block(what)
        is_left = np.ones(len(block.ends), dtype=bool)
        found: list[pa.Table] = []
        for form, lines, edges in self._alike.of(block) if self._together else ():
            is_left[lines] = False
            found += [
                self._cut(form, n, block, lines, edges, start) for n in range(len(form.rows))
            ]
        rows, asides, n_single = self._one_at_a_time(block, np.flatnonzero(is_left), start)
        n_alike = int(len(block.ends) - is_left.sum())
        if rows:
            found.append(pa.Table.from_pylist(rows, schema=self.schema))
        together = pa.concat_tables(found).combine_chunks() if found else None
        return [] if together is None else [together], asides, n_alike + n_single, n_single

    def _cut(
        self, form: Form, n: int, block: Block, lines: NDArray[Any], edges: NDArray[Any], start: int
    ) -> pa.Table:
        """Cut one row of a form out of every line that is like it."""
        columns = []
        for each in self._view.columns:
            value, kind = form.rows[n][each.name], flat_kind(each)
            if not isinstance(value, Cut):
                columns.append(pa.repeat(pa.scalar(flat(each, value), kind), len(lines)))
                continue
            (a, more), (b, less) = value.part.begins, value.part.ends
            texts = block.texts(edges[a] + more, edges[b] + less, value.before.encode())
            columns.append(texts.cast(kind))
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
    ) -> tuple[list[dict[str, Any]], list[Aside], int]:
        rows: list[dict[str, Any]] = []
        asides: list[Aside] = []
        n_lines = 0
        for begin, end in zip(block.begins[lines].tolist(), block.ends[lines].tolist(), strict=True):
            line = Line(start + begin, end - begin, block.raw[begin:end])
            found = of_line(line, Hints())
            n_lines += found is not None
            if isinstance(found, Aside):
                asides.append(found)
            elif found is not None:
                place = {"_raw": self._raw, "_offset": found.offset, "_length": found.length}
                try:
                    told = self._view.rows(decode_exact(found.body.encode()))
                    made = [
                        {c.name: flat(c, row[c.name]) for c in self._view.columns} for row in told
                    ]
                    rows += [row | place | {"_row": n} for n, row in enumerate(made)]
                except NoRow as error:
                    aside = Aside(found.offset, found.length, "shape", error.reason, error.column)
                    asides.append(aside)
                except DoesNotFit as error:
                    aside = Aside(found.offset, found.length, "shape", "does_not_fit", str(error))
                    asides.append(aside)
        return rows, asides, n_lines


def _in_turn(pool: ThreadPoolExecutor, work: Any, given: Iterable[Any]) -> Iterator[Any]:
    """Give what comes of each in their order; no more are held than are worked on."""
    waiting: list[Future[Any]] = []
    for each in given:
        waiting.append(pool.submit(work, each))
        if len(waiting) > AT_ONCE:
            yield waiting.pop(0).result()
    for each in waiting:
        yield each.result()


def _blocks(pieces: Iterable[bytes]) -> Iterator[tuple[int, bytes | Line]]:
    """Give whole lines many at a time, and what is no whole line as one; with their offsets."""
    held, start, n_passed = bytearray(), 0, 0
    try:
        for piece in pieces:
            if n_passed:  # within a line that is too long
                end = piece.find(b"\n")
                if end < 0:
                    n_passed += len(piece)
                    continue
                yield start, Line(start, n_passed + end, b"", "too_long")
                start, n_passed, piece = start + n_passed + end + 1, 0, piece[end + 1 :]  # noqa: PLW2901  the rest
            held += piece
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

