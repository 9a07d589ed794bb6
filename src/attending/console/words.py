"""How states and numbers are written on pages: always a word with a shape, then a color."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, NamedTuple

from attending.decide.standing import EVERYWHERE
from attending.decide.words import number
from attending.report.text import WORDS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from attending.facts.estimate import Estimate
    from attending.facts.verdict import Verdict

LONGEST_ABBREVIATION = 4  # cmio, cnio, cfo
MOST_ODDS = 1_000_000  # beyond it the figure only tells how many cases there were


class Tag(NamedTuple):
    """A state as people see it: the word carries it, the shape and the color repeat it."""

    word: str
    shape: str
    tone: str  # a class of the stylesheet


LIVE = Tag("live", "●", "blue")
HELD = Tag("held", "❚❚", "ochre")
SUSPENDED = Tag("suspended", "■", "ochre strong")
WAITING = Tag("waiting", "◇", "plain")

MODES = {
    "off": Tag("off", "○", "plain"),
    "silent": Tag("silent", "◐", "blue"),
    "live": LIVE,
    "suspended": SUSPENDED,
    "retired": Tag("retired", "○", "plain"),
}

EXPANSIONS = {
    "moving": Tag("moving", "▸", "blue"),
    "waiting": WAITING,
    "held": HELD,
    "finished": Tag("finished", "✓", "teal"),
}

FINDINGS = {
    "shown to help": Tag("shown to help", "✓", "teal"),
    "no worse than": Tag("no worse", "✓", "teal"),
    "worse than promised": Tag("worse than promised", "❚❚", "ochre"),
    "shown to harm": Tag("shown to harm", "■", "ochre strong"),
    "cannot tell yet": Tag("cannot tell yet", "◇", "plain"),
    "good enough": Tag("good enough", "✓", "teal"),
    "not good enough": Tag("not good enough", "❚❚", "ochre"),
}

SHAPES = {
    "met": ("✓", "teal"),
    "not met": ("✕", "ochre"),
    "crossed": ("✕", "ochre strong"),
    "not crossed": ("○", "plain"),
    "cannot tell yet": ("◇", "plain"),
    "cannot be judged": ("?", "ochre"),
}


def verdict_tag(verdict: Verdict) -> Tag:
    """Give a verdict's tag, in the words of the report."""
    word = WORDS[verdict.listed][verdict.word]
    return Tag(word, *SHAPES[word])


def odds(ln_e: float | None) -> str:
    """Write evidence as a bet's odds: ``36 to 1``.

    >>> odds(math.log(36)), odds(-1.0), odds(None)
    ('36 to 1', 'less than 1 to 1', '')
    """
    if ln_e is None:
        return ""
    if ln_e < 0:
        return "less than 1 to 1"
    if ln_e > math.log(MOST_ODDS):
        return "over a million to 1"
    return f"{math.exp(ln_e):,.0f} to 1"


def between(estimate: Estimate, scale: str) -> str:
    """Write an interval alone: ``0.70 to 1.09``."""
    if estimate.refused is not None:
        return estimate.refused
    return f"{number(estimate.low, scale)} to {number(estimate.high, scale)}"


def listed(names: list[str]) -> str:
    """Write names as a list: ``a, b and c``.

    >>> listed(["a", "b", "c"])
    'a, b and c'
    """
    if len(names) <= 1:
        return "".join(names)
    return f"{', '.join(names[:-1])} and {names[-1]}"


def are(scopes: Sequence[str]) -> str:
    """Give the verb's number: all sites together are several, though one scope.

    >>> are(["west"]), are(["all"]), are(["east", "west"])
    ('is', 'are', 'are')
    """
    return "is" if len(scopes) == 1 and scopes[0] != EVERYWHERE else "are"


def many(n: int, one: str, more: str = "") -> str:
    """Write a count with its noun: ``1 unit``, ``1,200 more cases``.

    >>> many(1, "unit"), many(1200, "more case"), many(2, "day")
    ('1 unit', '1,200 more cases', '2 days')
    """
    return f"{n:,} {one if n == 1 else more or one + 's'}"


def in_days(n: int | None) -> str:
    """Write how long it takes at the volume seen; nothing where that is not known.

    >>> in_days(22), in_days(None)
    (' (22 days at the present volume)', '')
    """
    return f" ({many(n, 'day')} at the present volume)" if n else ""


def role_words(role: str) -> str:
    """Write a role as people say it; what is short is an abbreviation.

    >>> role_words("committee_chair"), role_words("cmio")
    ('committee chair', 'CMIO')
    """
    return role.upper() if len(role) <= LONGEST_ABBREVIATION else role.replace("_", " ")


def opened(text: str) -> str:
    """Begin a sentence with a capital, and leave the rest as it is."""
    return text[:1].upper() + text[1:]


def with_titles(text: str, titles: Mapping[str, str]) -> str:
    """Say of what stands at a site by its name that it stands at the site's title.

    Parameters
    ----------
    text
        A reason as it was written, such as ``data check once of t at a1: 3 of 9 rows``.
    titles
        The sites' titles, by name.

    >>> with_titles("once of t at a1: 3 of 9; at a1 1", {"a1": "Alder"})
    'once of t at Alder: 3 of 9; at a1 1'
    """
    if not titles:
        return text
    # A title may begin with a name, and a name be a number: the longest that a colon ends is it.
    known = sorted({*titles, *titles.values()}, key=len, reverse=True)
    at = re.compile(rf"\bat ({'|'.join(map(re.escape, known))}):")
    return at.sub(lambda found: f"at {titles.get(found[1], found[1])}:", text)
