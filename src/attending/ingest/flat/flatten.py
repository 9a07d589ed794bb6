"""Flatten a file of resources: the rows of one view as Parquet, each with the place it is from.

For a view that is tried, or a file that goes elsewhere: no table of the lake is asked or written.
What is no resource, or none that the view can read, is set aside with its place and a reason, as
a load does.
"""

from __future__ import annotations

from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from attending.fhir.decode import LONGEST, Malformed, decode_exact
from attending.fhir.functions import NoRow
from attending.fhir.mapped_view import MappedView
from attending.fhir.view import View
from attending.ingest.feed import Hints, lacking
from attending.ingest.feeds.fhir_ndjson import bare_of
from attending.ingest.flat.alike import Alike
from attending.ingest.flat.block import Block
from attending.ingest.flat.form import Cut
from attending.ingest.flat.through import Through
from attending.ingest.lines import Line
from attending.lake.clinical.cells import DoesNotFit, flat, flat_kind
from attending.lake.clinical.columns import TEXT, WHOLE, YES_NO
from attending.lake.clinical.received import Aside
from attending.lake.inflate import PIECE, Broken

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from attending.facts.data.parked import Reason
    from attending.fhir.mapped_view import Flat
    from attending.fhir.view import Column
    from attending.ingest.flat.alike import Found

Given = tuple[int, Block | Line]
Told = tuple[list[pa.Table], list[Aside], int, int]
BLOCK = 3 << 20  # bytes of lines that are looked at together
MOST_WAITING = 8  # tables of blocks that wait for the digest, while a large file is still hashed
NO_HINTS = Hints()
RAW = pa.field("_raw", TEXT)
OF_LINE = [
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
        The view, or one whose columns go through maps of codes and into units.
    raw
        What the rows say they are from: the digest of the raw file, or what gives it once it is
        known.
    together
        Whether lines that are alike are read together; the rows are the same either way.

    """

    def __init__(
        self, view: View | MappedView, raw: str | Future[str], *, together: bool = True
    ) -> None:
        self._raw: Future[str] = Future()
        if isinstance(raw, str):
            self._raw.set_result(raw)
        else:
            self._raw = raw
        beneath = view.beneath if isinstance(view, MappedView) else view
        if not isinstance(beneath, View):
            raise TypeError(f"{view.name} is no view of resources")
        self._beneath = beneath
        self._through = Through(view) if isinstance(view, MappedView) else None
        self._alike = Alike(self._beneath)
        self.is_together = together and self._alike.is_usable
        self._room = np.empty(BLOCK + PIECE, dtype=bool)  # one block is looked at at a time
        self._read = _schema(self._beneath, OF_LINE)
        self.schema = _schema(view, OF_LINE)
        self._written = _schema(view, [RAW, *OF_LINE])

    def write(self, pieces: Iterable[bytes], into: Path) -> Flattened:
        """Flatten a stream into a Parquet file, whose rows name the digest too."""
        n_lines = n_rows = n_single = 0
        waiting: deque[pa.Table] = deque()
        asides: list[Aside] = []
        with (
            # no dictionary: zstd finds what comes again in less time, and in fewer bytes
            pq.ParquetWriter(into, self._written, compression="zstd", use_dictionary=False) as file,
            # one beside what is read and written: two wait for one another, and hold more
            ThreadPoolExecutor(1) as pool,
        ):
            blocks = (self._block(*each) for each in _blocks(pieces))
            for tables, told, lines, single in _in_turn(pool, self._of, blocks):
                waiting += tables
                while waiting and (self._raw.done() or len(waiting) > MOST_WAITING):
                    file.write_table(self._named(waiting.popleft()))
                n_rows += sum(map(len, tables))
                n_lines, n_single = n_lines + lines, n_single + single
                asides += told
            for table in waiting:
                file.write_table(self._named(table))
        return Flattened(n_lines, n_rows, tuple(asides), n_single)

    def _named(self, rows: pa.Table) -> pa.Table:
        """Give rows with the digest, once it is known, before where in the file they are from."""
        raw = pa.repeat(pa.scalar(self._raw.result(), TEXT), len(rows))
        return rows.add_column(len(rows.column_names) - len(OF_LINE), RAW, raw)

    def of_lines(self, raw: bytes) -> tuple[pa.Table, list[Aside], int]:
        """Give the rows of whole lines, what is set aside, and how many were read by themselves."""
        tables, asides, _, n_single = self._of(self._block(0, raw)) if raw else ([], [], 0, 0)
        rows = pa.concat_tables(tables) if tables else self.schema.empty_table()
        return rows, asides, n_single - len(asides)

    def _block(self, start: int, what: bytes | Line) -> Given:
        """Find where texts begin and end in whole lines; what is no line stays what it is."""
        return start, what if isinstance(what, Line) else Block(what, self._room)

    def _of(self, given: Given) -> Told:
        """Give the rows of a block, what was set aside, and how many lines it has."""
        start, block = given
        if isinstance(block, Line):
            aside = Aside(block.offset, block.length, "frame", block.reason or "too_long")
            return [], [aside], 1, 1
        is_left = np.ones(len(block.ends), dtype=bool)
        found: list[pa.Table] = []
        for alike in self._alike.of(block) if self.is_together else ():
            is_left[alike.like.lines] = False
            found += [self._cut(alike, n, block, start) for n in range(len(alike.form.rows))]
        rows, asides, n_single = self._one_at_a_time(block, np.flatnonzero(is_left), start)
        n_alike = int(len(block.ends) - is_left.sum())
        if rows:
            columns = zip(self._read, zip(*rows, strict=True), strict=True)
            arrays = [pa.array(values, field.type) for field, values in columns]
            found.append(pa.Table.from_arrays(arrays, schema=self._read))
        together = [pa.concat_tables(found).combine_chunks()] if found else []
        if self._through is not None:
            together = [_that_fit(*self._through.of(each), asides) for each in together]
        return together, asides, n_alike + n_single, n_single

    def _cut(self, found: Found, n: int, block: Block, start: int) -> pa.Table:
        """Cut one row of a form out of every line that is like it."""
        lines = found.like.lines
        columns = {}
        for each in self._beneath.columns:
            value, kind = found.form.rows[n][each.name], flat_kind(each)
            if isinstance(value, Cut):
                columns[each.name] = found.part(value).cast(kind)
            else:
                columns[each.name] = pa.repeat(pa.scalar(flat(each, value), kind), len(lines))
        begins, ends = block.begins[lines], block.ends[lines]
        of_line = [
            pa.array(begins + start),
            pa.array(ends - begins),
            pa.repeat(pa.scalar(n, WHOLE), len(lines)),
        ]
        return pa.Table.from_arrays([*columns.values(), *of_line], schema=self._read)

    def _one_at_a_time(
        self, block: Block, lines: NDArray[Any], start: int
    ) -> tuple[list[tuple[Any, ...]], list[Aside], int]:
        rows: list[tuple[Any, ...]] = []
        asides: list[Aside] = []
        n_lines = 0
        changed = _changed(self._beneath)
        ends = block.ends[lines].tolist()
        for begin, end in zip(block.begins[lines].tolist(), ends, strict=True):
            bare, offset = block.raw[begin:end], start + begin
            if bare[:1] != b"{" or bare[-1:] != b"}":
                bare, offset = bare_of(Line(offset, end - begin, bare))
            n_lines += bool(bare)
            told = self._told(bare, offset, changed) if bare else []
            if isinstance(told, Aside):
                asides.append(told)
            else:
                rows += told
        return rows, asides, n_lines

    def _told(
        self, raw: bytes, offset: int, changed: list[tuple[int, Column]]
    ) -> list[tuple[Any, ...]] | Aside:
        """Give the rows of one resource, or why it has none."""
        n_bytes = len(raw)
        try:
            tree = decode_exact(raw)
            found = lacking(tree, offset, n_bytes, NO_HINTS)
            if isinstance(found, Aside):
                return found
            return [
                (*_flat_row(values, changed), offset, n_bytes, n)
                for n, values in enumerate(self._beneath.tuples(tree))
            ]
        except Malformed as error:
            return Aside(offset, len(raw), "decode", error.reason)
        except NoRow as error:
            reason = cast("Reason", error.reason)
            return Aside(offset, len(raw), "shape", reason, error.column)
        except DoesNotFit as error:
            return Aside(offset, len(raw), "shape", "does_not_fit", str(error))


def _schema(view: Flat, behind: list[pa.Field]) -> pa.Schema:
    return pa.schema([*(pa.field(each.name, flat_kind(each)) for each in view.columns), *behind])


def _that_fit(rows: pa.Table, wrong: dict[int, str], asides: list[Aside]) -> pa.Table:
    """Take out all rows of a resource that has one which its column cannot hold."""
    of = {
        (rows["_offset"][n].as_py(), rows["_length"][n].as_py()): column
        for n, column in sorted(wrong.items(), reverse=True)  # the first of a resource is told
    }
    if not of:
        return rows
    asides += [Aside(*place, "shape", "does_not_fit", column) for place, column in of.items()]
    offsets = pa.array([offset for offset, _ in of])
    return rows.filter(pc.invert(pc.is_in(rows["_offset"], offsets)))


def _changed(view: View) -> list[tuple[int, Column]]:
    """Give the columns whose values may be told otherwise, or not at all, in their flat column."""
    return [
        (place, each)
        for place, each in enumerate(view.columns)
        if not each.type or flat_kind(each) not in (TEXT, YES_NO)
    ]


def _flat_row(values: tuple[Any, ...], changed: list[tuple[int, Column]]) -> list[Any]:
    row = list(values)
    for place, column in changed:
        row[place] = flat(column, row[place])
    return row


def _in_turn(
    pool: ThreadPoolExecutor, work: Callable[[Given], Told], given: Iterable[Given]
) -> Iterator[Told]:
    """Give what comes of each in their order; no more are held than are worked on."""
    waiting: deque[Future[Told]] = deque()
    for each in given:
        waiting.append(pool.submit(work, each))
        if len(waiting) > 1:
            yield waiting.popleft().result()
    while waiting:
        yield waiting.popleft().result()


def _blocks(pieces: Iterable[bytes]) -> Iterator[tuple[int, bytes | Line]]:
    """Give whole lines many at a time, and what is no whole line as one; with their offsets."""
    held: list[bytes] = []
    start = n_held = n_passed = 0
    has_end = False
    try:
        for given in pieces:
            piece = given
            if n_passed:  # within a line that is too long
                end = piece.find(b"\n")
                if end < 0:
                    n_passed += len(piece)
                    continue
                yield start, Line(start, n_passed + end, b"", "too_long")
                start, n_passed, piece = start + n_passed + end + 1, 0, piece[end + 1 :]
            held.append(piece)
            n_held += len(piece)
            has_end |= (
                b"\n" in piece
            )  # or a long line in small pieces would be looked over for each
            if has_end and n_held >= BLOCK:
                whole, left = _whole_lines(held)
                yield start, whole
                start, n_held, held, has_end = start + len(whole), len(left), [left], False
            if n_held > LONGEST:
                n_passed, n_held, held = n_held, 0, []
    except Broken as error:
        whole, left = _whole_lines(held)
        if whole:
            yield start, whole
        yield start + len(whole), Line(start + len(whole), n_passed + len(left), b"", error.reason)
        return
    if n_passed:
        yield start, Line(start, n_passed, b"", "too_long")
    elif n_held:
        whole, left = _whole_lines(held)
        yield start, whole + left + b"\n" if left else whole


def _whole_lines(held: list[bytes]) -> tuple[bytes, bytes]:
    """Give the whole lines of some pieces, and what is left of the last line."""
    for n in range(len(held) - 1, -1, -1):
        end = held[n].rfind(b"\n") + 1
        if end:
            return b"".join([*held[:n], held[n][:end]]), b"".join([held[n][end:], *held[n + 1 :]])
    return b"", b"".join(held)
