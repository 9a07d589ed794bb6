"""Templates into pages: everything that comes from a fact or a person is escaped."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from attending.console.words import (
    EXPANSIONS,
    FINDINGS,
    MODES,
    between,
    listed,
    odds,
    opened,
    role_words,
)
from attending.decide.words import number

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from attending.console.page import Page


LONGEST_WHOLE = 18  # characters of a name that the first column of a full table has room for
PARTED = re.compile(r"([._])(?=\w)")


def thousands(value: int | None) -> str:
    """Write a count with commas; nothing where there is none."""
    return "" if value is None else f"{value:,}"


def breaks(words: str | int) -> str:
    """Let a long name be parted at its dots and underscores, where people would part it.

    >>> breaks("labs.lactate"), breaks("departures.discharge_code")
    ('labs.lactate', Markup('departures.<wbr>discharge_<wbr>code'))
    """
    if isinstance(words, int):
        return thousands(words)
    if len(words) <= LONGEST_WHOLE or " " in words:
        return words
    return Markup(PARTED.sub(r"\1<wbr>", str(escape(words))))  # noqa: S704  it was escaped


def linker(as_of: int | None) -> Callable[..., str]:
    """Give what makes addresses: parts are escaped, and the day looked at goes along."""

    def link(*parts: object, **query: object) -> str:
        path = "/" + "/".join(quote(str(part), safe="") for part in parts)
        asked = query | ({} if as_of is None else {"as_of": as_of})
        told = "&".join(f"{k}={quote(str(v), safe='')}" for k, v in asked.items())
        return f"{path}?{told}" if told else path

    return link


def environment(pages: Iterable[tuple[str, Page]]) -> Environment:
    """Make the template environment; an unknown name in a template is an error."""
    made = Environment(
        autoescape=True,
        loader=PackageLoader("attending.console", ""),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {"thousands": thousands, "odds": odds, "opened": opened, "listed": listed}
    made.filters |= {"role_words": role_words, "breaks": breaks}
    made.globals |= {
        "modes": MODES,
        "expansions": EXPANSIONS,
        "findings": FINDINGS,
        "number": number,
        "between": between,
        "menu": menu_of(page for _, page in pages),
    }
    return made


def menu_of(pages: Iterable[Page]) -> list[tuple[str, str]]:
    """Give the menu of some pages: addresses and words, in their order."""
    placed = sorted((page.menu, page.path) for page in pages if page.menu is not None)
    return [(path, word) for (_, word), path in placed]


def values(asked: Any, page: Page | None) -> dict[str, Any]:  # noqa: ANN401  None before sign-in
    """Give what every template may use."""
    as_of = asked.as_of if asked is not None else None
    return {
        "page": page,
        "as_of": as_of,
        "link": linker(as_of),
        "person": asked.session.person if asked is not None else "",
        "csrf": asked.session.csrf if asked is not None else "",
        "undeclared": "",
        "breaks": asked.breaks if asked is not None else "",
        "notice": asked.parts.notice() if asked is not None else "",
    }
