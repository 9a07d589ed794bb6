"""A line that was read strictly, as the form of others: its parts, and the rows they have."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from attending.fhir.decode import decode_exact
from attending.fhir.kinds import WHOLE
from attending.ingest.feed import Hints, moment, resource
from attending.ingest.flat.block import Places, stretches
from attending.ingest.flat.spelled import SPELLED, are_spelled
from attending.lake.clinical.received import Aside

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from attending.fhir.view import View
    from attending.ingest.flat.block import Block

    Whole = NDArray[np.int64]
    Short = NDArray[np.int32]
    Yes = NDArray[np.bool_]

REFERENCE = re.compile(rb"([A-Z][A-Za-z]*/)[A-Za-z0-9\-.]{1,64}")
_NUMBER = re.compile(rb"-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
MOST_BYTES, MOST_AT_ONCE = 1 << 17, 256  # lines are compared so many at once: it stays in a cache


class Part(NamedTuple):
    """A part of a form: where it begins and ends, counted from edges, and what stands there.

    Edges are the line's begin, then of each text its first byte and the quote behind it, then the
    line's end. `kind` is fixed, text, whole, decimal, id, time, or reference.
    """

    begins: tuple[int, int]
    ends: tuple[int, int]
    kind: str
    said: bytes


class Cut(NamedTuple):
    """A cell that is cut out of each line: what stands before it, and the number of its part."""

    before: str
    part: int


class Like:
    """Lines that are like a form: their numbers, and where the form's parts stand in them.

    Parameters
    ----------
    block
        The lines are of it.
    lines
        Their numbers.
    at
        A row for each line: where the parts begin, and where the last one ends.

    """

    def __init__(self, block: Block, lines: Whole, at: Short) -> None:
        self.block, self.lines, self.at = block, lines, at
        self._texts: dict[int, pa.Array] = {}

    def those(self, are: Yes) -> Like:
        """Give some of them."""
        return self if are.all() else Like(self.block, self.lines[are], self.at[are])

    def texts(self, n: int) -> pa.Array:
        """Cut a part out of each line."""
        if n not in self._texts:
            self._texts[n] = self.block.texts(self.at[:, n], self.at[:, n + 1])
        return self._texts[n]


class Form:
    """A line that was read strictly, and the rows of a view that lines like it have.

    Parameters
    ----------
    raw
        The line.
    view
        A plain view.
    literals
        The texts that the view compares with.

    Raises
    ------
    ValueError
        Lines like this one are read one at a time.

    """

    def __init__(self, raw: bytes, view: View, literals: frozenset[bytes]) -> None:
        self._literals = literals
        if raw.strip() != raw or isinstance(resource(raw, 0, Hints()), Aside):
            raise ValueError
        tree = decode_exact(raw)
        self.parts = _merged(_cut(raw, tree, literals))
        signs: dict[object, int] = {}
        line = _signed(self.parts, signs)
        rows = view.rows(decode_exact(line))
        names: dict[object, Cut] = {sign: Cut("", n) for sign, n in signs.items()}
        for sign, n in signs.items():
            if self.parts[n].kind == "id":
                names[f"{tree['resourceType']}/{sign}"] = Cut(f"{tree['resourceType']}/", n)
        kinds = {column.name: column.type for column in view.columns}
        self.rows = [
            {name: self._cell(names, value, kinds[name]) for name, value in row.items()}
            for row in rows
        ]
        self._given = {c.part for row in self.rows for c in row.values() if isinstance(c, Cut)}
        self._places = _places(self.parts, raw.count(b'"'))
        free = [n for n, part in enumerate(self.parts) if part.kind != "fixed"]
        self._free = np.array(free, dtype=np.int64)
        self._spelled = [n for n in free if self.parts[n].kind != "text"]
        said = [part.said if part.kind == "fixed" else b"" for part in self.parts]
        said.append(b"")  # what lies between a line and the next
        self._is_free = np.array([*(part.kind != "fixed" for part in self.parts), True])
        one = b"".join(said)
        n = min(MOST_AT_ONCE, 1 + MOST_BYTES // len(one))
        offsets = np.cumsum([0, *[len(each) for each in said] * n])
        self._said = stretches(offsets.astype(np.int32), pa.py_buffer(one * n), pa.binary())

    def like(self, block: Block, lines: Whole) -> Like:
        """Find the lines that are like this one, among lines with as many quotes."""
        at = block.cut(lines, self._places)
        is_right = at[:, 1:] >= at[:, :-1]  # or a number ends before its begin: nothing is there
        if not is_right.all():
            lines, at = lines[is_right.all(axis=1)], at[is_right.all(axis=1)]
        found = Like(block, lines, at)
        found = found.those(self._is_said(found))
        if not len(found.lines):
            return found
        may = ~self._has_literal(found)
        for n in self._spelled:
            may &= _may_stand(found.texts(n), self.parts[n])
        if len(block.escapes):
            for n in self._given:  # what it stands for would have to be worked out
                may &= ~block.has_escape(found.at[:, n], found.at[:, n + 1])
        return found.those(may)

    def _is_said(self, found: Like) -> Yes:
        """Tell in which lines everything that is fixed stands where it should."""
        stands = np.ones(len(found.lines), dtype=bool)
        width = len(self._is_free)
        most = len(self._said) // width
        for n in range(0, len(stands), most):
            at = found.at[n : n + most]
            ours = stretches(at.ravel(), found.block.buffer, pa.binary())
            same = pc.equal(ours, self._said.slice(0, len(ours))).buffers()[1]
            bits = np.unpackbits(np.frombuffer(same, np.uint8), count=at.size, bitorder="little")
            stands[n : n + most] = (bits.reshape(at.shape) | self._is_free).all(axis=1)
        return stands

    def _has_literal(self, found: Like) -> Yes:
        """Tell which lines say a text of the view's where the form says another."""
        told = np.zeros(len(found.lines), dtype=bool)
        begins = found.at[:, self._free]
        lengths = found.at[:, self._free + 1] - begins
        for literal in self._literals:
            rows, columns = np.nonzero(lengths == len(literal))
            told[rows[found.block.same(begins[rows, columns], literal)]] = True
        return told

    def _cell(self, names: dict[object, Cut], value: object, kind: str) -> object:
        """Give what a cell is cut from, or the value that it has in every line of the form."""
        found = names.get(value)
        if found is None or isinstance(value, bool):
            if isinstance(value, int | Decimal) and not isinstance(value, bool):
                raise ValueError  # a number that is written in the form: rare, and read by itself
            return value
        is_number = self.parts[found.part].kind in ("whole", "decimal")
        if is_number and kind not in (WHOLE | {"decimal"}):
            raise ValueError  # a number as text: its spelling is the other way's to give
        return found


def _may_stand(texts: pa.Array, part: Part) -> Yes:
    """Tell which texts may stand where the form has one of its kind."""
    if part.kind == "time":
        return np.array([_is_time(each) for each in texts.to_pylist()], dtype=bool)
    return are_spelled(texts, part.kind, _type_of(part.said))


def _cut(raw: bytes, tree: dict[str, Any], literals: frozenset[bytes]) -> Iterator[Part]:
    """Give the parts of a line: between texts, and texts, by turns."""
    pieces = raw.split(b'"')
    depth, key, last = 0, b"", len(pieces) - 1
    for n, said in enumerate(pieces):
        if n % 2:
            if pieces[n + 1].lstrip().startswith(b":"):
                key, kind = said, "fixed"
            else:
                kind = _kind(said, key, tree, depth=depth, literals=literals)
            yield Part((n, 0), (n + 1, 0), kind, said)
            continue
        before, behind = b'"' * (n > 0), b'"' * (n < last)
        yield from _gap(n, before + said + behind)
        depth += said.count(b"{") - said.count(b"}")


def _kind(
    said: bytes, key: bytes, tree: dict[str, Any], *, depth: int, literals: frozenset[bytes]
) -> str:
    text = said.decode()
    if said in literals or (depth == 1 and key == b"resourceType"):
        return "fixed"
    if depth == 1 and key == b"id" and tree["id"] == text:
        return "id"
    if key == b"lastUpdated":
        return "time"
    if key == b"reference":
        return "reference" if REFERENCE.fullmatch(said) else "fixed"
    return "text"


def _gap(n: int, said: bytes) -> Iterator[Part]:
    """Give what stands between two texts; a lone number in it is a value."""
    numbers = list(_NUMBER.finditer(said))
    if len(numbers) != 1:
        yield Part((n, 0), (n + 1, 0), "fixed", said)
        return
    [number] = numbers
    kind = next((k for k in ("whole", "decimal") if re.match(SPELLED[k], number[0].decode())), "")
    if not kind:
        raise ValueError
    begins, ends = (n, number.start()), (n + 1, number.end() - len(said))
    yield Part((n, 0), begins, "fixed", said[: number.start()])
    yield Part(begins, ends, kind, number[0])
    yield Part(ends, (n + 1, 0), "fixed", said[number.end() :])


def _merged(cut: Iterator[Part]) -> list[Part]:
    """Join fixed parts that follow one another."""
    merged: list[Part] = []
    for part in cut:
        if merged and part.kind == merged[-1].kind == "fixed":
            before = merged[-1]
            merged[-1] = Part(before.begins, part.ends, "fixed", before.said + part.said)
        else:
            merged.append(part)
    return merged


def _signed(parts_of: list[Part], signs: dict[object, int]) -> bytes:
    """Give the line with a sign in the place of each value, and which sign is which part's."""
    line, whole = b"", b"".join(part.said for part in parts_of)
    for n, part in enumerate(parts_of):
        said: bytes = part.said
        sign: object
        if part.kind == "fixed":
            line += said
            continue
        if part.kind in ("whole", "decimal"):
            said = b"9%07d" % n + (b".5" if part.kind == "decimal" else b"")
            sign = int(said) if part.kind == "whole" else Decimal(said.decode())
        elif part.kind == "time":
            sign = f"2026-01-01T00:00:00.{n:07}Z"
            said = sign.encode()
        else:
            before = _type_of(part.said) if part.kind == "reference" else ""
            sign = f"{before}sign-{n}"
            said = sign.encode()
        if said in whole:
            raise ValueError
        signs[sign] = n
        line += said
    return line


def _type_of(said: bytes) -> str:
    found = REFERENCE.fullmatch(said)
    return found[1].decode() if found else ""


def _is_time(text: str) -> bool:
    try:
        moment(text)
    except ValueError:
        return False
    return True


def _places(parts_of: list[Part], n_quotes: int) -> Places:
    """Give where the parts but the first begin."""
    within = [part.begins for part in parts_of[1:]]
    quotes = [(edge, n) for edge, n in within if edge <= n_quotes]
    if any(edge == 0 for edge, _ in quotes):
        raise ValueError
    return Places(
        np.array([edge - 1 for edge, _ in quotes]),
        np.array([edge % 2 + n for edge, n in quotes], dtype=np.int32),
        np.array([-n for edge, n in within if edge > n_quotes], dtype=np.int32),
    )
