"""The quality of data as people read it: what checks found, and what waits for it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from attending import shapes
from attending.console.governance.sites import sites_seen, titles
from attending.console.listing import Cell, Line, Listing
from attending.console.words import HELD, Tag, many
from attending.decide.looked_at import breach_name
from attending.facts.data.checked import TYPE, Checked
from attending.ledger.following import Following

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from attending.console.page import Asked
    from attending.facts.data.checked import CheckResult
    from attending.facts.entry import Entry
    from attending.ledger.read import Reader

STATES = {
    "breach": Tag("breach", "■", "ochre strong"),
    "error": Tag("cannot be asked", "✕", "ochre strong"),
    "not_connected": Tag("not connected", "○", "plain"),
    "too_few": Tag("too few", "◇", "plain"),
    "ok": Tag("ok", "✓", "teal"),
}
ORDER = {state: n for n, state in enumerate(STATES)}
COLUMNS = (
    "field", "asked", "site", "state", "fall short", "of rows", "allowed", "since row",
    "a breach holds",
)  # fmt: skip
NOT_YET = Tag("not held yet", "◇", "ochre")
LET_GO = Tag("resumed since", "▸", "plain")


@dataclass(frozen=True)
class Found:
    """The last results by the key of their fact, with the fact that holds them."""

    last: Mapping[str, tuple[int, Checked]] = field(default_factory=dict)

    def after(self, entry: Entry) -> Found:
        """Take one fact in."""
        if entry.fact.type != TYPE:
            return self
        checked = shapes.convert(entry.fact.body, Checked)
        return Found({**self.last, entry.fact.key: (entry.index, checked)})

    def results(self) -> Iterator[Result]:
        """Give every result, with its fact and the use cases that wait while it is breached."""
        for index, checked in self.last.values():
            for each in checked.results:
                yield Result(each, index, checked.holds.get(f"{each.check}/{each.column}", ()))


@dataclass(frozen=True)
class Result:
    """One result, whom a breach of it holds, and the titles of whom it does hold now.

    Its fact tells of every site: none is named to who sees a part of them and may not open it.
    """

    found: CheckResult
    fact: int | None
    holds: Sequence[str]
    tag: Tag | None = None
    held: Sequence[str] = ()


_checks: WeakKeyDictionary[Reader, Following[Found]] = WeakKeyDictionary()


def results_of(asked: Asked) -> list[Result]:
    """Give the results at the sites that somebody may see, what is worst first."""
    reader = asked.parts.reader
    begun = Following(reader, Found(), Found.after, kinds=("measured",))
    seen = sites_seen(asked)
    found = [
        _held(asked, each if seen is None else replace(each, fact=None))
        for each in _checks.setdefault(reader, begun).now().results()
        if seen is None or each.found.site in seen
    ]
    return sorted(found, key=_worst)


def _worst(result: Result) -> tuple[int, bool, bool, str]:
    """Give what results are ordered by: among breaches, those that hold a tool come first."""
    found = result.found
    return (ORDER[found.state], not result.held, not result.holds, found.name)


def _held(asked: Asked, result: Result) -> Result:
    """Tell whether what waits for a breach is held: asked of where things stand, not supposed."""
    name, courses = breach_name(result.found), asked.courses()
    there = {each: courses[each].standing() for each in result.holds if each in courses}
    if result.found.state != "breach" or not there:
        return result
    held = [courses[each].title for each, s in there.items() if name in s.holds]
    if held:
        return replace(result, tag=HELD, held=held)
    gone = any(name in standing.answered for standing in there.values())
    return replace(result, tag=LET_GO if gone else NOT_YET)


def headline(found: Sequence[Result]) -> str:
    """Say in two sentences how the data stand, and what is held for it."""
    n = {state: sum(each.found.state == state for each in found) for state in STATES}
    breached = n["breach"]
    said = (
        f"{breached:,} of {many(len(found), 'check')} {'is' if breached == 1 else 'are'} breached"
    )
    if n["error"]:
        said += f", and {n['error']:,} cannot be asked"
    if n["not_connected"]:
        said += f"; {many(n['not_connected'], 'field')} not connected"
    held = sorted({name for each in found for name in each.held})
    if held:
        said += f". Held for it: {'; '.join(held)}"
    elif breached:
        said += ". No tool is held for it"
    return f"{said}."


def checks(
    asked: Asked,
    title: str,
    found: Sequence[Result],
    empty: str,
    *,
    only: Collection[str],
    heading: bool = True,
) -> Listing:
    """List the results of some states."""
    known_as = titles(asked)
    lines = [_line(r, known_as) for r in found if r.found.state in only]
    return Listing(title, COLUMNS, lines, empty, heading)


def _line(result: Result, known_as: Mapping[str, str]) -> Line:
    found = result.found
    column = "" if found.column == "*" else f".{found.column}"
    return Line(
        (
            Cell(f"{found.table}{column}"),
            Cell(found.check.replace("_", " ")),
            Cell(known_as.get(found.site, found.site)),
            Cell(tag=STATES[found.state]),
            Cell(found.num_violated, fact=result.fact),
            Cell(found.num_denominator),
            Cell(found.may),
            Cell(found.since_row),
            _holds(result),
        )
    )


def _holds(result: Result) -> Cell:
    if not result.holds:
        return Cell("nothing")
    names, first = ", ".join(result.holds), result.holds[0]
    href = f"/use-cases/{first}" if len(result.holds) == 1 else ""
    return Cell(names, tag=result.tag, href=href)
