"""An expression as a tree, so that one reading serves evaluation, projection and SQL.

What an expression may say is the part of FHIRPath that SQL on FHIR lets views share, and the
functions its tests add. Each node stands on the node it is applied to, `of`.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import msgspec

from attending.errors import Refused
from attending.fhir.kinds import suffixed

if TYPE_CHECKING:
    from collections.abc import Iterator

Constant = str | bool | int | Decimal


class Node(msgspec.Struct, frozen=True):
    """One step of an expression."""


class This(Node, frozen=True):
    """What the expression is applied to."""


class RowIndex(Node, frozen=True):
    """The place of the row within what is iterated, from 0."""


class Empty(Node, frozen=True):
    """Nothing, written ``{}``."""


class Literal(Node, frozen=True):
    """A value written down, or a constant; `moment` says that it is a date or a time."""

    value: Constant
    moment: bool = False


class Member(Node, frozen=True):
    """An element by its name."""

    of: Node
    name: str

    @property
    def key(self) -> str:
        """Give the name it has in JSON."""
        return self.name


class Choice(Node, frozen=True):
    """An element of many types by its bare name, whichever type it has."""

    of: Node
    name: str


class Typed(Node, frozen=True):
    """An element of many types in one type: ``value.ofType(Quantity)``."""

    of: Node
    name: str
    kind: str

    @property
    def key(self) -> str:
        """Give the name it has in JSON."""
        return suffixed(self.name, self.kind)


class OfType(Node, frozen=True):
    """Only what is of a type: a resource's, or a primitive one."""

    of: Node
    kind: str


class Index(Node, frozen=True):
    """The element at a place, from 0."""

    of: Node
    at: int


class Call(Node, frozen=True):
    """A function."""

    of: Node
    name: str
    args: tuple[Node, ...] = ()


class Binary(Node, frozen=True):
    """An operator between two expressions."""

    operator: str
    left: Node
    right: Node


def chain(node: Node) -> tuple[Node, tuple[str, ...]]:
    """Give what the names at the end of an expression are applied to, and those names in JSON."""
    keys: list[str] = []
    while isinstance(node, Member | Typed):
        keys.append(node.key)
        node = node.of
    return node, tuple(reversed(keys))


def text_given(call: Call) -> str:
    """Give the text that a function was called with, "" if it was called with nothing.

    Raises
    ------
    Refused
        For arguments that are anything else; reading lets none through.

    """
    match call.args:
        case ():
            return ""
        case (Literal(value=str(text), moment=False),):
            return text
    raise Refused(f"{call.name}() takes a text")


def parts(node: Node) -> Iterator[Node]:
    """Give a node and everything it is built of."""
    waiting = [node]
    for each in waiting:  # the list grows while it is walked
        yield each
        for field in each.__struct_fields__:
            value = getattr(each, field)
            waiting += [value] if isinstance(value, Node) else value if field == "args" else []
