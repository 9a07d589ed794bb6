"""What functions and operators of FHIRPath do to lists.

An operator takes one value on each side: nothing on a side gives nothing, several are refused.
`and`, `or` and `not()` know three answers, and nothing is the third.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Context, DecimalException
from math import isfinite
from typing import Any

from attending.errors import Refused
from attending.fhir.boundary import boundary
from attending.fhir.compared import NotComparable, Number, alike, before, equal, is_number
from attending.fhir.expression import Binary, Call, Literal, Member, Node, This, text_given
from attending.fhir.kinds import TEXTS, WHOLE

Items = list[Any]
Step = Callable[[Items, int], Items]

DIGITS = Context(prec=34)  # of a quotient: as many as IEEE 754 decimal128 has
TYPE, ID = "[A-Z][A-Za-z]*", r"[A-Za-z0-9\-.]{1,64}"
_REFERENCE = re.compile(rf"(?:[^#]*/)?({TYPE})/({ID})(?:/_history/[^/]*)?")
TRUE: Items = [True]
FALSE: Items = [False]
NOTHING: Items = []


class NoRow(Refused):
    """A resource that an expression cannot be applied to, and why in one word.

    `reason` is one of "many", "not_a_value", "wrong_type", "not_boolean" and "too_many_rows";
    `column` is the column concerned, where there is one. No message quotes the resource.
    """

    def __init__(self, reason: str, what: str, *, column: str = "") -> None:
        self.reason, self.column = reason, column
        super().__init__(what, where=column)


def single(items: Items) -> object:
    """Give the one item of a list, None if there is none, and refuse several."""
    if len(items) > 1:
        raise NoRow("many", "several values where one is compared or computed with")
    return items[0] if items else None


def truth(items: Items) -> bool | None:
    """Give the answer of a condition: one value that is no boolean counts as true."""
    value = single(items)
    return value if value is None or isinstance(value, bool) else True


def text_asked(node: Node) -> tuple[str, str] | None:
    """Give the name and the text where a condition compares just these: by far the most do."""
    if (
        isinstance(node, Binary)
        and node.operator == "="
        and isinstance(node.left, Member)
        and isinstance(node.left.of, This)
        and isinstance(node.right, Literal)
        and isinstance(node.right.value, str)
        and not node.right.moment
    ):
        return node.left.name, node.right.value
    return None


def where(before: Step, node: Node, build: Callable[[Node], Step]) -> Step:
    """Build what keeps the items for which a condition holds."""
    step, asked = build(node), text_asked(node)
    if asked is None:
        return lambda items, index: [
            each for each in before(items, index) if truth(step([each], index)) is True
        ]
    name, wanted = asked

    def kept(items: Items, index: int) -> Items:
        found: Items = []
        for each in before(items, index):
            value = each.get(name) if type(each) is dict else None
            if type(value) is list or type(value) is dict:
                if truth(step([each], index)) is not True:
                    continue
            elif value != wanted:
                continue
            found.append(each)
        return found

    return kept


def is_of_kind(value: object, kind: str) -> bool:
    """Tell whether a value is a resource of a type, or a primitive that could be of it."""
    if isinstance(value, dict):
        return value.get("resourceType") == kind
    if isinstance(value, bool) or kind == "boolean":
        return isinstance(value, bool) and kind == "boolean"
    if isinstance(value, str):
        return kind in TEXTS
    return (kind in WHOLE and isinstance(value, int)) or (kind == "decimal" and is_number(value))


def _empty(of: Step, _: Call, __: str) -> Step:
    return lambda items, index: FALSE if of(items, index) else TRUE


def _exists(of: Step, _: Call, __: str) -> Step:
    return lambda items, index: TRUE if of(items, index) else FALSE


def _first(of: Step, _: Call, __: str) -> Step:
    def first(items: Items, index: int) -> Items:
        found = of(items, index)
        return found[:1] if len(found) > 1 else found

    return first


def _not(of: Step, _: Call, __: str) -> Step:
    def turned(items: Items, index: int) -> Items:
        answer = truth(of(items, index))
        return NOTHING if answer is None else FALSE if answer else TRUE

    return turned


def _join(of: Step, node: Call, _: str) -> Step:
    between = text_given(node)

    def joined(items: Items, index: int) -> Items:
        found = of(items, index)
        if not all(isinstance(each, str) for each in found):
            raise NoRow("wrong_type", "only texts can be joined")
        return [between.join(found)]

    return joined


def _boundary(of: Step, node: Call, kind: str) -> Step:
    high = node.name == "highBoundary"

    def found(items: Items, index: int) -> Items:
        value = single(of(items, index))
        limit = None if value is None else boundary(value, kind, high=high)
        return NOTHING if limit is None else [limit]

    return found


def _resource_key(of: Step, _: Call, __: str) -> Step:
    def keys(items: Items, index: int) -> Items:
        return [
            f"{kind}/{name}"
            for each in of(items, index)
            if isinstance(each, dict)
            and isinstance(kind := each.get("resourceType"), str)
            and isinstance(name := each.get("id"), str)
        ]

    return keys


def _reference_key(of: Step, node: Call, _: str) -> Step:
    key_of = reference_key(text_given(node))

    def keys(items: Items, index: int) -> Items:
        found = (key_of(each) for each in of(items, index))
        return [key for key in found if key is not None]

    return keys


def reference_key(wanted: str = "") -> Callable[[object], str | None]:
    """Build what gives what a reference calls the resource it leads to, as that itself does.

    ``Type/id``, without a server's address and without a version; a ``urn:`` as it is. None for
    a contained resource, which has no row, and for another type than the one wanted.
    """
    kind = "(?!)" if wanted and not re.fullmatch(TYPE, wanted) else wanted or TYPE
    is_plain = re.compile(f"{kind}/{ID}").fullmatch  # by far the most are

    def key(reference: object) -> str | None:
        said = reference.get("reference") if isinstance(reference, dict) else None
        if not isinstance(said, str):
            return None
        if is_plain(said):
            return said
        found = _REFERENCE.fullmatch(said)
        if found is not None:
            return f"{found[1]}/{found[2]}" if wanted in ("", found[1]) else None
        kind = reference.get("type") if isinstance(reference, dict) else None
        return said if said.startswith("urn:") and wanted in ("", kind) else None

    return key


FUNCTIONS: dict[str, Callable[[Step, Call, str], Step]] = {
    "empty": _empty,
    "exists": _exists,
    "first": _first,
    "getReferenceKey": _reference_key,
    "getResourceKey": _resource_key,
    "highBoundary": _boundary,
    "join": _join,
    "lowBoundary": _boundary,
    "not": _not,
}


def _equality(left: Step, right: Step, node: Binary) -> Step:
    moments = any(isinstance(side, Literal) and side.moment for side in (node.left, node.right))
    wanted = node.operator == "="

    def answer(items: Items, index: int) -> Items:
        one, other = left(items, index), right(items, index)
        if not one or not other:
            return NOTHING
        if any(isinstance(each, dict | list) for each in (*one, *other)):
            raise NoRow("wrong_type", "only texts, numbers and booleans are compared")
        same: bool | None = len(one) == len(other)
        for a, b in zip(one, other, strict=False):
            if same:
                same = equal(a, b, moments=moments)
        return NOTHING if same is None else TRUE if same is wanted else FALSE

    return answer


_HOLDS: dict[str, Callable[[int], bool]] = {
    "<": lambda order: order < 0,
    "<=": lambda order: order <= 0,
    ">": lambda order: order > 0,
    ">=": lambda order: order >= 0,
}


def _order(left: Step, right: Step, node: Binary) -> Step:
    holds = _HOLDS[node.operator]

    def answer(items: Items, index: int) -> Items:
        one, other = single(left(items, index)), single(right(items, index))
        if one is None or other is None:
            return NOTHING
        try:
            order = before(one, other)
        except NotComparable as error:
            raise NoRow("wrong_type", error.what) from None
        return NOTHING if order is None else TRUE if holds(order) else FALSE

    return answer


def _logic(left: Step, right: Step, node: Binary) -> Step:
    settles = node.operator == "or"  # what one side must say for the other not to matter

    def answer(items: Items, index: int) -> Items:
        one = truth(left(items, index))
        if one is settles:
            return TRUE if settles else FALSE
        other = truth(right(items, index))
        if other is settles:
            return TRUE if settles else FALSE
        return NOTHING if one is None or other is None else FALSE if settles else TRUE

    return answer


def _quotient(a: Number, b: Number) -> Number | None:
    if b == 0:
        return None
    if isinstance(a, float) or isinstance(b, float):
        return float(a) / float(b)
    return DIGITS.divide(a, b)


_COMPUTED: dict[str, Callable[[Any, Any], Any]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": _quotient,
}


def _arithmetic(left: Step, right: Step, node: Binary) -> Step:
    compute = _COMPUTED[node.operator]

    def answer(items: Items, index: int) -> Items:
        one, other = single(left(items, index)), single(right(items, index))
        if one is None or other is None:
            return NOTHING
        if node.operator == "+" and isinstance(one, str) and isinstance(other, str):
            return [one + other]
        if not (is_number(one) and is_number(other)):
            raise NoRow("wrong_type", "only numbers can be computed with")
        try:
            value = compute(*alike(one, other))
        except (DecimalException, OverflowError):
            return NOTHING
        if value is None or (isinstance(value, float) and not isfinite(value)):
            return NOTHING
        return [value]

    return answer


OPERATORS: dict[str, Callable[[Step, Step, Binary], Step]] = {
    "=": _equality,
    "!=": _equality,
    **dict.fromkeys(_HOLDS, _order),
    "and": _logic,
    "or": _logic,
    **dict.fromkeys(_COMPUTED, _arithmetic),
}
