"""A plain view as one DuckDB expression: the tree of a view to SQL, and which shapes it relies on.

Nothing here evaluates FHIRPath: this and the reading one resource at a time know only the same
tree. What SQL cannot answer alike is not compiled (`NotCompiled`), and a resource in which an
element is a list where the others' is none, or of another type than the column, is marked to be
read the other way.
"""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, NamedTuple

from attending.fhir.expression import (
    Binary,
    Call,
    Index,
    Literal,
    Member,
    Node,
    This,
    Typed,
    text_given,
)
from attending.fhir.kinds import TEXTS, WHOLE
from attending.fhir.plain import why_not_plain
from attending.lake.view_shape import NotCompiled, Shape

if TYPE_CHECKING:
    from collections.abc import Callable

    from attending.fhir.definition import Column, Definition, Selection

MOST_ROWS = 10_000  # of lists beside or in each other in one resource; all share the memory
_REFERENCE = r"(?:[^#]*/)?([A-Z][A-Za-z]*)/([A-Za-z0-9\-.]{1,64})(?:/_history/[^/]*)?"
_RELATIVE = r"[A-Z][A-Za-z]*/[A-Za-z0-9\-.]{1,64}"  # as nearly all are said: the key itself
_TEXT, _BOOLEAN, _WHOLE = "'VARCHAR'", "'BOOLEAN'", "'UBIGINT', 'BIGINT'"


class Found(NamedTuple):
    """What an expression leads to, in SQL: `kind` is json, text or answer."""

    sql: str
    many: bool
    kind: str
    shape: Shape | None = None


class ViewQuery:
    """The SQL of a view, once `root` knows which elements are lists.

    Parameters
    ----------
    definition
        A plain view. Making one collects the elements it relies on in `root`.

    Raises
    ------
    NotCompiled
        If the view is not plain, or is one that SQL cannot answer alike all the same.

    """

    def __init__(self, definition: Definition) -> None:
        if why := why_not_plain(definition):
            raise NotCompiled(why)
        self._definition, self._fresh = definition, count()
        self.root = Shape()
        self.answer()  # once without knowing, to collect the elements
        if any(shape.scalar and shape.below for shape in self.root.everything()):
            raise NotCompiled("an element that is compared and has elements")

    def answer(self) -> str:
        """Give the expression over `body` and `d`: a struct of whether to ask, and rows."""
        start = Found("d", many=False, kind="json", shape=self.root)
        holds = " AND ".join(
            ["true", *(f"coalesce({self._condition(node, start)}, false)"
                       for node in self._definition.conditions)]
        )  # fmt: skip
        rows = self._joined([self._selection(each, start) for each in self._definition.selects])
        return f"CASE WHEN {holds} THEN {rows[0]} END"

    # ------------------------------------------------------------------ rows

    def _selection(self, selection: Selection, at: Found) -> tuple[str, list[str]]:
        if not selection.iteration:
            return self._once(selection, at)
        over = self._follow(selection.over[0], at)
        if over.kind != "json" or over.shape is None:
            raise NotCompiled("what is iterated is computed")
        places, x, s = _as_list(over), self._name(), self._name()
        names: list[str] = []
        body, names = self._once(selection, Found(x, many=False, kind="json", shape=over.shape))
        if selection.iteration == "forEachOrNull":
            places = f"CASE WHEN len({places}) = 0 THEN [({places})[1]] ELSE {places} END"
        each = f"list_transform({places}, lambda {x}: {body})"
        found = (
            f"list_transform([{each}], lambda {s}: {{'ask': list_contains(list_transform({s}, "
            f"lambda q: q.ask), true) OR coalesce(list_sum(list_transform({s}, "
            f"lambda q: len(q.rows))), 0) > {MOST_ROWS}, "
            f"'rows': flatten(list_transform({s}, lambda q: q.rows))}})[1]"
        )
        return found, names

    def _once(self, selection: Selection, at: Found) -> tuple[str, list[str]]:
        parts = [self._cells(selection.columns, at)] if selection.columns else []
        parts += [self._selection(each, at) for each in selection.selects]
        if selection.unions:
            branches = [self._selection(each, at) for each in selection.unions]
            ask = " OR ".join(f"({sql}).ask" for sql, _ in branches)
            rows = ", ".join(f"({sql}).rows" for sql, _ in branches)
            parts.append((f"{{'ask': {ask}, 'rows': flatten([{rows}])}}", branches[0][1]))
        return self._joined(parts)

    def _joined(self, parts: list[tuple[str, list[str]]]) -> tuple[str, list[str]]:
        if not parts:
            raise NotCompiled("a selection without columns")
        found, names = parts[0]
        for sql, more in parts[1:]:
            a, b, left, right = (self._name() for _ in range(4))
            fields = [f"{_field(name)}: {left}.{_quoted(name)}" for name in names]
            fields += [f"{_field(name)}: {right}.{_quoted(name)}" for name in more]
            many = f"len({a}.rows) * len({b}.rows) > {MOST_ROWS}"
            few = f"CASE WHEN {many} THEN [] ELSE {a}.rows END"
            rows = (
                f"flatten(list_transform({few}, lambda {left}: "
                f"list_transform({b}.rows, lambda {right}: {{{', '.join(fields)}}})))"
            )
            found = (
                f"list_transform([{found}], lambda {a}: list_transform([{sql}], lambda {b}: "
                f"{{'ask': {a}.ask OR {b}.ask OR {many}, 'rows': {rows}}})[1])[1]"
            )
            names = names + more
        return found, names

    def _cells(self, columns: tuple[Column, ...], at: Found) -> tuple[str, list[str]]:
        asks, fields = ["false"], []
        for column in columns:
            value, ask = self._cell(column, self._follow(column.node, at))
            asks.append(f"coalesce({ask}, false)")
            fields.append(f"{_field(column.name)}: {value}")
        names = [column.name for column in columns]
        return f"{{'ask': {' OR '.join(asks)}, 'rows': [{{{', '.join(fields)}}}]}}", names

    def _cell(self, column: Column, found: Found) -> tuple[str, str]:
        if (found.kind == "answer") is not (column.type == "boolean") and found.kind != "json":
            raise NotCompiled(f"the type of column {column.name}")
        if found.kind == "text" and column.type not in TEXTS | {""}:
            raise NotCompiled(f"the type of column {column.name}")

        def text(sql: str) -> str:
            if found.kind == "json":
                return f"json_extract_string({sql}, '$')"
            return f"({sql})::VARCHAR"

        def wrong(sql: str) -> str:
            if found.kind != "json":
                return "false"
            # how a number was sent is known of an element, not of a list's items
            listed = found.shape is not None and found.shape.is_list
            kind = "integer" if listed and column.type == "decimal" else column.type
            return f"NOT {_accepted(sql, kind)}"

        x = self._name()
        if column.collection:
            items = _as_list(found)
            asked = f"list_contains(list_transform({items}, lambda {x}: {wrong(x)}), true)"
            return f"list_transform({items}, lambda {x}: {text(x)})", asked
        if not found.many:
            return text(found.sql), f"{found.sql} IS NOT NULL AND {wrong(found.sql)}"
        first = f"({found.sql})[1]"
        return text(first), f"len({found.sql}) > 1 OR (len({found.sql}) = 1 AND {wrong(first)})"

    # ----------------------------------------------------------- expressions

    def _name(self) -> str:
        return f"x{next(self._fresh)}"

    def _follow(self, node: Node, at: Found) -> Found:
        if isinstance(node, This):
            return at
        if isinstance(node, Member | Typed):
            return self._member(self._follow(node.of, at), node.key)
        if isinstance(node, Index):
            return _at(self._follow(node.of, at), node.at)
        if isinstance(node, Literal):
            return _literal(node)
        if isinstance(node, Binary):
            return Found(self._binary(node, at), many=False, kind="answer")
        if isinstance(node, Call):
            return self._call(node, at)
        raise NotCompiled(type(node).__name__)

    def _member(self, of: Found, name: str) -> Found:
        if of.shape is None:
            raise NotCompiled(f"{name} of what is computed")
        shape = of.shape.to(name)
        if not of.many:
            sql = f"({of.sql}).{_quoted(name)}"
            return Found(
                f"coalesce({sql}, [])" if shape.is_list else sql, shape.is_list, "json", shape
            )
        x = self._name()
        inner = f"list_transform({of.sql}, lambda {x}: {x}.{_quoted(name)})"
        sql = f"flatten({inner})" if shape.is_list else inner
        y = self._name()
        return Found(
            f"list_filter({sql}, lambda {y}: {y} IS NOT NULL)", many=True, kind="json", shape=shape
        )

    def _condition(self, node: Node, at: Found) -> str:
        found = self._follow(node, at)
        if found.kind != "answer":
            raise NotCompiled("a condition that is no comparison")
        return f"({found.sql})"

    def _call(self, node: Call, at: Found) -> Found:  # noqa: PLR0911  one return for each function
        if node.name == "extension":
            return self._extension(node, at)
        there = self._follow(node.of, at)
        if node.name == "first":
            return _at(there, 0)
        if node.name == "not":
            return Found(f"NOT {self._condition(node.of, at)}", many=False, kind="answer")
        if node.name == "getResourceKey":
            return self._resource_key(there)
        if node.name == "getReferenceKey":
            return self._reference_key(there, text_given(node))
        if node.name in ("where", "exists") and node.args:
            there = self._kept(there, lambda x: self._condition(node.args[0], x))
        if node.name == "where":
            return there
        if node.name in ("exists", "empty"):
            some = f"len({there.sql}) > 0" if there.many else f"({there.sql}) IS NOT NULL"
            answer = some if node.name == "exists" else f"NOT ({some})"
            return Found(answer, many=False, kind="answer")
        raise NotCompiled(f"{node.name}()")

    def _extension(self, node: Call, at: Found) -> Found:
        if not (isinstance(node.of, This) or _is_extension(node.of)):
            raise NotCompiled("extension() of an element")
        there = self._member(self._follow(node.of, at), "extension")
        if there.shape is not None:
            there.shape.to("url").lone = True
        url = Binary("=", Member(This(), "url"), node.args[0])
        return self._kept(there, lambda x: self._condition(url, x))

    def _kept(self, of: Found, holds: Callable[[Found], str]) -> Found:
        x = self._name() if of.many else of.sql
        condition = f"coalesce({holds(Found(x, many=False, kind=of.kind, shape=of.shape))}, false)"
        if of.many:
            return of._replace(sql=f"list_filter({of.sql}, lambda {x}: {condition})")
        return of._replace(sql=f"CASE WHEN {condition} THEN {of.sql} END")

    def _resource_key(self, of: Found) -> Found:
        if of.shape is not self.root or of.many:
            raise NotCompiled("getResourceKey() of what is not the resource")
        name = self._lone(of, "id").sql
        key = f"'{self._definition.resource}/' || json_extract_string({name}, '$')"
        return Found(
            f"CASE WHEN json_type({name}) = {_TEXT} THEN {key} END", many=False, kind="text"
        )

    def _reference_key(self, of: Found, wanted: str) -> Found:
        x = self._name() if of.many else of.sql
        one = Found(x, many=False, kind="json", shape=of.shape)
        said, kind = self._lone(one, "reference"), self._lone(one, "type")
        text, parts = f"json_extract_string({said.sql}, '$')", f"'{_REFERENCE}', ['k', 'i']"
        key = f"regexp_extract({text}, {parts})"
        right = f"{key}.k = {_said(wanted)}" if wanted else "true"
        near = f"starts_with({text}, {_said(wanted + '/')})" if wanted else "true"
        urn = f"json_extract_string({kind.sql}, '$') = {_said(wanted)}" if wanted else "true"
        sql = (
            f"CASE WHEN json_type({said.sql}) IS DISTINCT FROM {_TEXT} THEN NULL "
            f"WHEN regexp_full_match({text}, '{_RELATIVE}') THEN "
            f"CASE WHEN {near} THEN {text} END "
            f"WHEN regexp_full_match({text}, '{_REFERENCE}') THEN "
            f"CASE WHEN {right} THEN {key}.k || '/' || {key}.i END "
            f"WHEN starts_with({text}, 'urn:') AND {urn} THEN {text} END"
        )
        if not of.many:
            return Found(sql, many=False, kind="text")
        y = self._name()
        listed = f"list_transform({of.sql}, lambda {x}: {sql})"
        return Found(f"list_filter({listed}, lambda {y}: {y} IS NOT NULL)", many=True, kind="text")

    def _lone(self, of: Found, name: str) -> Found:
        """Give a text that is never a list, whatever most resources have there."""
        if of.shape is not None:
            of.shape.to(name).lone = True
        return self._scalar(self._member(of, name))

    def _scalar(self, found: Found) -> Found:
        if found.shape is not None:
            found.shape.scalar = True
        return found

    def _binary(self, node: Binary, at: Found) -> str:
        if node.operator in ("and", "or"):
            left, right = self._condition(node.left, at), self._condition(node.right, at)
            return f"{left} {node.operator.upper()} {right}"
        literal, other = (
            (node.left, node.right) if isinstance(node.left, Literal) else (node.right, node.left)
        )
        if not isinstance(literal, Literal) or not isinstance(literal.value, str | bool):
            raise NotCompiled("a comparison with what is no text and no boolean")
        found = self._scalar(self._follow(other, at))
        if found.kind != "json":
            raise NotCompiled("a comparison of what is computed")
        same = _same(f"({found.sql})[1]" if found.many else found.sql, wanted=literal.value)
        if found.many:
            same = (
                f"CASE WHEN len({found.sql}) = 0 THEN NULL ELSE len({found.sql}) = 1 AND {same} END"
            )
        else:
            same = f"CASE WHEN {found.sql} IS NULL THEN NULL ELSE {same} END"
        return same if node.operator == "=" else f"NOT ({same})"


def _is_extension(node: Node) -> bool:
    return isinstance(node, Call) and node.name == "extension"


def _literal(node: Literal) -> Found:
    if isinstance(node.value, bool):
        return Found(str(node.value).lower(), many=False, kind="answer")
    if isinstance(node.value, str):
        return Found(_said(node.value), many=False, kind="text")
    raise NotCompiled("a number")


def _at(found: Found, place: int) -> Found:
    if found.many:
        return found._replace(sql=f"({found.sql})[{place + 1}]", many=False)
    return found if place == 0 else found._replace(sql=f"CASE WHEN false THEN {found.sql} END")


def _as_list(found: Found) -> str:
    if found.many:
        return found.sql
    return f"list_filter([{found.sql}], lambda z: z IS NOT NULL)"


def _same(sql: str, *, wanted: str | bool) -> str:
    kind, text = (_BOOLEAN, str(wanted).lower()) if isinstance(wanted, bool) else (_TEXT, wanted)
    return (
        f"coalesce(json_type({sql}) = {kind} AND json_extract_string({sql}, '$') = {_said(text)}, "
        "false)"
    )


def _accepted(sql: str, kind: str) -> str:
    """Say that a value is of a column's type."""
    of = f"json_type({sql})"
    if kind in TEXTS or not kind:
        return f"({of} = {_TEXT})"
    if kind == "boolean":
        return f"({of} = {_BOOLEAN})"
    if kind in WHOLE:
        return f"({of} IN ({_WHOLE}))"
    return f"({of} IN ({_WHOLE}, 'DOUBLE'))"


def _said(text: str) -> str:
    if "\x00" in text:
        raise NotCompiled("a text with a null character")
    return "'" + text.replace("'", "''") + "'"


def _quoted(name: str) -> str:
    return f'"{name}"'


def _field(name: str) -> str:
    return f"'{name}'"
