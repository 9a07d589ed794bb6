"""Reads the conditions of HL7's mapping tables: a small closed language, and nothing else.

What is read: VALUED, EXIST and EMPTY; EQUALS, IS and =; IN a list; LST.count and COUNT;
LENGTH; NOT, AND, OR and parentheses. A place without a word of its own takes the next
one's (`PID-33 AND PID-34 VALUED`), a word without a place is about the field of the row
itself. Everything else is prose, or a slip of the pen: it is not read, the row is not
applied, and the coverage page lists it. Nothing is evaluated by guessing.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from attending.errors import Refused

TOKEN = re.compile(
    r"""\s*(?:
      (?P<place>[A-Z][A-Z0-9]{1,2}[-.]\d+(?:\.\d+)*(?![\w.]))
    | (?P<text>"[^"]*"|'[^']*')
    | (?P<number>\d+)
    | (?P<mark>[(),=>])
    | (?P<word>[A-Za-z][A-Za-z.]*)
    )""",
    re.VERBOSE,
)
WHOLE_SEGMENT = re.compile(r"[A-Z][A-Z0-9]{2}")
SAME = {"EQUALS", "EQUAL", "IS", "="}
PRESENT = {"VALUED", "VALUE", "EXIST"}
NOT_A_SEGMENT = {"NOT", "AND", "LST"}


class NotFormal(Refused):
    """A condition that is prose; a person has to read it."""


class Place(NamedTuple):
    """Where a condition looks: a field or component, of a segment or of a data type."""

    of: str  # PID, or the data type: CX
    number: int  # 0 for the segment itself
    component: int = 0  # 0 for the field itself


class Seen(Protocol):
    """What a condition is asked about: a message, at one of its segments."""

    def text(self, place: Place) -> str:
        """Give the text at a place, or nothing if it is not valued."""

    def valued(self, place: Place) -> bool:
        """Tell whether anything stands at a place."""

    def count(self, place: Place) -> int:
        """Give how many repetitions a field has."""


Test = Callable[[Seen], bool]
Predicate = Callable[[Place], Test]


def place(text: str) -> Place:
    """Read a place, as PID-3, OBX-5.1, CX.4 or ORC.

    Raises
    ------
    NotFormal
        If it is none.

    """
    found = re.fullmatch(r"([A-Z][A-Z0-9]{1,2})(?:[-.](\d+)(?:\.(\d+))?(?:\.\d+)*)?", text.strip())
    if found is None:
        raise NotFormal(f"{text!r} is no place in a message")
    return Place(found[1], int(found[2] or 0), int(found[3] or 0))


def condition(text: str, own: Place | None) -> Test:
    """Read a condition.

    Parameters
    ----------
    text
        As the table writes it; empty for one that always holds.
    own
        The field of the row it stands in.

    Raises
    ------
    NotFormal
        If it is not in the language.

    """
    if not text.strip():
        return _always
    reader = Reader(_tokens(text), own)
    found = reader.any_of()
    if reader.word() != "":
        raise NotFormal(f"{reader.word()!r} is not read here")
    return found


def _always(_seen: Seen) -> bool:
    return True


def _tokens(text: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    at, text = 0, text.rstrip()
    while at < len(text):
        match = TOKEN.match(text, at)
        if match is None:
            raise NotFormal(f"{text[at : at + 20]!r} is not read here")
        kind = match.lastgroup or ""
        found.append((kind, match[kind]))
        at = match.end()
    return found


@dataclass
class Reader:
    """Reads tokens from left to right."""

    tokens: list[tuple[str, str]]
    own: Place | None
    at: int = 0
    subject: Place | None = None

    def word(self) -> str:
        """Give the next token as a word, without taking it; nothing at the end."""
        if self.at == len(self.tokens):
            return ""
        kind, text = self.tokens[self.at]
        return text.upper() if kind in {"word", "mark"} else text

    def kind(self) -> str:
        """Give what the next token is."""
        return self.tokens[self.at][0] if self.at < len(self.tokens) else ""

    def take(self) -> str:
        """Take the next token."""
        found = self.word()
        self.at += 1
        return found

    def took(self, *words: str) -> bool:
        """Take these words if they come next."""
        ahead = [text.upper() for _, text in self.tokens[self.at : self.at + len(words)]]
        if ahead != list(words):
            return False
        self.at += len(words)
        return True

    def any_of(self) -> Test:
        """Read terms joined by OR; AND binds closer."""
        tests = [self.all_of()]
        while self.took("OR"):
            tests.append(self.all_of())
        return tests[0] if len(tests) == 1 else lambda seen: any(test(seen) for test in tests)

    def all_of(self) -> Test:
        """Read terms joined by AND."""
        tests = [self.term()]
        while self.took("AND"):
            tests.append(self.term())
        return tests[0] if len(tests) == 1 else lambda seen: all(test(seen) for test in tests)

    def term(self) -> Test:
        """Read one term: a group in parentheses, or places and what is said of them."""
        self.took("IF")
        if self.took("("):
            inner = self.any_of()
            if not self.took(")"):
                raise NotFormal("a parenthesis is not closed")
            return inner
        places, joined = self.places()
        predicate = self.predicate()
        tests = [predicate(one) for one in places]
        if len(tests) == 1:
            return tests[0]
        if joined == "OR":
            return lambda seen: any(test(seen) for test in tests)
        return lambda seen: all(test(seen) for test in tests)

    def places(self) -> tuple[list[Place], str]:
        """Read the places a term is about, and the word that joins them."""
        places: list[Place] = []
        joined = ""
        while self._is_place():
            self.subject = place(self.take())
            places.append(self.subject)
            ahead = self.word()
            if ahead in {"AND", "OR"} and self._is_place(1) and joined in {"", ahead}:
                joined = self.take()
                continue
            break
        if not places:
            subject = self.subject or self.own
            if subject is None:
                raise NotFormal("a condition about nothing")
            places = [subject]
        return places, joined

    def _is_place(self, ahead: int = 0) -> bool:
        at = self.at + ahead
        if at >= len(self.tokens):
            return False
        kind, text = self.tokens[at]
        if kind == "place":
            return True
        is_name = kind == "word" and WHOLE_SEGMENT.fullmatch(text) is not None
        return is_name and text not in NOT_A_SEGMENT

    def predicate(self) -> Predicate:
        """Read what is said of a place."""
        if self.took("LST.COUNT") or self.took("COUNT"):
            return self._counted()
        self.took("IS") or self.took("DOES")
        negated = self.took("NOT")
        if self.took("LENGTH", "GREATER", "THAN"):
            longest = self._number()
            return lambda at: lambda seen: (len(seen.text(at)) > longest) is not negated
        if self.word() in PRESENT:
            self.take()
            return lambda at: lambda seen: seen.valued(at) is not negated
        if self.took("EMPTY"):
            return lambda at: lambda seen: seen.valued(at) is negated
        if self.took("IN"):
            accepted = self._list()
            return lambda at: lambda seen: (seen.text(at) in accepted) is not negated
        if self.word() in SAME:
            self.take()
            self.took("TO")
        elif self.kind() != "text":
            raise NotFormal(f"{self.word()!r} is not read here")
        literal = self._literal()
        return lambda at: lambda seen: (seen.text(at) == literal) is not negated

    def _counted(self) -> Predicate:
        if self.took("GREATER", "THAN") or self.took(">"):
            least = self._number()
            return lambda at: lambda seen: seen.count(at) > least
        if self.took("LESS", "THAN", "OR", "EQUALS"):
            most = self._number()
            return lambda at: lambda seen: seen.count(at) <= most
        if self.word() in SAME:
            self.take()
            exact = self._number()
            return lambda at: lambda seen: seen.count(at) == exact
        raise NotFormal(f"{self.word()!r} is no way to count")

    def _number(self) -> int:
        if self.kind() != "number":
            raise NotFormal("a number is missing")
        return int(self.take())

    def _literal(self) -> str:
        if self.kind() != "text":
            raise NotFormal("a text in quotes is missing")
        return self.take()[1:-1]

    def _list(self) -> frozenset[str]:
        if not self.took("("):
            raise NotFormal("a list in parentheses is missing")
        found = {self._literal()}
        while self.took(","):
            found.add(self._literal())
        if not self.took(")"):
            raise NotFormal("a list is not closed")
        return frozenset(found)
