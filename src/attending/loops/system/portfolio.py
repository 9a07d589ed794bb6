"""The portfolio, folded from the whole ledger; and what a person says a review should come to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attending.decide.tools.maturity import quarter
from attending.decide.tools.portfolio import Portfolio
from attending.decide.tools.scale_review import SORTED
from attending.errors import NoSuchName, Refused
from attending.facts.fact import Fact
from attending.ledger.following import Following
from attending.loops.sealing import sealed

if TYPE_CHECKING:
    from attending.facts.entry import Entry
    from attending.facts.fact import By
    from attending.ledger.read import Reader
    from attending.loops.books import Books


def following(reader: Reader) -> Following[Portfolio]:
    """Give the portfolio, kept up with a ledger."""
    return Following(reader, Portfolio(), _step)


def current(reader: Reader) -> Portfolio:
    """Give the portfolio as it stands."""
    return following(reader).now()


def _step(known: Portfolio, entry: Entry) -> Portfolio:
    return known.after(entry)


def sort_(books: Books, tool: str, word: str, why: str, *, by: By) -> bool:
    """Say what a tool's review should come to; tell whether that is new.

    Why is sealed in the payload store; its digest stands in the fact.

    Raises
    ------
    NoSuchName
        There is no such tool.
    Refused
        The word is none of the four, or no reason is given.

    """
    known = current(books.reader)
    if tool not in known.rows():
        raise NoSuchName(tool, "the tools of the portfolio", known.rows())
    if word not in SORTED:
        raise Refused(f"a review does not come to {word!r}", accepted=SORTED)
    if not why.strip():
        raise Refused("who sorts a tool otherwise says why")
    before = known.sorted_by_people.get(tool)
    if before is not None and before[:2] == (word, by.person):
        return False
    raw, named = sealed(why)
    body: dict[str, object] = {
        "type": "scale_review/1",
        "tool": tool,
        "quarter": quarter(books.clock.now()),
        "sorted": word,
        "why": named,
    }
    key = f"portfolio/{tool}/{books.reader.size()}/scale_review"
    books.write([Fact(kind="said", key=key, at=books.at, by=by, body=body)], [raw])
    return True
