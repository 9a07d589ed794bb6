"""Feeds as people read them: how each does, and the deliveries that its numbers are the sum of."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING
from urllib.parse import urlencode
from weakref import WeakKeyDictionary

from attending.console.fact_kinds import OTHERWISE
from attending.console.governance.sites import sites_seen, titles
from attending.console.listing import Cell, Line, Listing
from attending.console.words import Tag, many
from attending.decide.permissions import Place
from attending.errors import NoSuchName
from attending.ledger.following import Following
from attending.report.data.feeds import Feeds, told_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from attending.console.page import Asked
    from attending.ledger.read import Reader
    from attending.report.data.feeds import Aside, Feed, Told

REFUSED = Tag("refused", "■", "ochre strong")
HOUR, DAY = 3600, 86400
MOST_LISTED = 200
ASKED = {"feed": "name", "site": "site", "for": "use_case"}
WHAT = {
    "batch/1": "resources",
    "messages/1": "messages",
    "source/1": "a file of rows",
    "refused/1": "a file",
}

_following: WeakKeyDictionary[Reader, Following[Feeds]] = WeakKeyDictionary()


def feeds_of(asked: Asked) -> list[Feed]:
    """Give the feeds of the sites and use cases that somebody may see."""
    seen, courses = sites_seen(asked), asked.courses()
    return [
        feed
        for feed in _known(asked).all()
        if seen is None or feed.site in seen or (not feed.site and feed.use_case in courses)
    ]


def _known(asked: Asked) -> Feeds:
    reader = asked.parts.reader
    begun = Following(reader, Feeds(), Feeds.after, kinds=("ingested",))
    return _following.setdefault(reader, begun).now()


def feed_listing(asked: Asked, now: datetime | None) -> Listing:
    """List the feeds: when each last brought something, how much, and what is set aside.

    `now` is None in a replay's store, where no time passes since a row came.
    """
    columns = (
        "feed", "site", "for", "last (UTC)", "ago", "deliveries", "lines", "set aside", "waiting",
        "why", "not mapped",
    )  # fmt: skip
    known_as = titles(asked)
    return Listing(
        "Feeds",
        columns,
        [_feed_line(feed, known_as, now) for feed in feeds_of(asked)],
        "No feed has brought anything yet.",
        heading=False,
    )


def _feed_line(feed: Feed, known_as: Mapping[str, str], now: datetime | None) -> Line:
    told = sorted({**feed.parked_by, **feed.waiting_by}.items())
    said = [f"{by.replace('_', ' ')} ({n:,})" for by, n in told]
    refused = sorted(feed.refused_by.items())
    said += [f"{many(n, 'file')} refused: {because}" for because, n in refused]
    said += [f"clock ahead ({feed.ahead:,})"] if feed.ahead else []
    why = ", ".join(said)
    day = feed.last_at[:16].replace("T", " ")
    last = Cell(day, fact=feed.last_fact) if day else Cell("nothing whole yet")
    where = {name: value for name, of in ASKED.items() if (value := getattr(feed, of))}
    link = f"/sources?{urlencode(where)}#deliveries"
    return Line(
        (
            Cell(feed.name),
            Cell(known_as.get(feed.site, feed.site) or "several"),
            Cell(feed.use_case or "all"),
            last,
            Cell("not counted" if now is None else ago(feed.last_at, now)),
            Cell(feed.batches, tag=REFUSED if feed.refused else None, href=link),
            _counted(feed.lines, link),
            _counted(feed.parked, link),
            _counted(feed.waiting, link),
            Cell(why or "nothing"),
            _counted(feed.stored, link),
        )
    )


def _counted(n: int, link: str) -> Cell:
    """Give a number that leads to what it counts; nothing leads to nothing."""
    return Cell(n, href=link if n else "")


def asked_feed(asked: Asked) -> Feed | None:
    """Give the feed whose deliveries were asked for; None where none was.

    Raises
    ------
    NoSuchName
        Nobody has heard of it, or it may not be seen: nobody is told which.

    """
    wanted = {of: asked.query.get(name, "") for name, of in ASKED.items()}
    if not wanted["name"]:
        return None
    found = feeds_of(asked)
    for feed in found:
        if all(getattr(feed, of) == value for of, value in wanted.items()):
            return feed
    where = ", ".join(filter(None, wanted.values()))
    there = (", ".join(filter(None, (f.name, f.site, f.use_case))) for f in found)
    raise NoSuchName(where, "the feeds that have brought something", there)


def deliveries(asked: Asked, feed: Feed) -> list[Listing]:
    """List what one feed brought, and each row that is set aside or waits; the newest first."""
    known = _known(asked)
    told = [told_of(entry) for entry in known.deliveries_of(feed)]
    aside = known.aside_of(feed)
    lists = []
    if told or not aside:
        lists.append(_deliveries(feed, told, titles(asked).get(feed.site, feed.site)))
    if aside:
        may = asked.may(
            "read", OTHERWISE, Place(feed.use_case or None, (feed.site,) if feed.site else None)
        )
        lists.append(_aside(aside, may=may))
    return lists


def _deliveries(feed: Feed, told: list[Told], site: str) -> Listing:
    columns = (
        "when (UTC)", "what", "lines", "set aside", "why", "clock ahead", "not mapped",
    )  # fmt: skip
    where = f"{feed.name}{f' at {site}' if site else ''}"
    lines = sum(each.lines for each in told)
    n_refused = sum(bool(each.refused) for each in told)
    title = f"{where}: {many(len(told) - n_refused, 'delivery', 'deliveries')}"
    title += f", {many(lines, 'line')}" + f"; {many(n_refused, 'file')} refused" * bool(n_refused)
    if len(told) > MOST_LISTED:
        title += f"; the newest {MOST_LISTED} are shown"
    rows = [_delivery(each) for each in told[:MOST_LISTED]]
    return Listing(title, columns, rows, "It brought nothing whole.")


def _delivery(told: Told) -> Line:
    why = ", ".join(f"{by.replace('_', ' ')} ({n:,})" for by, n in sorted(told.parked_by.items()))
    return Line(
        (
            Cell(told.at[:16].replace("T", " "), fact=told.fact),
            Cell(WHAT[told.type], tag=REFUSED if told.refused else None),
            Cell(told.lines),
            Cell(sum(told.parked_by.values())),
            Cell(told.refused or why or "nothing"),
            Cell(told.ahead),
            Cell(told.stored),
        )
    )


def _aside(aside: list[Aside], *, may: bool) -> Listing:
    """List rows by why they are aside; their facts are for whoever may read all of the ledger."""
    waiting = sum(each.waits for each in aside)
    title = f"Rows: {len(aside) - waiting:,} set aside, {waiting:,} waiting"
    if len(aside) > MOST_LISTED:
        title += f"; the newest {MOST_LISTED} are shown"
    return Listing(title, ("why", "what of it"), [*_rows(aside[:MOST_LISTED], may=may)], "")


def _rows(aside: list[Aside], *, may: bool) -> Iterator[Line]:
    for each in aside:
        because = Cell(each.because.replace("_", " "), fact=each.fact if may else None)
        yield Line((because, Cell("waits for an answer" if each.waits else "set aside")))


def ago(at: str, now: datetime) -> str:
    """Say how long ago something was, in its largest whole unit."""
    if not at:
        return "not known"
    seconds = max(0, int((now - datetime.fromisoformat(at)).total_seconds()))
    if seconds >= DAY:
        return many(seconds // DAY, "day")
    return many(seconds // HOUR, "hour") if seconds >= HOUR else "under an hour"
