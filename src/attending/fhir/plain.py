"""Whether a view is plain: one query over declared columns gives the same rows.

Plain are names, an index, ``first()``, ``ofType``, ``where`` and ``extension`` with a literal,
``exists()``, ``empty()``, keys, literals, and conditions of these joined by ``and``, ``or`` and
``not()``; ``forEach``, ``forEachOrNull`` and ``unionAll``. The rest depends on order, on digits or
on types that a query engine does not see as FHIR does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attending.fhir.expression import (
    Binary,
    Call,
    Choice,
    Empty,
    Literal,
    Node,
    OfType,
    RowIndex,
    parts,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from attending.fhir.definition import Definition, Selection

CALLS = frozenset(
    {"where", "exists", "empty", "first", "not", "extension", "getResourceKey", "getReferenceKey"}
)
OPERATORS = frozenset({"=", "!=", "and", "or"})


def why_not_plain(definition: Definition) -> str:
    """Say why a view is not plain, in a few words; "" if it is."""
    for node in definition.conditions:
        if why := _why(node):
            return why
    return next((why for part in definition.selects for why in _reasons(part)), "")


def _reasons(selection: Selection) -> Iterator[str]:
    if selection.iteration == "repeat":
        yield "repeat"
    for node in (*selection.over, *(column.node for column in selection.columns)):
        if why := _why(node):
            yield why
    for part in (*selection.selects, *selection.unions):
        yield from _reasons(part)


def _why(node: Node) -> str:
    return next((why for part in parts(node) if (why := _why_part(part))), "")


def _why_part(part: Node) -> str:
    if isinstance(part, Binary):
        return _why_operator(part)
    if isinstance(part, Call):
        return "" if part.name in CALLS else f"{part.name}()"
    if isinstance(part, Choice):
        return f"{part.name} without ofType()"
    if isinstance(part, OfType):
        return f"ofType({part.kind}) of what is no choice"
    return {RowIndex: "%rowIndex", Empty: "{}"}.get(type(part), "")


def _why_operator(node: Binary) -> str:
    if node.operator not in OPERATORS:
        return f"the operator {node.operator}"
    if node.operator in ("and", "or"):
        return ""
    literals = [side for side in (node.left, node.right) if isinstance(side, Literal)]
    if len(literals) != 1 or literals[0].moment:
        return f"{node.operator} of what is no literal"
    return ""
