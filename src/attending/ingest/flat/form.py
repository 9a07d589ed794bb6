"""A line that was read strictly, as the form of others: its parts, and the rows they have."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pyarrow.compute as pc

from attending.fhir.decode import decode_exact
from attending.fhir.kinds import WHOLE
from attending.ingest.feed import Hints, moment, resource
from attending.lake.clinical.received import Aside

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from attending.fhir.view import View
    from attending.ingest.flat.block import Block

    Whole = NDArray[np.int64]
    Yes = NDArray[np.bool_]

REFERENCE = re.compile(rb"([A-Z][A-Za-z]*/)[A-Za-z0-9\-.]{1,64}")
_NUMBER = re.compile(rb"-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
WORDS = {  # what a value must be to be like the form's
    "whole": r"^(?:0|-?[1-9][0-9]{0,17})$",
    "decimal": r"^-?(?:0|[1-9][0-9]{0,18})\.[0-9]{1,18}$",
    "id": r"^[A-Za-z0-9.-]{1,64}$",
}


class Part(NamedTuple):
    """A part of a form: where it begins and ends, counted from edges, and what stands there.

    `kind` is fixed, text, whole, decimal, id, time, or reference.
    """

    begins: tuple[int, int]
    ends: tuple[int, int]
    kind: str
    said: bytes


class Cut(NamedTuple):
    """A cell that is cut out of each line: what stands before it, and which part it is."""

    before: str
    part: Part


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
        signs: dict[object, Part] = {}
        line = _signed(self.parts, signs)
        rows = view.rows(decode_exact(line))
        names: dict[object, Cut] = {sign: Cut("", part) for sign, part in signs.items()}
        for sign, part in signs.items():
            if part.kind == "id":
                names[f"{tree['resourceType']}/{sign}"] = Cut(f"{tree['resourceType']}/", part)
        kinds = {column.name: column.type for column in view.columns}
        self.rows = [
            {name: _cell(names, value, kinds[name]) for name, value in row.items()} for row in rows
        ]

    def like(self, block: Block, edges: Whole) -> Yes:
        """Tell which lines are like this one."""
        like = np.ones(edges.shape[1], dtype=bool)
        for part in self.parts:  # how long things are is asked first: it settles most
            length = at_edge(edges, part.ends) - at_edge(edges, part.begins)
            like &= length == len(part.said) if part.kind == "fixed" else length >= 0
        left = np.flatnonzero(like)
        if not len(left):
            return like
        edges = edges if len(left) == len(like) else edges[:, left]
        stands = np.ones(len(left), dtype=bool)
        for part in self.parts:
            begins, ends = at_edge(edges, part.begins), at_edge(edges, part.ends)
            if part.kind == "fixed":
                stands &= block.same(begins, part.said)
            else:
                stands &= self._may_stand(block, part, begins, ends)
        like[left] = stands
        return like

    def _may_stand(self, block: Block, part: Part, begins: Whole, ends: Whole) -> Yes:
        may, length = np.ones(len(begins), dtype=bool), ends - begins
        for literal in self._literals:
            same = np.flatnonzero(length == len(literal))
            if len(same):
                may[same] &= ~block.same(begins[same], literal)
        if part.kind == "text":
            return may
        texts = block.texts(begins, ends)
        if part.kind == "time":
            may &= np.array([_is_time(each) for each in texts.to_pylist()], dtype=bool)
            return may
        word = WORDS.get(part.kind) or f"^{_type_of(part.said)}[A-Za-z0-9.-]{{1,64}}$"
        may &= pc.match_substring_regex(texts, word).to_numpy(zero_copy_only=False)
        return may


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
    kind = next((k for k in ("whole", "decimal") if re.match(WORDS[k], number[0].decode())), "")
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


def _signed(parts_of: list[Part], signs: dict[object, Part]) -> bytes:
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
        signs[sign] = part
        line += said
    return line


def _cell(names: dict[object, Cut], value: object, kind: str) -> object:
    """Give what a cell is cut from, or the value that it has in every line of the form."""
    found = names.get(value)
    if found is None or isinstance(value, bool):
        if isinstance(value, int | Decimal) and not isinstance(value, bool):
            raise ValueError  # a number that is written in the form: rare, and read by itself
        return value
    is_number = found.part.kind in ("whole", "decimal")
    if is_number and kind not in (WHOLE | {"decimal"}):
        raise ValueError  # a number as text: its spelling is the other way's to give
    return found


def _type_of(said: bytes) -> str:
    found = REFERENCE.fullmatch(said)
    return found[1].decode() if found else ""


def _is_time(text: str) -> bool:
    try:
        moment(text)
    except ValueError:
        return False
    return True


def at_edge(edges: Whole, place: tuple[int, int]) -> Whole:
    """Give, for each line, a place that is counted from an edge."""
    at: Whole = edges[place[0]] + place[1]
    return at
