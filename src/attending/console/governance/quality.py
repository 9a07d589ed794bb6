"""The quality of data as people read it: what checks found, what waits, and how feeds do."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from attending import shapes
from attending.console.listing import Cell, Line, Listing
from attending.console.words import HELD, Tag, many
from attending.decide.looked_at import breach_name
from attending.facts.data.checked import TYPE, Checked
from attending.ledger.following import Following
from attending.report.data.feeds import Feeds

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from attending.console.page import Asked
    from attending.facts.data.checked import CheckResult
    from attending.facts.entry import Entry
    from attending.ledger.read import Reader
    from attending.report.data.feeds import Feed

STATES = {
    "breach": Tag("breach", "■", "ochre strong"),
    "error": Tag("error", "✕", "ochre strong"),
    "not_connected": Tag("not connected", "○", "plain"),
    "too_few": Tag("too few", "◇", "plain"),
    "ok": Tag("ok", "✓", "teal"),
}
ORDER = {state: n for n, state in enumerate(STATES)}
REFUSED = Tag("refused", "■", "ochre strong")
HOUR, DAY = 3600, 86400
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
    """One result, the fact it stands in, whom a breach of it holds, and whether it does now."""

    found: CheckResult
    fact: int
    holds: Sequence[str]
    tag: Tag | None = None


_checks: WeakKeyDictionary[Reader, Following[Found]] = WeakKeyDictionary()
_feeds: WeakKeyDictionary[Reader, Following[Feeds]] = WeakKeyDictionary()


def results_of(asked: Asked) -> list[Result]:
    """Give the results at the sites that somebody may see, what is worst first."""
    reader = asked.parts.reader
    begun = Following(reader, Found(), Found.after, kinds=("measured",))
    seen = sites_seen(asked)
    found = [
        replace(each, tag=_held(asked, each))
        for each in _checks.setdefault(reader, begun).now().results()
        if seen is None or each.found.site in seen
    ]
    return sorted(found, key=lambda each: (ORDER[each.found.state], each.found.name))


def feeds_of(asked: Asked) -> list[Feed]:
    """Give the feeds of the sites and use cases that somebody may see."""
    reader = asked.parts.reader
    begun = Following(reader, Feeds(), Feeds.after, kinds=("ingested",))
    seen, courses = sites_seen(asked), asked.courses()
    return [
        feed
        for feed in _feeds.setdefault(reader, begun).now().all()
        if seen is None or feed.site in seen or (not feed.site and feed.use_case in courses)
    ]


def _held(asked: Asked, result: Result) -> Tag | None:
    """Tell whether what waits for a breach is held: asked of where things stand, not supposed."""
    name, courses = breach_name(result.found), asked.courses()
    standings = [courses[use_case].standing() for use_case in result.holds if use_case in courses]
    if result.found.state != "breach" or not standings:
        return None
    if any(name in standing.holds for standing in standings):
        return HELD
    return LET_GO if any(name in standing.answered for standing in standings) else NOT_YET


def sites_seen(asked: Asked) -> set[str] | None:
    """Give the sites that somebody may see; None is all of them."""
    if asked.reach.is_everything:
        return None
    return {site for course in asked.courses().values() for site in course.sites}


def headline(found: Sequence[Result]) -> str:
    """Say in one sentence how the data stand."""
    n = {state: sum(each.found.state == state for each in found) for state in STATES}
    breached = n["breach"] + n["error"]
    said = (
        f"{breached:,} of {many(len(found), 'check')} {'is' if breached == 1 else 'are'} breached"
    )
    if n["not_connected"]:
        said += f"; {many(n['not_connected'], 'field')} not connected"
    return f"{said}."


def checks(title: str, found: Sequence[Result], empty: str, *, only: Collection[str]) -> Listing:
    """List the results of some states."""
    return Listing(title, COLUMNS, [_line(r) for r in found if r.found.state in only], empty)


def _line(result: Result) -> Line:
    found = result.found
    column = "" if found.column == "*" else f".{found.column}"
    return Line(
        (
            Cell(f"{found.table}{column}"),
            Cell(found.check.replace("_", " ")),
            Cell(found.site),
            Cell(tag=STATES[found.state]),
            Cell(found.num_violated, fact=result.fact),
            Cell(found.num_denominator),
            Cell(f"{found.allowed:.1%}"),
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


def feed_listing(found: Sequence[Feed], now: datetime | None) -> Listing:
    """List the feeds: when each last brought something, how much, and what is set aside.

    `now` is None in a replay's store, where no time passes since a row came.
    """
    columns = (
        "feed", "site", "for", "last (UTC)", "ago", "deliveries", "lines", "set aside", "waiting",
        "why", "not mapped",
    )  # fmt: skip
    return Listing(
        "Feeds",
        columns,
        [_feed_line(feed, now) for feed in found],
        "No feed has brought anything yet.",
        heading=False,
    )


def _feed_line(feed: Feed, now: datetime | None) -> Line:
    told = sorted({**feed.parked_by, **feed.waiting_by}.items())
    said = [f"{by.replace('_', ' ')} ({n:,})" for by, n in told]
    refused = sorted(feed.refused_by.items())
    said += [f"{many(n, 'file')} refused: {because}" for because, n in refused]
    said += [f"clock ahead ({feed.ahead:,})"] if feed.ahead else []
    why = ", ".join(said)
    day = feed.last_at[:16].replace("T", " ")
    last = Cell(day, fact=feed.last_fact) if day else Cell("nothing whole yet")
    return Line(
        (
            Cell(feed.name),
            Cell(feed.site or "several"),
            Cell(feed.use_case or "all"),
            last,
            Cell("not counted" if now is None else ago(feed.last_at, now)),
            Cell(feed.batches, tag=REFUSED if feed.refused else None),
            Cell(feed.lines),
            Cell(feed.parked),
            Cell(feed.waiting),
            Cell(why or "nothing"),
            Cell(feed.stored),
        )
    )


def ago(at: str, now: datetime) -> str:
    """Say how long ago something was, in its largest whole unit."""
    if not at:
        return "not known"
    seconds = max(0, int((now - datetime.fromisoformat(at)).total_seconds()))
    if seconds >= DAY:
        return many(seconds // DAY, "day")
    return many(seconds // HOUR, "hour") if seconds >= HOUR else "under an hour"
