"""How states and numbers are written on pages: always a word with a shape, then a color."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from attending.decide.words import number
from attending.report.text import WORDS

if TYPE_CHECKING:
    from attending.facts.estimate import Estimate
    from attending.facts.verdict import Verdict

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


def opened(text: str) -> str:
    """Begin a sentence with a capital, and leave the rest as it is."""
    return text[:1].upper() + text[1:]
