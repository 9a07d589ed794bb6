"""One way to show many things, and one way to show one: what the pages of governance share."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from attending.console.words import Tag


@dataclass(frozen=True)
class Cell:
    """One thing said about one thing.

    Attributes
    ----------
    words
        What is read; a number is set in a column of numbers.
    tag
        A state, as a word and a shape, before the words.
    href
        Where the words lead.
    fact
        Ledger index of the fact that says so; None where several do.
    is_code
        Whether the words are for a machine: a path, a digest; they may break anywhere.

    """

    words: str | int = ""
    tag: Tag | None = None
    href: str = ""
    fact: int | None = None
    is_code: bool = False


@dataclass(frozen=True)
class Line:
    """One row of a list; its first cell names it."""

    cells: Sequence[Cell]


@dataclass(frozen=True)
class Listing:
    """A table of things of one kind.

    Attributes
    ----------
    title
        Its heading, and its name for who cannot see it; no heading where the page's question
        says it already.
    columns
        Headings, in order.
    lines
        The rows.
    empty
        A sentence for when there are none: what was looked for.

    """

    title: str
    columns: Sequence[str]
    lines: Sequence[Line]
    empty: str
    heading: bool = True


@dataclass(frozen=True)
class Said:
    """One thing about one thing: a name, and what is to be said under it."""

    name: str
    cells: Sequence[Cell]


@dataclass(frozen=True)
class Detail:
    """One thing, as a list of what is known of it; `unknown` is said, never left out.

    Attributes
    ----------
    title
        Its heading.
    said
        What is known, in the order it is read.
    notes
        Sentences below it.

    """

    title: str
    said: Sequence[Said]
    notes: Sequence[str] = field(default=())


def detail(title: str, told: Mapping[str, str | int | Cell | Sequence[Cell]]) -> Detail:
    """Give a detail from names and plain values; what is empty is said to be not known."""
    return Detail(title, [Said(name, _cells(value)) for name, value in told.items()])


def _cells(value: str | int | Cell | Sequence[Cell]) -> Sequence[Cell]:
    if isinstance(value, Cell):
        return [value]
    if isinstance(value, (str, int)):
        return [Cell("not known" if value == "" else value)]
    return list(value) or [Cell("none")]
