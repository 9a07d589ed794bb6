"""Lines that differ from one that was read strictly in nothing but their values.

An export says the same thing in the same way thousands of times. Where a line has the same keys,
brackets and signs in the same places as a line that was read strictly, and its texts hold no
escape, no control character and nothing but UTF-8, it is read as well: it can have no key twice,
and no bracket too many. A plain view's rows depend on that form and on which texts equal the view's
own literals, so they are found once for each form, by the reference evaluator, with a sign in
the place of each value. The values are then cut out of the bytes for all lines at once.

Whatever this does not cover is left to be read one line at a time.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from attending.fhir.decode import LONGEST, Malformed, decode_exact
from attending.fhir.expression import Literal, parts
from attending.fhir.functions import NoRow
from attending.fhir.kinds import WHOLE
from attending.ingest.feed import Hints, moment, resource
from attending.lake.clinical.received import Aside

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from attending.fhir.definition import Selection
    from attending.fhir.expression import Node
    from attending.fhir.view import View

    Whole = NDArray[np.int64]
    Yes = NDArray[np.bool_]

MOST_FORMS = 32  # of lines with as many texts; the rest is read one at a time
FEWEST = 16  # lines of a block for which a new form is looked for
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


class Block:
    """Lines of a file, each with where its texts begin and end.

    Parameters
    ----------
    raw
        Whole lines, each with its line break.

    """

    def __init__(self, raw: bytes) -> None:
        self.raw = raw
        self.bytes = own = np.frombuffer(raw, dtype=np.uint8)
        # one question for what is no printable ASCII; the difference wraps around below a space
        rare = np.flatnonzero((own - np.uint8(ord(" "))) > ord("~") - ord(" "))
        is_end = own[rare] == ord("\n")
        self.ends = rare[is_end]
        self.begins = np.concatenate(([0], self.ends[:-1] + 1))
        self.quotes = np.flatnonzero(own == ord('"'))
        self.first = np.searchsorted(self.quotes, self.begins)
        self.n_quotes = np.searchsorted(self.quotes, self.ends) - self.first
        self.is_plain = (self.n_quotes % 2 == 0) & (self.n_quotes > 0)
        self.is_plain &= self.ends - self.begins <= LONGEST
        odd = rare[~is_end]
        if len(odd) and _is_utf8(raw):
            odd = odd[own[odd] <= ord("~")]
        self._set_apart(odd)
        if b"\\" in raw:
            self._set_apart(np.flatnonzero(own == ord("\\")))
        self._stretches: dict[int, NDArray[np.bytes_]] = {}

    def _set_apart(self, places: Whole) -> None:
        self.is_plain[np.searchsorted(self.ends, places)] = False

    def edges(self, lines: Whole, n_quotes: int) -> Whole:
        """Give, for lines with as many quotes, where each text and each gap between them begins.

        A row for each edge: the line's begin, then of each text the first byte and the quote
        behind it, then the line's end.
        """
        of = self.quotes[self.first[lines] + np.arange(n_quotes)[:, None]]
        of[::2] += 1
        return np.vstack((self.begins[lines], of, self.ends[lines]))

    def same(self, begins: Whole, said: bytes) -> Yes:
        """Tell where certain bytes stand; none of them is a null."""
        n = len(said)
        if not n:
            return np.ones(len(begins), dtype=bool)
        stretches = self._stretches.get(n)
        if stretches is None:  # of that length, one from each byte on; nothing is copied
            shape = (len(self.bytes) - n,)
            stretches = np.ndarray(shape, f"S{n}", self.bytes, strides=(1,))
            self._stretches[n] = stretches
        same: Yes = stretches[begins] == said
        return same

    def texts(self, begins: Whole, ends: Whole, before: bytes = b"") -> pa.Array:
        """Cut stretches out, as texts, with the same before each."""
        offsets = np.empty(2 * len(begins), dtype=np.int32)  # and what lies between, not taken
        offsets[::2], offsets[1::2] = begins, ends
        buffers = [None, pa.py_buffer(offsets), pa.py_buffer(self.bytes)]
        both = pa.Array.from_buffers(pa.string(), len(offsets) - 1, buffers)
        texts = both.take(pa.array(np.arange(0, len(offsets) - 1, 2)))
        return pc.binary_join_element_wise(before.decode(), texts, "") if before else texts


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
            length = _at(edges, part.ends) - _at(edges, part.begins)
            like &= length == len(part.said) if part.kind == "fixed" else length >= 0
        left = np.flatnonzero(like)
        if not len(left):
            return like
        edges = edges if len(left) == len(like) else edges[:, left]
        stands = np.ones(len(left), dtype=bool)
        for part in self.parts:
            begins, ends = _at(edges, part.begins), _at(edges, part.ends)
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
            return may & np.array([_is_time(each) for each in texts.to_pylist()], dtype=bool)
        word = WORDS.get(part.kind) or f"^{_type_of(part.said)}[A-Za-z0-9.-]{{1,64}}$"
        return may & pc.match_substring_regex(texts, word).to_numpy(zero_copy_only=False)


class Found(NamedTuple):
    """Lines that are like a form: their numbers, and those among whose edges theirs are."""

    form: Form
    lines: Whole
    edges: Whole
    like: Yes

    def part(self, block: Block, cut: Cut) -> pa.Array:
        """Cut a part out of each line."""
        begins, ends = _at(self.edges, cut.part.begins), _at(self.edges, cut.part.ends)
        return block.texts(begins[self.like], ends[self.like], cut.before.encode())


class Alike:
    """Finds lines that are alike, and gives their rows.

    Parameters
    ----------
    view
        A plain view without collections.

    """

    def __init__(self, view: View) -> None:
        self._view = view
        self.is_usable = view.plain and not any(
            column.collection or column.type == "instant" for column in view.columns
        )
        found = list(_literals(view)) if self.is_usable else []
        self.is_usable &= all(isinstance(each, str | bool) for each in found)
        self._literals = frozenset(each.encode() for each in found if isinstance(each, str))
        self._forms: dict[int, list[Form | None]] = {}

    def of(self, block: Block) -> Iterator[Found]:
        """Give forms with the lines that are like them; a line in none is to be read by itself."""
        for n in np.unique(block.n_quotes[block.is_plain]).tolist() if self.is_usable else ():
            lines = np.flatnonzero(block.is_plain & (block.n_quotes == n))
            edges = block.edges(lines, n)
            forms = self._forms.setdefault(n, [])
            at = 0
            while len(lines) and (at < len(forms) or self._is_found(forms, block, lines)):
                form, at = forms[at], at + 1
                like = form.like(block, edges) if form is not None else None
                if form is None or like is None or not like.any():
                    continue
                yield Found(form, lines[like], edges, like)
                lines = lines[~like]
                edges = block.edges(lines, n)

    def _is_found(self, forms: list[Form | None], block: Block, lines: Whole) -> bool:
        """Take the middle one of the lines left as a form; None where it cannot be one."""
        if len(forms) >= MOST_FORMS or len(lines) < FEWEST:
            return False
        line = lines[len(lines) // 2]
        raw = block.raw[block.begins[line] : block.ends[line]]
        try:
            forms.append(Form(raw, self._view, self._literals))
        except (Malformed, NoRow, ValueError):
            forms.append(None)
        return True


def _cut(raw: bytes, tree: dict[str, Any], literals: frozenset[bytes]) -> Iterator[Part]:
    """Give the parts of a line: between texts, and texts, by turns."""
    pieces = raw.split(b'"')
    depth, key, last = 0, b"", len(pieces) - 1
    for n, said in enumerate(pieces):
        if n % 2:
            if pieces[n + 1].lstrip().startswith(b":"):
                key, kind = said, "fixed"
            else:
                kind = _kind(said, key, depth, tree, literals)
            yield Part((n, 0), (n + 1, 0), kind, said)
            continue
        before, behind = b'"' * (n > 0), b'"' * (n < last)
        yield from _gap(n, before + said + behind)
        depth += said.count(b"{") - said.count(b"}")


def _kind(
    said: bytes, key: bytes, depth: int, tree: dict[str, Any], literals: frozenset[bytes]
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
            before = merged.pop()
            part = Part(before.begins, part.ends, "fixed", before.said + part.said)  # noqa: PLW2901  joined
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


def _literals(view: View) -> Iterator[object]:
    """Give every literal of a view."""
    waiting: list[Selection] = [*view.definition.selects]
    nodes: list[Node] = [*view.definition.conditions]
    for each in waiting:  # the list grows while it is walked
        waiting += [*each.selects, *each.unions]
        nodes += [*each.over, *(column.node for column in each.columns)]
    for part in (part for node in nodes for part in parts(node)):
        if isinstance(part, Literal):
            yield part.value


def _type_of(said: bytes) -> str:
    found = REFERENCE.fullmatch(said)
    return found[1].decode() if found else ""


def _at(edges: Whole, place: tuple[int, int]) -> Whole:
    return edges[place[0]] + place[1]


def _is_utf8(raw: bytes) -> bool:
    try:
        raw.decode()
    except UnicodeDecodeError:
        return False
    return True


def _is_time(text: str) -> bool:
    try:
        moment(text)
    except ValueError:
        return False
    return True
