"""A proposal is read strictly, and refused with everything that is wrong with it at once."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, NamedTuple, TypeVar

import msgspec

from attending import shapes
from attending.spec.conform import Walk, conform
from attending.spec.document import Document
from attending.spec.mistake import Mistake, SpecRefused, nearest
from attending.spec.proposals.proposal import (
    CRITERIA,
    NOT_KNOWN,
    PEOPLE,
    PHASES,
    Box,
    Impact,
    Proposal,
    Success,
    within,
)
from attending.spec.scalar import meaning

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from attending.spec.document import At

Plain = dict[str, object]
Shape = TypeVar("Shape", bound=msgspec.Struct)

STEP = re.compile(r"([a-z_][a-z_0-9]*)|\[(\d{1,2})\]")
LISTS_OF_TEXT = ("aliases",)


@dataclass(frozen=True)
class Known:
    """What a proposal is held against.

    Attributes
    ----------
    gone
        People who have left.
    units
        The units of measure that the impact table in force knows, by kind of impact.

    """

    gone: frozenset[str] = frozenset()
    units: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


class Typed(NamedTuple):
    """One field of a sheet or a form: its path, what was typed, and its row where it has one."""

    path: str
    text: str
    row: int | None = None


def read_proposal(document: Document, known: Known) -> Proposal:
    """Make a proposal of a document.

    Raises
    ------
    SpecRefused
        With every mistake: of shape, of sense, and posts that nobody holds any more.

    """
    walk = Walk(document)
    plain = conform(walk, Proposal) or {}  # what could be read, where not all could
    for wrong in (*_left(plain, known.gone), *_wrong(plain, known)):
        walk.refuse(wrong.at, wrong.what, wrong.accepted, wrong.near)
    if walk.mistakes:
        raise SpecRefused(walk.mistakes)
    return shapes.convert(plain, Proposal)


def typed_document(typed: Iterable[Typed], *, file: str = "") -> Document:
    """Make a document of typed fields, such as ``after_launch.owner`` and ``metrics[0].target``.

    What is left empty is not there: a field is answered, if with ``not_known``, or refused.

    Raises
    ------
    SpecRefused
        A path is none, or two of them cannot both be.

    """
    plain: dict[str, object] = {}
    lines: dict[At, int] = {}
    mistakes = []
    for each in typed:
        at = _path(each.path)
        where = f"{file}:{each.row}" if each.row is not None else file
        if not at:
            mistakes.append(Mistake(f"{each.path!r} is no field of a proposal", where))
        elif each.text.strip() and not _put(plain, at, _value(at, each.text.strip())):
            mistakes.append(
                Mistake("this field is here twice, or inside another", where, each.path)
            )
        if each.row is not None:
            lines[at] = each.row
    if mistakes:
        raise SpecRefused(mistakes)
    return Document(_closed(plain), file, lines)


def _path(text: str) -> At:
    at: list[str | int] = []
    end = 0
    while end < len(text):
        found = STEP.match(text, end + (text[end] == "."))
        if found is None:
            return ()
        at.append(found[1] if found[1] is not None else int(found[2]))
        end = found.end()
    return tuple(at)


def _value(at: At, text: str) -> object:
    if at[-1] in LISTS_OF_TEXT:
        return [each.strip() for each in text.split(";") if each.strip()]
    known = meaning(text)
    return known if isinstance(known, int | float) and not isinstance(known, bool) else text


def _put(plain: dict[str, object], at: At, value: object) -> bool:
    """Put a value at a path, lists as numbered keys for now; tell whether there was room."""
    node = plain
    for part in at[:-1]:
        inner = node.setdefault(str(part), {})
        if not isinstance(inner, dict):
            return False
        node = inner
    if str(at[-1]) in node:
        return False
    node[str(at[-1])] = value
    return True


def _closed(node: dict[str, object]) -> object:
    """Make lists of what has numbered keys; rows left out altogether are closed up."""
    inner = {k: _closed(v) if isinstance(v, dict) else v for k, v in node.items()}
    if inner and all(key.isdigit() for key in inner):
        return [inner[key] for key in sorted(inner, key=int)]
    return inner


class Wrong(NamedTuple):
    """One thing that is wrong, and where."""

    at: At
    what: str
    accepted: tuple[str, ...] = ()
    near: str | None = None


def _left(plain: object, gone: frozenset[str]) -> Iterator[Wrong]:
    for at in PEOPLE:
        person = within(plain, at)
        if isinstance(person, str) and person in gone:
            yield Wrong(at, f"{person} has left; name who holds the post now")
        elif person == NOT_KNOWN:
            yield Wrong(at, "nothing starts without somebody here; name who it is")


def _wrong(plain: Plain, known: Known) -> Iterator[Wrong]:
    yield from _criteria(plain)
    yield from _boxes(plain)
    for i, row in _items(plain, "metrics", Success):
        if _day(row.by) is None:
            yield Wrong(("metrics", i, "by"), f"{row.by} is no date")
        if row.baseline == row.target:
            yield Wrong(("metrics", i, "target"), "the target is what there is today already")
    for i, hoped in _items(plain, "impact", Impact):
        units = known.units.get(hoped.kind, ())
        if hoped.unit not in units:
            what = f"the impact table has no unit {hoped.unit!r} for {hoped.kind}"
            yield Wrong(("impact", i, "unit"), what, units, nearest(hoped.unit, units))
        told = [x for x in (hoped.low, hoped.likely, hoped.high) if not isinstance(x, str)]
        if told != sorted(told):
            yield Wrong(("impact", i), "low, likely and high are out of order")


def _items(plain: Plain, name: str, shape: type[Shape]) -> Iterator[tuple[int, Shape]]:
    """Give the rows of a list that have the right shape; the others are refused already."""
    rows = plain.get(name)
    for i, row in enumerate(rows if isinstance(rows, list) else ()):
        try:
            yield i, shapes.convert(row, shape)
        except msgspec.ValidationError:
            continue


class _Named(msgspec.Struct):
    """A criterion's id, whatever else is wrong with it."""

    id: str
    answer: str = ""


def _criteria(plain: Plain) -> Iterator[Wrong]:
    if "criteria" not in plain:
        return
    answered: dict[str, str] = {}
    for i, each in _items(plain, "criteria", _Named):
        if each.id in answered:
            yield Wrong(("criteria", i, "id"), f"{each.id} is answered twice; keep one")
        answered[each.id] = each.answer
    for name in CRITERIA:
        if name not in answered:
            what = f"{name} is not answered ({CRITERIA[name]}); write yes, no or not_known"
            yield Wrong(("criteria",), what)
    if answered.get("talent_in_house") == "yes" == answered.get("no_capability"):
        yield Wrong(("criteria",), "talent_in_house and no_capability cannot both be yes")


def _boxes(plain: Plain) -> Iterator[Wrong]:
    seen: list[tuple[int, date]] = []
    for i, box in _items(plain, "boxes", Box):
        start, end, place = _day(box.from_on), _day(box.to), PHASES.index(box.phase)
        if start is None or end is None:
            yield Wrong(("boxes", i), f"{box.from_on if start is None else box.to} is no date")
        elif end < start:
            yield Wrong(("boxes", i), f"{box.phase} ends before it begins")
        elif any(place == other for other, _ in seen):
            yield Wrong(("boxes", i, "phase"), f"{box.phase} is here twice; keep one")
        elif any((place > other) != (start >= began) for other, began in seen):
            yield Wrong(("boxes", i), f"{box.phase} begins out of order: {', '.join(PHASES)}")
        if start is not None:
            seen.append((place, start))


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
