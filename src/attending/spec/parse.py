"""Plain content in, a spec out: strict, and with everything that was wrong at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import msgspec

from attending import shapes
from attending.spec.conform import Walk, conform
from attending.spec.document import Document
from attending.spec.kinds import KINDS
from attending.spec.mistake import SpecRefused, nearest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from attending.spec.document import At
    from attending.spec.kinds import Spec

Shape = TypeVar("Shape", bound=msgspec.Struct)


def parse(plain: object, *, file: str = "", lines: Mapping[At, int] | None = None) -> Spec:
    """Make a spec of plain dicts, lists and scalars.

    Parameters
    ----------
    plain
        One document; its ``kind`` says which spec it is.
    file
        The file's name, for messages.
    lines
        The line of each key and list item, by path; ``()`` is the document itself.

    Raises
    ------
    SpecRefused
        With every mistake in the document, each with its place, its path and what
        would be accepted.

    """
    return parse_document(Document(plain, file, lines or {}))[0]


def parse_document(document: Document) -> tuple[Spec, dict[str, object]]:
    """Make a spec of a document, and give its content with every scalar made one way.

    The second is what a digest is taken over: ``1`` and ``"1"`` where text is wanted
    are the same content, and so are two orders of the same keys.

    Raises
    ------
    SpecRefused
        With every mistake in the document.

    """
    walk = Walk(document)
    struct = _kind(walk)
    if struct is None:
        raise SpecRefused(walk.mistakes)
    return _made(walk, struct)


def parse_as(document: Document, struct: type[Shape]) -> Shape:
    """Make what a document that has no kind is known to be.

    Raises
    ------
    SpecRefused
        With every mistake in the document.

    """
    return _made(Walk(document), struct)[0]


def _made(walk: Walk, struct: type[Shape]) -> tuple[Shape, dict[str, object]]:
    plain = conform(walk, struct)
    if walk.mistakes:
        raise SpecRefused(walk.mistakes)
    try:
        return shapes.convert(plain, struct), plain
    except msgspec.ValidationError as error:  # should the walk ever know less than msgspec does
        walk.refuse((), str(error))
        raise SpecRefused(walk.mistakes) from error


def _kind(walk: Walk) -> type[Spec] | None:
    plain = walk.document.plain
    if not isinstance(plain, dict):
        walk.refuse((), "this is no spec; write `kind:` first, with one of these", KINDS)
        return None
    kind = plain.get("kind")
    if "kind" not in plain:
        near = nearest("kind", [key for key in plain if isinstance(key, str)])
        hint = f", unless {near!r} was to say it" if near else ""
        walk.refuse((), f"`kind:` is missing{hint}; write it first, with one of these", KINDS)
        return None
    if not isinstance(kind, str) or kind not in KINDS:
        near = nearest(str(kind), KINDS)
        walk.refuse(("kind",), f"there is no kind {kind!r}", KINDS, near)
        return None
    return KINDS[kind]
