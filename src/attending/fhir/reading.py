"""FHIRPath text to a tree: the part that views may use, and nothing that only looks like it.

::

    name.where(use = 'official').given.first()
    value.ofType(Quantity).value > 11 and status = 'final'
    extension('http://example.org/race').extension('text').value.ofType(string)
    link.other.getReferenceKey(Patient)

Constants are put in while reading, so a tree holds values and no names of values.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

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
)
from attending.fhir.kinds import CHOICES, GENERAL, PLAIN_VALUE_WITHIN, PRIMITIVES

if TYPE_CHECKING:
    from collections.abc import Mapping

MOST_WORDS = 200  # of one expression; those that people write have fewer than 60
DEEPEST = 32  # brackets within brackets; the reader calls itself for each
FUNCTIONS = {  # how many arguments each takes
    "empty": (0, 0),
    "exists": (0, 1),
    "extension": (1, 1),
    "first": (0, 0),
    "getReferenceKey": (0, 1),
    "getResourceKey": (0, 0),
    "highBoundary": (0, 0),
    "join": (0, 1),
    "lowBoundary": (0, 0),
    "not": (0, 0),
    "ofType": (1, 1),
    "where": (1, 1),
}
BINDING = (("or",), ("and",), ("=", "!="), ("<", "<=", ">", ">="), ("+", "-"), ("*", "/"))
ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "f": "\f"}
_TOKEN = re.compile(
    r"""\s*(?:
    (?P<moment>@T?[0-9][0-9T:.Z+\-]*)
  | (?P<number>[0-9]+(?:\.[0-9]+)?)
  | (?P<text>'(?:[^'\\]|\\.)*')
  | (?P<constant>%(?:[A-Za-z_][A-Za-z0-9_]*|`[^`]+`))
  | (?P<this>\$this)
  | (?P<name>[A-Za-z_][A-Za-z0-9_]*|`[^`]+`)
  | (?P<sign><=|>=|!=|[=<>+\-*/.,()\[\]{}])
  )""",
    re.VERBOSE | re.DOTALL,
)
_MOMENT = re.compile(
    r"(?:[0-9]{4}(?:-[0-9]{2}(?:-[0-9]{2})?)?"
    r"(?:T(?:[0-9]{2}(?::[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?)?(?:Z|[+-][0-9]{2}:[0-9]{2})?)?)?"
    r"|T[0-9]{2}(?::[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?)?)"
)


class Token(NamedTuple):
    """A word of an expression: its kind, as it was written, and where it starts."""

    kind: str
    text: str
    at: int


def read(
    text: object, constants: Mapping[str, Literal], *, root: str = "", within: str = ""
) -> Node:
    """Read an expression.

    Parameters
    ----------
    text
        As written.
    constants
        What each ``%name`` stands for.
    root
        The type of the resource, where the expression is applied to one: it may then start
        with that name.
    within
        The element or the type it is applied to, where known: a quantity's `value` is no choice.

    Raises
    ------
    Refused
        For what is not in the part of FHIRPath above, and where.

    """
    if not isinstance(text, str) or not text.strip():
        raise Refused("an expression must be text", accepted=["name.family"])
    reader = _Reader(text, constants, root, within)
    node = reader.between(0)
    if reader.now.kind != "end":
        raise reader.lost()
    return node


class _Reader:
    """One pass over the words of an expression."""

    def __init__(self, text: str, constants: Mapping[str, Literal], root: str, within: str) -> None:
        self._text, self._constants, self._root, self._within = text, constants, root, within
        self._tokens = self._words()
        self._i = self._depth = 0

    def _words(self) -> list[Token]:
        found, at, end = [], 0, len(self._text.rstrip())
        while at < end:
            word = _TOKEN.match(self._text, at)
            if word is None or word.lastgroup is None:
                raise Refused(f"cannot read the expression {self._text!r} at {self._text[at:]!r}")
            found.append(Token(word.lastgroup, word[word.lastgroup], at))
            at = word.end()
            if len(found) > MOST_WORDS:
                raise Refused(f"an expression may have {MOST_WORDS} words and signs")
        return [*found, Token("end", "", end)]

    @property
    def now(self) -> Token:
        return self._tokens[self._i]

    def lost(self) -> Refused:
        rest = self._text[self.now.at :].strip() or "its end"
        return Refused(f"cannot read the expression {self._text!r} at {rest!r}")

    def _took(self, *signs: str) -> str:
        token = self.now
        if token.text in signs and token.kind in ("sign", "name"):
            self._i += 1
            return token.text
        return ""

    def _must(self, sign: str) -> None:
        if not self._took(sign):
            raise self.lost()

    def between(self, level: int) -> Node:
        """Read operators of one level and everything that binds tighter."""
        if level == len(BINDING):
            return self._signed()
        left = self.between(level + 1)
        while operator := self._took(*BINDING[level]):
            left = Binary(operator, left, self.between(level + 1))
        return left

    def _signed(self) -> Node:
        if self._took("+"):
            return self._signed()
        if self._took("-"):
            value = self._signed()
            if isinstance(value, Literal) and not isinstance(value.value, str | bool):
                return Literal(-value.value)
            return Binary("-", Literal(0), value)
        node = self._term()
        while True:
            if self._took("."):
                if self.now.kind != "name":
                    raise self.lost()
                node = self._invoked(node)
            elif self._took("["):
                node = self._indexed(node)
            else:
                return node

    def _indexed(self, of: Node) -> Node:
        at = self._inner()
        self._must("]")
        if not isinstance(at, Literal) or type(at.value) is not int or at.value < 0:
            raise Refused(f"an index in {self._text!r} must be a whole number from 0")
        return Index(of, at.value)

    def _inner(self) -> Node:
        self._depth += 1
        if self._depth > DEEPEST:
            raise Refused(f"{self._text!r} has more than {DEEPEST} brackets within brackets")
        node = self.between(0)
        self._depth -= 1
        return node

    def _term(self) -> Node:  # noqa: PLR0911  one return for each kind of word
        token = self.now
        if token.kind == "name":
            if token.text in ("true", "false"):
                self._i += 1
                return Literal(token.text == "true")
            return self._invoked(None)
        if self._took("("):
            node = self._inner()
            self._must(")")
            return node
        if self._took("{"):
            self._must("}")
            return Empty()
        self._i += 1
        if token.kind == "number":
            return Literal(Decimal(token.text) if "." in token.text else int(token.text))
        if token.kind == "text":
            return Literal(_unquoted(token.text))
        if token.kind == "this":
            return This()
        if token.kind == "constant":
            return self._constant(token.text[1:].strip("`"))
        if token.kind == "moment" and _MOMENT.fullmatch(token.text[1:]):
            return Literal(token.text[1:].removesuffix("T").removeprefix("T"), moment=True)
        self._i -= 1
        raise self.lost()

    def _constant(self, name: str) -> Node:
        if name == "rowIndex":
            return RowIndex()
        if name not in self._constants:
            raise Refused(
                f"no constant %{name} for {self._text!r}",
                accepted=["%rowIndex", *(f"%{each}" for each in sorted(self._constants))],
            )
        return self._constants[name]

    def _invoked(self, of: Node | None) -> Node:
        """Read an element's name or a function, applied to `of`, or at the start to all."""
        name = self.now.text.strip("`")
        self._i += 1
        node = This() if of is None else of
        if self._took("("):
            return self._called(node, name)
        if of is None and name[:1].isupper():
            if name == self._root:
                return node
            raise Refused(f"{name!r} in {self._text!r} is not the resource it is applied to")
        return self._member(node, name)

    def _member(self, of: Node, name: str) -> Node:
        if name not in CHOICES:
            return Member(of, name)
        if name == "value" and (element(of) or self._within) in PLAIN_VALUE_WITHIN:
            return Member(of, name)
        return Choice(of, name)

    def _called(self, of: Node, name: str) -> Node:
        if name not in FUNCTIONS:
            raise Refused(f"no function {name}() in {self._text!r}", accepted=sorted(FUNCTIONS))
        if name in ("ofType", "getReferenceKey"):
            kind = self.now.text if self.now.kind == "name" else ""
            self._i += bool(kind)
            args: list[Node] = [Literal(kind)] if kind else []
        else:
            args = self._arguments(of)
        self._must(")")
        least, most = FUNCTIONS[name]
        if not least <= len(args) <= most:
            raise Refused(f"{name}() in {self._text!r} takes {least} to {most} arguments")
        if name == "ofType":
            return self._of_type(of, kind)
        if name in ("extension", "join") and not all(_is_text(each) for each in args):
            raise Refused(f"{name}() in {self._text!r} takes a text")
        return Call(of, name, tuple(args))

    def _arguments(self, of: Node) -> list[Node]:
        if self.now.text == ")" and self.now.kind == "sign":
            return []
        outside, self._within = self._within, element(of) or self._within
        root, self._root = self._root, ""
        args = [self._inner()]
        while self._took(","):
            args.append(self._inner())
        self._within, self._root = outside, root
        return args

    def _of_type(self, of: Node, kind: str) -> Node:
        if isinstance(of, Member | Choice) and (kind in PRIMITIVES or kind in GENERAL):
            return Typed(of.of, of.name, kind)
        if kind in GENERAL or not (kind in PRIMITIVES or kind[:1].isupper()):
            raise Refused(f"ofType({kind}) in {self._text!r} must follow the element it chooses")
        return OfType(of, kind)


def element(node: Node) -> str:
    """Give the name, or the type, of the element that an expression leads to; "" if to none."""
    while isinstance(node, Index) or (isinstance(node, Call) and node.name in ("where", "first")):
        node = node.of
    if isinstance(node, Call) and node.name == "extension":
        return "extension"
    if isinstance(node, Typed):
        return node.kind
    return node.name if isinstance(node, Member | Choice) else ""


def _is_text(node: Node) -> bool:
    return isinstance(node, Literal) and isinstance(node.value, str) and not node.moment


def _unquoted(text: str) -> str:
    def plain(found: re.Match[str]) -> str:
        sign = found[1]
        if len(sign) > 1:
            code = chr(int(sign[1:], 16))
            if "\ud800" <= code <= "\udfff":
                raise Refused("a text holds half a character")
            return code
        return ESCAPES.get(sign, sign)

    return re.sub(r"\\(u[0-9A-Fa-f]{4}|.)", plain, text[1:-1], flags=re.DOTALL)
