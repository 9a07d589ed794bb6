"""A FHIRPath expression as one function: from a resource to what the expression leads to.

Everything is a list, in document order, as FHIRPath has it. Reading an expression once builds
closures, and applying it calls them: nothing of the text is looked at again. Elements that are
null, and members of what has none, lead to nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attending.errors import Refused
from attending.fhir.expression import (
    Binary,
    Call,
    Choice,
    Empty,
    Index,
    Literal,
    Member,
    Node,
    OfType,
    RowIndex,
    This,
    Typed,
    chain,
    text_given,
)
from attending.fhir.functions import (
    FUNCTIONS,
    NOTHING,
    OPERATORS,
    Items,
    Step,
    is_of_kind,
    where,
)
from attending.fhir.kinds import SUFFIXES

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


def path(node: Node, kind: str = "") -> Step:
    """Build the function of an expression.

    Parameters
    ----------
    node
        The expression, read.
    kind
        The type that its value shall have, where a column declares one: it tells a date from a
        moment whose hour was not said.

    Returns
    -------
    Step
        From a list and the place of the row to a list.

    """
    return _BUILT[type(node)](node, kind)


def _this(_: Node, __: str) -> Step:
    return lambda items, _: items


def _row_index(_: Node, __: str) -> Step:
    return lambda _, index: [index]


def _empty(_: Node, __: str) -> Step:
    return lambda _, __: NOTHING


def _literal(node: Literal, _: str) -> Step:
    said: Items = [node.value]
    return lambda _, __: said


def _member(node: Node, _: str) -> Step:
    """Walk a chain of names in one function: most expressions are nothing else."""
    of, names = chain(node)
    walked = walk(names)
    if isinstance(of, This):
        return lambda items, _: walked(items)
    before = path(of)
    return lambda items, index: walked(before(items, index))


def walk(names: Sequence[str]) -> Callable[[Items], Items]:
    """Give the function that walks from every item through members by name."""

    def walked(items: Items) -> Items:
        for name in names:
            if len(items) == 1:  # by far the most are: no list needs to be built item by item
                value = items[0].get(name) if type(items[0]) is dict else None
                if type(value) is not list:
                    if value is None:
                        return NOTHING
                    items = [value]
                    continue
                items = [each for each in value if each is not None] if None in value else value
            else:
                items = _members(items, name)
            if not items:
                return items
        return items

    return walked


def _members(items: Items, name: str) -> Items:
    found: Items = []
    for item in items:
        value = item.get(name) if type(item) is dict else None
        if type(value) is list:
            found += [each for each in value if each is not None]
        elif value is not None:
            found.append(value)
    return found


def _choice(node: Choice, _: str) -> Step:
    before, name = path(node.of), node.name
    n = len(name)

    def chosen(items: Items, index: int) -> Items:
        found: Items = []
        for item in before(items, index):
            if type(item) is not dict:
                continue
            names = (
                [name]
                if name in item
                else [key for key in item if key[:n] == name and key[n:] in SUFFIXES]
            )
            for each in names:
                found += _members([item], each)
        return found

    return chosen


def _of_type(node: OfType, _: str) -> Step:
    before, kind = path(node.of), node.kind
    return lambda items, index: [each for each in before(items, index) if is_of_kind(each, kind)]


def _index(node: Index, _: str) -> Step:
    before, at = path(node.of), node.at
    return lambda items, index: before(items, index)[at : at + 1]


def _call(node: Call, kind: str) -> Step:
    if node.name in ("where", "exists") and node.args:
        kept = _where(node)
        return kept if node.name == "where" else lambda items, i: [bool(kept(items, i))]
    if node.name == "extension":
        return _extension(node)
    build = FUNCTIONS[node.name]
    of = node.of
    if isinstance(of, Typed):
        kind = of.kind
    return build(path(of), node, kind)


def _where(node: Call) -> Step:
    return where(path(node.of), node.args[0], path)


def _extension(node: Call) -> Step:
    """Keep extensions by url; those of a text or number stand beside it, under `_` and its name."""
    url = text_given(node)
    own = path(node.of)
    of = node.of
    beside = None
    if isinstance(of, Member | Typed):
        beside = path(Member(of.of, f"_{of.key}"))
    inner = walk(["extension"])

    def kept(items: Items, index: int) -> Items:
        there = inner(own(items, index))
        if beside is not None:
            there = there + inner(beside(items, index))
        return [each for each in there if type(each) is dict and each.get("url") == url]

    return kept


def _binary(node: Binary, _: str) -> Step:
    operator = OPERATORS.get(node.operator)
    if operator is None:
        raise Refused(f"no operator {node.operator!r}", accepted=sorted(OPERATORS))
    return operator(path(node.left), path(node.right), node)


_BUILT: dict[type[Node], Callable[..., Step]] = {
    This: _this,
    RowIndex: _row_index,
    Empty: _empty,
    Literal: _literal,
    Member: _member,
    Typed: _member,
    Choice: _choice,
    OfType: _of_type,
    Index: _index,
    Call: _call,
    Binary: _binary,
}
