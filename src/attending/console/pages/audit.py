"""Can I prove it? The ledger's size, its head, and every fact by its index.

It reads the rows as they are kept, the last signed checkpoint, and the last verification,
which runs apart from the pages. A prediction is found by its pseudonym.

It does not tell who a patient is: no fact does.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from attending.console.access import reads
from attending.console.governance.sites import titles
from attending.console.page import Looked, Page
from attending.decide.permissions import Need
from attending.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from attending.console.page import Asked, Shown
    from attending.ledger.store import Row

PAGE = 25
ABOUT_PATIENTS = ("served", "observed")  # kinds of fact
MOST_READ = 500_000  # rows looked through for a part of a key, so that an answer comes


def show(asked: Asked) -> Shown:
    """Give the ledger's standing and what was searched for."""
    reader = asked.parts.reader
    size = reader.size()
    use_case, text = asked.query.get("use_case", ""), asked.query.get("q", "").strip()
    before = _index(asked.query.get("before", ""), size)
    found = _found(asked, use_case, text, before)
    rows = list(islice(found, PAGE + 1))
    checkpoint = asked.parts.verifying.checkpoint()
    return {
        "size": size,
        "root": reader.root(),
        "checkpoint": checkpoint,
        "beyond": size - checkpoint[0] if checkpoint else size,
        "verified": asked.parts.verifying.last,
        "rows": rows[:PAGE],
        "known_as": titles(asked),
        "more": rows[PAGE - 1].idx if len(rows) > PAGE else None,
        "use_case": use_case,
        "q": text,
        "use_cases": sorted(asked.courses()),
        "most": MOST_READ,
    }


def do(asked: Asked, _form: Mapping[str, str]) -> str:
    """Verify the whole ledger, now."""
    asked.parts.verifying.now()
    return "/audit#verified"


def about(asked: Asked) -> Looked | None:
    """Give whom a search may find: patients are looked for by their pseudonyms."""
    text = asked.query.get("q", "").strip()
    if not text:
        return None
    before = _index(asked.query.get("before", ""), asked.parts.reader.size())
    rows = islice(_found(asked, asked.query.get("use_case", ""), text, before), PAGE)
    return Looked(tuple(row.key for row in rows if row.kind in ABOUT_PATIENTS), text)


def _index(text: str, size: int) -> int:
    if not text:
        return size
    if not text.isascii() or not text.isdigit():
        raise Refused("before takes the index of a fact")
    return min(int(text), size)


def _found(asked: Asked, use_case: str, text: str, before: int) -> Iterator[Row]:
    """Give rows from the last to the first, those that were asked for alone."""
    end, least = before, max(0, before - MOST_READ)
    step = PAGE if not text and not use_case else 20_000
    while end > least:
        start = max(least, end - step)
        there = (r for r in _between(asked, start, end) if _fits(r, use_case, text))
        rows = [r for r in there if asked.reach.sees(r.use_case, r.site)]
        yield from reversed(rows)
        end = start


def _between(asked: Asked, start: int, end: int) -> Iterator[Row]:
    return islice(asked.parts.reader.rows(start), end - start)


def _fits(row: Row, use_case: str, text: str) -> bool:
    if use_case and row.use_case != use_case:
        return False
    return not text or text in row.key or text == str(row.idx)


audit = Page(
    path="/audit",
    question="Can I prove it?",
    show=show,
    do=do,
    menu=(8, "Audit"),
    has_past=False,
    needs=reads("ledger"),
    acts={"": Need("verify", "ledger")},
    narrows=True,
    about=about,
)
