"""News: what one file says that no fact says yet, written a commit at a time.

While one process writes to the ledger nobody else does: no answer is recorded and no
suspension said. So a file's facts go in commits that are over within a second. That a
file was begun is a fact too, if it takes more than one: whoever finds half of it knows.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from attending.loops.widen import widen

if TYPE_CHECKING:
    from collections.abc import Callable

    from attending.facts.entry import Entry
    from attending.facts.fact import Fact
    from attending.loops.parts import Folded, Parts

AT_ONCE = 1_000  # facts of one commit: a tenth of a second, and less than one on a busy machine


class News:
    """The facts of one file that say something no fact says yet.

    Parameters
    ----------
    parts, folded
        Memory.
    begun
        Says that a file was begun, and is written where one commit does not hold it.
    since
        Where that stands already, if another process began the file and never ended it.
    between
        Called after each commit but the last.

    Attributes
    ----------
    fresh
        How many facts were new.
    said
        How many say something new, by kind, those of the process that began among them.

    """

    def __init__(
        self,
        parts: Parts,
        folded: Folded,
        *,
        begun: Fact | None = None,
        since: int | None = None,
        between: Callable[[], None] | None = None,
    ) -> None:
        self._parts, self._folded = parts, folded
        self._begun = begun if since is None else None
        self._since = since
        self._between = between
        self._facts: list[Fact] = []
        self._last: dict[str, Fact] = {}
        self._found: tuple[str, Entry | None] = ("", None)
        self.fresh = 0
        self.said: Counter[str] = Counter()

    def last(self, key: str) -> Fact | None:
        """Give what was said last under a key."""
        if key in self._last:
            return self._last[key]
        there = self._on_record(key)
        return None if there is None else there.fact

    def is_own(self, key: str) -> bool:
        """Tell whether the last fact of a key was written when this file was begun before."""
        if self._since is None or key in self._last:
            return False
        there = self._on_record(key)
        return there is not None and there.index > self._since

    def say(self, fact: Fact) -> bool:
        """Say it, unless the last fact of its key says the same; tell whether it is news."""
        there = self.last(fact.key)
        if there is not None and (there.body, there.site) == (fact.body, fact.site):
            is_news = self.is_own(fact.key)
        else:
            self._facts.append(fact)
            self._last[fact.key] = fact
            is_news = True
        self.said[fact.kind] += is_news
        if len(self._facts) >= AT_ONCE:
            self._write_some()
        return is_news

    def end(self, *facts: Fact) -> None:
        """Write what is left, and what is to be said last."""
        self._write([*self._facts, *facts])

    def _on_record(self, key: str) -> Entry | None:
        if self._found[0] != key:
            self._found = (key, self._parts.reader.latest(key))
        return self._found[1]

    def _write_some(self) -> None:
        first = [] if self._begun is None else [self._begun]
        self._begun = None
        self._write([*first, *self._facts])
        if self._between is not None:
            self._between()

    def _write(self, facts: list[Fact]) -> None:
        if facts:
            self.fresh += self._parts.pen.append(facts).fresh
        self._facts, self._last, self._found = [], {}, ("", None)
        widen(self._parts, self._folded)
