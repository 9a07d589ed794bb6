"""A reading that is wrong in one small thing is found by comparing it with the other."""

from __future__ import annotations

from random import Random

import msgspec
import pytest

from attending.fhir import cells, functions, path, plain
from attending.lake import fast_view, view_query
from attending.lake.view_query import ViewQuery
from attending.lake.view_shape import Shape

MANY = 1_200  # bent resources; each defect shows in a fraction of them


def null_is_a_value(patch):
    """The query takes null for an element that is there."""
    guard = Shape.own_guard
    patch.setattr(
        Shape, "own_guard", lambda self: [(at, f"{kinds}, 'NULL'") for at, kinds in guard(self)]
    )


def first_of_none_is_empty_text(patch):
    patch.setitem(
        functions.FUNCTIONS, "first", lambda of, *_: lambda items, i: of(items, i)[:1] or [""]
    )


def breadth_before_depth(patch):
    """All first given names, then all second ones."""

    def members(items, name):
        each = [item.get(name) for item in items if isinstance(item, dict)]
        each = [v if isinstance(v, list) else [v] for v in each if v is not None]
        longest = max(map(len, each), default=0)
        found = [v[i] for i in range(longest) for v in each if i < len(v)]
        return [v for v in found if v is not None]

    patch.setattr(path, "_members", members)


def digits_are_lost(patch):
    """1.00 is taken for 1.0."""
    patch.setattr(fast_view, "AS_SENT", "true")


def any_suffix_will_do(patch):
    """A date and time is looked for under the name of an instant."""
    member = ViewQuery._member
    patch.setattr(
        ViewQuery,
        "_member",
        lambda self, of, name: member(self, of, name.replace("DateTime", "Instant")),
    )


def the_first_of_several_is_taken(patch):
    cell = ViewQuery._cell

    def first(self, column, found):
        value, ask = cell(self, column, found)
        return value, ask if not found.many else "false"

    patch.setattr(ViewQuery, "_cell", first)


def booleans_are_text(patch):
    accepted = view_query._accepted

    def either(sql, kind):
        said = accepted(sql, kind)
        return f"({said} OR json_type({sql}) = 'BOOLEAN')" if kind in ("", "string") else said

    patch.setattr(view_query, "_accepted", either)


def dates_are_text(patch):
    """A date that is said in part is unequal to a whole one, where nobody can tell."""
    patch.setattr(plain, "_why_operator", lambda _: "")


def a_key_of_any_type(patch):
    key = functions.reference_key
    for reads in (functions, cells):
        patch.setattr(reads, "reference_key", lambda _="": key())


def what_is_missing_is_unequal(patch):
    """where(x != 'a') keeps what has no x."""
    binary = ViewQuery._binary
    patch.setattr(ViewQuery, "_binary", lambda self, *of: f"coalesce({binary(self, *of)}, true)")


def two_are_none(patch):
    """Several values where one is compared give no answer, as if there were none."""
    patch.setattr(functions, "single", lambda items: items[0] if len(items) == 1 else None)


def a_list_of_one_is_its_item(patch):
    """A list stands where others have none, and is walked into."""
    guard = Shape.own_guard
    patch.setattr(
        Shape, "own_guard", lambda self: [(at, f"{kinds}, 'ARRAY'") for at, kinds in guard(self)]
    )


def none_for_none_is_left_out(patch):
    """forEachOrNull over nothing gives no row."""
    selection = ViewQuery._selection

    def without(self, selected, at):
        return selection(self, _replaced(selected), at)

    patch.setattr(ViewQuery, "_selection", without)


def _replaced(selected):
    if selected.iteration != "forEachOrNull":
        return selected
    return msgspec.structs.replace(selected, iteration="forEach")


DATED = {
    "resource": "Patient",
    "where": [{"path": "birthDate != @1970-06"}],
    "select": [{"column": [{"name": "key", "path": "getResourceKey()"}]}],
}
DEFECTS = [
    (null_is_a_value, "Observation", None),
    (first_of_none_is_empty_text, "Observation", None),
    (breadth_before_depth, "Encounter", None),
    (digits_are_lost, "Observation", None),
    (any_suffix_will_do, "Observation", None),
    (the_first_of_several_is_taken, "Encounter", None),
    (booleans_are_text, "Encounter", None),
    (dates_are_text, "Patient", DATED),
    (a_key_of_any_type, "Procedure", None),
    (what_is_missing_is_unequal, "Patient", None),
    (a_list_of_one_is_its_item, "Encounter", None),
    (none_for_none_is_left_out, "Observation", None),
]


def bent(bending, data, kind):
    mutator, dice = bending.Mutator(data, seed=5), Random(5)
    return [bending.written(mutator.resource(i, kind), dice) for i in range(MANY)]


@pytest.mark.parametrize(
    ("defect", "kind", "own"), DEFECTS, ids=[each[0].__name__ for each in DEFECTS]
)
def test_a_planted_defect_is_found(defect, kind, own, monkeypatch, bending, data, parity):
    texts = bent(bending, data, kind)
    views = [own] if own else [each for each in parity.VIEWS if each["resource"] == kind]
    defect(monkeypatch)
    assert any(parity.compared(each, texts).otherwise for each in views)
