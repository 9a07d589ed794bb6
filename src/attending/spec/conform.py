"""Has a plain value the shape a spec wants? Everything that is wrong, not only the first thing.

msgspec stops at the first error and knows nothing of lines, so the shape is walked here
first; what comes out is what msgspec then converts. Scalars are made one way on the walk:
where text is wanted, a number or a boolean becomes the text that was typed.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

import msgspec
from msgspec import inspect

from attending import shapes
from attending.spec.document import dotted
from attending.spec.mistake import Mistake, nearest
from attending.spec.text import IN_WORDS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from attending.spec.document import At, Document

EXACT = 2**53 - 1  # the largest whole number RFC 8785 writes without loss
UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")


@dataclass
class Walk:
    """One document being walked, and what was wrong on the way."""

    document: Document
    mistakes: list[Mistake] = field(default_factory=list)

    def refuse(
        self,
        at: At,
        what: str,
        accepted: Iterable[str] = (),
        near: str | None = None,
    ) -> None:
        """Write down one thing that is wrong."""
        where = self.document.where(at)
        self.mistakes.append(Mistake(what, where, dotted(at), tuple(accepted), near))


def conform(walk: Walk, struct: type[msgspec.Struct]) -> dict[str, object]:
    """Give the walk's document as plain content of the wanted shape.

    What does not fit is written into ``walk.mistakes``; the content is good only if
    there are none.
    """
    return cast("dict[str, object]", _fit(walk, walk.document.plain, shapes.type_info(struct), ()))


def _fit(walk: Walk, value: object, want: inspect.Type, at: At) -> object:
    if isinstance(want, inspect.Metadata):
        return _fit(walk, value, want.type, at)
    return _FITS[type(want)](walk, value, want, at)


def _struct(walk: Walk, value: object, want: inspect.StructType, at: At) -> object:
    keys = tuple(each.encode_name for each in want.fields)
    if not isinstance(value, dict):
        walk.refuse(at, f"{_said(value)}; write `{_sample(want)}`", keys)
        return None
    plain = _text_keys(walk, value, at)
    meant: set[str | None] = set()
    for key in plain:
        if key not in keys:
            near = nearest(key, [name for name in keys if name not in plain])
            walk.refuse((*at, key), f"there is no key {key!r} here", keys, near)
            meant.add(near)
    fitted: dict[str, object] = {}
    for each in want.fields:
        name = each.encode_name
        if plain.get(name) is not None or (name in plain and not each.required):
            fitted[name] = _fit(walk, plain[name], each.type, (*at, name))
        elif name in plain:
            walk.refuse((*at, name), f"`{name}:` is empty{_reason(name, each.type)}")
        elif each.required and name not in meant:
            walk.refuse(at, f"`{name}:` is missing{_reason(name, each.type)}")
    return fitted


def _reason(name: str, want: inspect.Type) -> str:
    """Say why a field is there, and what to type."""
    described = want.extra_json_schema or {} if isinstance(want, inspect.Metadata) else {}
    why = f" ({described['description']})" if "description" in described else ""
    return f"{why}; write `{name}: {_sample(want)}`"


def _sample(want: inspect.Type) -> str:
    """Show the shape of what is wanted, with a dot for each thing only a person knows."""
    want = _bare(want)
    if isinstance(want, inspect.StructType):
        needed = [each.encode_name for each in want.fields if each.required]
        return "{" + ", ".join(f"{name}: …" for name in needed or ["…"]) + "}"
    if isinstance(want, inspect.VarTupleType):
        return f"[{_sample(want.item_type)}]"
    if isinstance(want, inspect.LiteralType):
        return " | ".join(str(each) for each in want.values)
    if isinstance(want, inspect.DictType):
        return "{…: …}"
    return "true | false" if isinstance(want, inspect.BoolType) else "…"


def _dict(walk: Walk, value: object, want: inspect.DictType, at: At) -> object:
    if not isinstance(value, dict):
        walk.refuse(at, f"{_said(value)}; write `name: value` pairs")
        return None
    plain = _text_keys(walk, value, at)
    return {key: _fit(walk, inner, want.value_type, (*at, key)) for key, inner in plain.items()}


def _text_keys(walk: Walk, value: dict[object, object], at: At) -> dict[str, object]:
    plain: dict[str, object] = {}
    for key, inner in value.items():
        name = text_of(key)
        if name is None or UNPRINTABLE.search(name):
            walk.refuse(at, f"the key {key!r} is not text; write a name, in quotes if need be")
        elif name in plain:
            walk.refuse((*at, name), f"{name!r} is written twice here; keep one")
        else:
            plain[name] = inner
    return plain


def _tuple(walk: Walk, value: object, want: inspect.VarTupleType, at: At) -> object:
    if not isinstance(value, list | tuple):
        one = text_of(value)
        walk.refuse(at, f"{_said(value)}; write `{f'[{one}]' if one else _sample(want)}`")
        return None
    if len(value) < (want.min_length or 0):
        walk.refuse(at, f"the list is empty; write at least one, as `{_sample(want)}`")
    return [_fit(walk, each, want.item_type, (*at, i)) for i, each in enumerate(value)]


def _union(walk: Walk, value: object, want: inspect.UnionType, at: At) -> object:
    """Take the branch made for this kind of value, or the first one to say what is wrong."""
    branches = {type(_bare(each)): each for each in want.types}
    for kind in _kinds_for(value):
        if kind in branches:
            return _fit(walk, value, branches[kind], at)
    return _fit(walk, value, want.types[0], at)


def _bare(want: inspect.Type) -> inspect.Type:
    return _bare(want.type) if isinstance(want, inspect.Metadata) else want


def _kinds_for(value: object) -> tuple[type[inspect.Type], ...]:
    if isinstance(value, float) and not math.isfinite(value):
        return _KINDS_FOR[str]  # .nan is how YAML says the text NaN
    return next(kinds for plain, kinds in _KINDS_FOR.items() if isinstance(value, plain))


_WORDS: tuple[type[inspect.Type], ...] = (inspect.StrType, inspect.LiteralType)
_KINDS_FOR: dict[type, tuple[type[inspect.Type], ...]] = {
    type(None): (inspect.NoneType,),
    dict: (inspect.StructType, inspect.DictType),
    list: (inspect.VarTupleType,),
    tuple: (inspect.VarTupleType,),
    bool: (inspect.BoolType, *_WORDS),  # before int, which it is one of
    int: (inspect.IntType, inspect.FloatType, *_WORDS),
    float: (inspect.FloatType, inspect.IntType, *_WORDS),
    str: (*_WORDS, inspect.FloatType, inspect.IntType),
    object: (),
}


def _text(walk: Walk, value: object, want: inspect.StrType, at: At) -> object:
    text = walk.document.written.get(at) or text_of(value)
    if text is None:
        walk.refuse(at, f"{_said(value)}; write text")
    elif len(text.strip()) < (want.min_length or 0):
        walk.refuse(at, "the text is empty; write something here")
    elif want.max_length is not None and len(text) > want.max_length:
        walk.refuse(at, f"{len(text)} characters; at most {want.max_length} are shown")
    elif want.pattern and (not re.search(want.pattern, text) or "\n" in text):
        walk.refuse(at, f"{text!r} does not fit; write {IN_WORDS.get(want.pattern, want.pattern)}")
    elif UNPRINTABLE.search(text):
        walk.refuse(at, f"{text!r} holds a character that cannot be printed; remove it")
    return text


def text_of(value: object) -> str | None:
    """Write a scalar as text: 1 as ``1``, 2.0 as ``2``, true as ``true``, .nan as ``NaN``.

    Returns None for what is no scalar, and for nothing at all.
    """
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return "NaN" if math.isnan(value) else repr(value).removesuffix(".0")
    return str(value) if isinstance(value, int) else None


def _literal(walk: Walk, value: object, want: inspect.LiteralType, at: At) -> object:
    accepted = [str(each) for each in want.values]
    text = walk.document.written.get(at) or text_of(value)
    if text not in accepted:
        near = nearest(text, accepted) if text else None
        wrong = f"{text!r} is not one of the words used here" if text else _said(value)
        walk.refuse(at, wrong, accepted, near)
    return text


def _number(walk: Walk, value: object, want: inspect.IntType | inspect.FloatType, at: At) -> object:
    whole = isinstance(want, inspect.IntType)
    wanted = "write a whole number, such as 3" if whole else "write a number, such as 0.9"
    if isinstance(value, str) and _is_number(value):
        walk.refuse(at, f"{value!r} is text; leave out the quotes: {value.strip()}")
    elif isinstance(value, bool) or not isinstance(value, int | float):
        walk.refuse(at, f"{_said(value)}; {wanted}")
    elif not math.isfinite(value) or abs(value) > EXACT:
        walk.refuse(at, f"{value} cannot be reckoned with; {wanted}")
    elif whole and isinstance(value, float):
        walk.refuse(at, f"{value} is not whole; {wanted}")
    else:
        _within(walk, value, want, at)
    return value


def _is_number(text: str) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False


def _within(walk: Walk, value: float, want: inspect.IntType | inspect.FloatType, at: At) -> None:
    bounds: list[tuple[float | None, str, Callable[[float, float], bool]]] = [
        (want.gt, "more than", lambda a, b: a > b),
        (want.ge, "at least", lambda a, b: a >= b),
        (want.lt, "less than", lambda a, b: a < b),
        (want.le, "at most", lambda a, b: a <= b),
    ]
    declared = [(bound, words, holds) for bound, words, holds in bounds if bound is not None]
    if not all(holds(value, bound) for bound, _, holds in declared):
        limits = " and ".join(f"{words} {bound}" for bound, words, _ in declared)
        walk.refuse(at, f"{value} is out of range; write a number {limits}")


def _bool(walk: Walk, value: object, want: inspect.BoolType, at: At) -> object:
    del want
    if not isinstance(value, bool):
        walk.refuse(at, _said(value), ("true", "false"), _meant(value))
    return value


def _meant(value: object) -> str | None:
    yes_no = {"yes": "true", "on": "true", "true": "true", "1": "true"}
    yes_no |= {"no": "false", "off": "false", "false": "false", "0": "false"}
    return yes_no.get((text_of(value) or "").lower())


def _said(value: object) -> str:
    """Name what was found, in the words of somebody looking at the file."""
    if value is None:
        return "there is nothing here"
    if isinstance(value, dict):
        return "this is a group of keys"
    if isinstance(value, list | tuple):
        return "this is a list"
    return f"{text_of(value)!r} stands here"


_FITS = cast(
    "dict[type[inspect.Type], Callable[[Walk, object, inspect.Type, At], object]]",
    {
        inspect.StructType: _struct,
        inspect.DictType: _dict,
        inspect.VarTupleType: _tuple,
        inspect.UnionType: _union,
        inspect.LiteralType: _literal,
        inspect.StrType: _text,
        inspect.IntType: _number,
        inspect.FloatType: _number,
        inspect.BoolType: _bool,
        inspect.NoneType: lambda *_: None,
    },
)
