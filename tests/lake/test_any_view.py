"""Any plain view of any tree of JSON: the two readings agree, whatever is asked of it."""

from __future__ import annotations

from decimal import Decimal
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attending.errors import Refused
from attending.fhir.view import view
from attending.lake.fast_view import FastView
from attending.lake.view_query import ViewQuery

NAMES = ["code", "item", "n", "rows", "ask", "url", "reference", "type", "extension", "Code"]
CHOICES = ["value.ofType(Quantity)", "value.ofType(string)", "effective.ofType(dateTime)"]
TEXTS = ["a", "b", "", "Patient/1", "Patient", "http://x.org/fhir/Group/2", "urn:x", "true", "1"]
KINDS = ["string", "string", "string", "", "dateTime", "boolean", "decimal", "integer"]

MIXED = [
    *TEXTS,
    *TEXTS,
    *TEXTS,
    *TEXTS,
    0,
    1,
    -1,
    2**63,
    Decimal("1.0"),
    Decimal("1.50"),
    Decimal("1E-7"),
    True,
    False,
]
ODD = [None, {}, [], [None], ["a", None], [["a"]], {"code": "a"}, [{"code": "a"}, "b"]]

chosen = st.sampled_from
literals = chosen(["'a'", "'b'", "''", "true", "false", "'Patient'"])


@st.composite
def paths(draw, depth=2):
    """Give a path of names, places, conditions and functions, most of them plain."""
    said = draw(chosen([*NAMES, *CHOICES, "id"]))
    for _ in range(draw(st.integers(0, depth))):
        step = draw(chosen(["name", "name", "name", "[]", "first()", "where", "extension"]))
        if step == "name":
            said += "." + draw(chosen([*NAMES, *CHOICES]))
        elif step == "[]":
            said += f"[{draw(st.integers(0, 2))}]"
        elif step == "where":
            said += f".where({draw(conditions(depth=1))})"
        elif step == "extension":
            said = f"extension('{draw(chosen(TEXTS))}').{said}"
        else:
            said += f".{step}"
    return said


@st.composite
def conditions(draw, depth=2):
    """Give a condition that a plain view may have."""
    kind = draw(chosen(["=", "=", "!=", "exists", "empty", "and", "or", "not"]))
    inner = conditions(depth=depth - 1)
    if kind in ("=", "!=") or depth <= 0:
        sides = [draw(paths(depth=1)), draw(literals)]
        return f" {kind if kind in ('=', '!=') else '='} ".join(draw(st.permutations(sides)))
    if kind in ("exists", "empty"):
        return f"{draw(paths(depth=1))}.{kind}()"
    if kind == "not":
        return f"({draw(inner)}).not()"
    return f"({draw(inner)}) {kind} ({draw(inner)})"


ends = chosen(["", "", "", "", ".getReferenceKey()", ".getReferenceKey(Patient)"])


@st.composite
def selections(draw, numbers, depth=2):
    """Give a selection whose columns are numbered, each once."""
    found = {"column": [draw(columns(numbers)) for _ in range(draw(st.integers(1, 2)))]}
    over = draw(chosen(["", "", "forEach", "forEachOrNull"]))
    if over:
        found[over] = draw(paths(depth=1))
    if depth > 0 and draw(st.booleans()):
        found["select"] = [draw(selections(numbers, depth - 1))]
    if depth > 0 and draw(chosen([False, False, True])):
        name, kind = f"c{next(numbers)}", draw(chosen(KINDS))
        branch = st.builds(
            lambda path, over: {"column": [{"name": name, "path": path, "type": kind}], **over},
            paths(depth=1),
            st.one_of(st.just({}), paths(depth=0).map(lambda path: {"forEach": path})),
        )
        found["unionAll"] = draw(st.lists(branch, min_size=1, max_size=2))
    return found


@st.composite
def columns(draw, numbers):
    """Give a column, whose path fits its type more often than not."""
    kind = draw(chosen(KINDS))
    path = draw(conditions()) if kind == "boolean" and draw(st.booleans()) else draw(paths())
    ending = draw(ends) if kind in ("", "string") else ""
    collection = draw(chosen([False, False, True]))
    name = f"c{next(numbers)}"
    return {"name": name, "path": path + ending, "type": kind, "collection": collection}


@st.composite
def definitions(draw):
    numbers = iter(range(100))
    asked = [{"path": draw(conditions())}] if draw(st.booleans()) else []
    selects = draw(st.lists(selections(numbers), min_size=1, max_size=2))
    return {"resource": "Thing", "where": asked, "select": selects}


def is_compiled(tried):
    try:
        FastView(view(tried).definition)
    except Refused:
        return False
    return True


plain = definitions().filter(is_compiled)


class Trees:
    """Trees of JSON along the elements that a view reads: lists where others are, and not always.

    Parameters
    ----------
    tried
        The view.
    dice
        Chooses.

    """

    def __init__(self, tried: dict, dice: Random) -> None:
        self._root, self._dice = ViewQuery(view(tried).definition).root, dice
        self._listed = {id(each): dice.random() < 0.4 for each in self._root.everything()}
        self._kind = {id(each): dice.choice(MIXED) for each in self._root.everything()}
        self._oddly = dice.choice((0.0, 0.0, 0.02, 0.1))

    def texts(self, bending, n):
        for _ in range(n):
            tree = {"resourceType": "Thing", **self._object(self._root)}
            yield bending.written(tree, self._dice)

    def _object(self, shape):
        absent = 0.2 if len(shape.below) > 1 else 0.05
        return {
            name: self._element(each)
            for name, each in shape.below.items()
            if self._dice.random() > absent
        }

    def _element(self, shape):
        dice = self._dice
        if dice.random() < self._oddly:
            return dice.choice(ODD)
        if self._listed[id(shape)] is (dice.random() >= self._oddly):
            return [self._one(shape) for _ in range(dice.choice((0, 1, 1, 1, 1, 2)))]
        return self._one(shape)

    def _one(self, shape):
        if shape.below and self._dice.random() >= self._oddly:
            return self._object(shape)
        usual = self._kind[id(shape)]
        alike = [each for each in MIXED if type(each) is type(usual)]
        return self._dice.choice(MIXED if self._dice.random() < self._oddly else alike)


def agree(bending, parity, tried, seed):
    texts = list(Trees(tried, Random(seed)).texts(bending, 40))
    found = parity.compared(tried, texts)
    assert not found.otherwise, found.otherwise[0]
    return found


seeds = st.integers(0, 2**32)


@settings(max_examples=12)
@given(tried=plain, seed=seeds)
def test_any_plain_view_is_read_alike_both_ways(bending, parity, tried, seed):
    agree(bending, parity, tried, seed)


@pytest.mark.long
@pytest.mark.timeout(3_600)
@settings(max_examples=300)
@given(tried=plain, seed=seeds)
def test_three_hundred_plain_views_are_read_alike_both_ways(bending, parity, tried, seed):
    agree(bending, parity, tried, seed)
