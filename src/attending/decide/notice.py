"""What must be told to whom, now: computed anew each time from facts, a playbook and the time.

Nothing here depends on having caught an event: a message that is wanted and not on record as
taken over is due, so that none is lost where a process dies, and one that was sent and not
recorded is sent again under the same id. What nobody acknowledges in time goes to the next
post, whether or not the one before could be sent.

A notice holds names of use cases, sites and kinds, and nothing that anybody wrote.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from attending import shapes
from attending.digest import digest
from attending.facts.incident import stops
from attending.facts.notice import Notice, Sign
from attending.spec.playbook import About, Playbook

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from attending.facts.entry import Entry
    from attending.spec.playbook import Quiet, Reached, Tell

MOST_TRIES = 6
FIRST_WAIT = timedelta(seconds=30)  # doubled after each failed try: a quarter of an hour in all
PAGER = "pager"
LEAST_SEVERE = 4
ID_CHARACTERS = 24


@dataclass(frozen=True)
class Event:
    """Something that somebody is to be told of.

    Attributes
    ----------
    key
        Its name, the same whenever the ledger is folded.
    of, index, at
        What it is, in which fact, and since when.
    use_case, sites
        About what, and where.
    severity, kind, name
        Of an incident: how bad, of what kind, and its name.
    over
        Whether it is over.

    """

    key: str
    of: About
    index: int
    at: datetime
    use_case: str
    sites: tuple[str, ...] = ()
    severity: int = LEAST_SEVERE
    kind: str = ""
    name: str = ""
    over: bool = False

    @property
    def is_urgent(self) -> bool:
        """Tell whether no quiet hours apply."""
        return self.of == "suspension" or (self.of == "incident" and stops(self.severity))


@dataclass(frozen=True)
class Message:
    """A message that is due.

    Attributes
    ----------
    notice, sign
        Its id, and whether it raises, acknowledges or ends an alarm.
    to, by
        Which post, by which channel.
    event, level, attempt
        About what; how often it had been passed on; and which try it is.

    """

    notice: str
    sign: Sign
    to: str
    by: str
    event: Event
    level: int
    attempt: int


@dataclass(frozen=True)
class Tried:
    """What became of one notice so far."""

    n: int = 0
    sent: bool = False
    last: datetime | None = None
    told: Notice | None = None


@dataclass(frozen=True)
class Notices:
    """What there is to tell, and what was told.

    Attributes
    ----------
    playbook, since
        Who is told of what, and from which fact on: nobody is told of what was before.
    events
        By key.
    tried
        By notice and sign.
    acknowledged
        Who acknowledged which notice.

    """

    playbook: Playbook | None = None
    since: int = 0
    events: Mapping[str, Event] = field(default_factory=dict)
    tried: Mapping[tuple[str, Sign], Tried] = field(default_factory=dict)
    acknowledged: Mapping[str, str] = field(default_factory=dict)

    def after(self, entry: Entry) -> Notices:
        """Take one fact in."""
        step = STEPS.get(entry.fact.type)
        return self if step is None else step(self, entry)

    def due(self, now: datetime) -> Iterator[Message]:
        """Give what must be sent now, what is worst first."""
        events = sorted(self.events.values(), key=lambda e: (not e.is_urgent, e.severity, e.index))
        for event in events:
            for tell in self._lines(event):
                yield from self._chain(event, tell, now)

    def open_chains(self) -> Iterator[tuple[Event, Tell, list[str]]]:
        """Give everything that was to be told and that nobody has acknowledged, with the ids."""
        for event in self.events.values():
            for tell in self._lines(event):
                ids = [notice_id(event, each, n) for n, each in enumerate(tell.chain)]
                if not event.over and not any(i in self.acknowledged for i in ids):
                    yield event, tell, ids

    def _lines(self, event: Event) -> list[Tell]:
        lines = self.playbook.tells if self.playbook is not None else ()
        return [tell for tell in lines if event.index > self.since and _fits(tell, event)]

    def _chain(self, event: Event, tell: Tell, now: datetime) -> Iterator[Message]:
        ids = [notice_id(event, each, level) for level, each in enumerate(tell.chain)]
        acknowledged = any(i in self.acknowledged for i in ids)
        starts = self._starts(event)
        for level, (reached, notice) in enumerate(zip(tell.chain, ids, strict=True)):
            if acknowledged or event.over:
                yield from self._stands_down(event, reached, notice, level=level, now=now)
                continue
            due_at = starts + level * timedelta(minutes=tell.acknowledge_within_minutes)
            gave_up = level > 0 and self._is_given_up(ids[level - 1])
            if now >= due_at or (gave_up and now >= starts):
                yield from self._try(event, reached, (notice, "trigger"), level=level, now=now)

    def _stands_down(
        self, event: Event, reached: Reached, notice: str, *, level: int, now: datetime
    ) -> Iterator[Message]:
        """End an alarm that was raised: a pager goes on ringing otherwise."""
        if reached.by == PAGER and self.tried.get((notice, "trigger"), Tried()).sent:
            sign: Sign = "resolve" if event.over else "acknowledge"
            yield from self._try(event, reached, (notice, sign), level=level, now=now)

    def _try(
        self, event: Event, reached: Reached, key: tuple[str, Sign], *, level: int, now: datetime
    ) -> Iterator[Message]:
        tried = self.tried.get(key, Tried())
        waits = FIRST_WAIT * 2 ** (tried.n - 1) if tried.n else timedelta()
        is_soon = tried.last is not None and now < tried.last + waits
        if not tried.sent and tried.n < MOST_TRIES and not is_soon:
            notice, sign = key
            yield Message(notice, sign, reached.to, reached.by, event, level, tried.n + 1)

    def _is_given_up(self, notice: str) -> bool:
        tried = self.tried.get((notice, "trigger"), Tried())
        return not tried.sent and tried.n >= MOST_TRIES

    def _starts(self, event: Event) -> datetime:
        """Give when it may first be told: at once, or when quiet hours are over."""
        quiet = self.playbook.quiet if self.playbook is not None else ()
        waits = [q for q in quiet if event.of in q.of and not event.is_urgent]
        return max((_after(event.at, q) for q in waits), default=event.at)


def notice_id(event: Event, reached: Reached, level: int) -> str:
    """Give the id of a notice: the same for the same thing, post, channel and level."""
    about = {"event": event.key, "to": reached.to, "by": reached.by, "level": level}
    return digest(about)[:ID_CHARACTERS]


def subject(message: Message) -> str:
    """Give the one line that says it.

    It names a use case, sites, a kind and a severity, and nothing that anybody wrote.
    """
    event = message.event
    at = f" at {', '.join(event.sites)}" if event.sites else ""
    if event.of == "incident":
        kind = event.kind.replace("_", " ")
        said = f"Incident, severity {event.severity}: {kind}, {event.use_case}{at}"
    else:
        words = {"suspension": "Suspended", "hold": "Held", "condition": "Condition broken"}
        said = f"{words[event.of]}: {event.use_case}{at}"
    return f"{said} (nobody has acknowledged it yet)" if message.level else said


def text(message: Message, console: str = "") -> str:
    """Give the whole of what is sent."""
    event = message.event
    lines = [
        subject(message),
        f"Since {event.at:%Y-%m-%d %H:%M} UTC. Fact {event.index} of the ledger.",
        f"Acknowledge: attending notice acknowledge {message.notice} --as {message.to}",
    ]
    page = f"/incidents/{event.name}" if event.of == "incident" else f"/rollouts/{event.use_case}"
    return "\n".join([*lines, *([f"{console.rstrip('/')}{page}"] if console else [])])


def _fits(tell: Tell, event: Event) -> bool:
    return (
        tell.of == event.of
        and event.severity <= tell.severity_at_most
        and (not tell.use_cases or event.use_case in tell.use_cases)
        and (not tell.sites or not event.sites or bool({*tell.sites} & {*event.sites}))
    )


def _after(at: datetime, quiet: Quiet) -> datetime:
    """Give a moment, or the end of the quiet hours it falls into."""
    there = at.astimezone(ZoneInfo(quiet.timezone))
    wall, starts, ends = f"{there:%H:%M}", quiet.from_time, quiet.to_time
    over_night = starts > ends
    inside = (wall >= starts or wall < ends) if over_night else starts <= wall < ends
    if not inside:
        return at
    day = there.date() + timedelta(days=1 if over_night and wall >= starts else 0)
    hour, minute = (int(part) for part in ends.split(":"))
    return datetime(
        day.year, day.month, day.day, hour, minute, tzinfo=ZoneInfo(quiet.timezone)
    ).astimezone(UTC)


def _playbook(notices: Notices, entry: Entry) -> Notices:
    """Take a playbook in; one that changes says nothing again of what was told already."""
    told = shapes.convert(entry.fact.body["playbook"], Playbook)
    since = notices.since if notices.playbook is not None else entry.index
    return replace(notices, playbook=told, since=since)


def _incident(notices: Notices, entry: Entry) -> Notices:
    body: dict[str, Any] = entry.fact.body
    name = str(body["incident"])
    return _with(
        notices,
        Event(
            key=f"incident/{name}",
            of="incident",
            index=entry.index,
            at=_moment(entry),
            use_case=str(body["use_case"]),
            sites=shapes.convert(body["sites"], tuple[str, ...]),
            severity=int(body["severity"]),
            kind=str(body["kind"]),
            name=name,
        ),
    )


def _closed(notices: Notices, entry: Entry) -> Notices:
    about = _about(notices, entry)
    over = {key: replace(event, over=True) for key, event in about.items()}
    return replace(notices, events={**notices.events, **over})


def _severity(notices: Notices, entry: Entry) -> Notices:
    """Tell again of an incident that is worse than was said; what is less bad is told no more."""
    severity = int(str(entry.fact.body["severity"]))
    about = _about(notices, entry)
    if not about:
        return notices
    last = list(about.values())[-1]
    if entry.fact.body["was"] != last.severity:
        return notices
    if severity > last.severity:
        less = {key: replace(event, severity=severity) for key, event in about.items()}
        return replace(notices, events={**notices.events, **less})
    key = f"incident/{last.name}/{entry.index}"
    worse = replace(last, key=key, index=entry.index, at=_moment(entry), severity=severity)
    return _with(notices, worse)


def _about(notices: Notices, entry: Entry) -> dict[str, Event]:
    """Give the events of the incident that a fact is about, in the order they were told."""
    name = str(entry.fact.body["incident"])
    return {k: e for k, e in notices.events.items() if e.of == "incident" and e.name == name}


def _receipt(notices: Notices, entry: Entry) -> Notices:
    body: dict[str, Any] = entry.fact.body
    if body["move"] not in ("suspend", "hold"):
        return notices
    of: About = "suspension" if body["move"] == "suspend" else "hold"
    sites = dict.fromkeys(str(change["site"]) for change in body["changes"])
    use_case = entry.fact.use_case or ""
    named = f"{of}/{body['plan']}"
    return _with(
        notices, Event(named, of, entry.index, _moment(entry), use_case, sites=tuple(sites))
    )


def _docket(notices: Notices, entry: Entry) -> Notices:
    if entry.fact.body["why"] != "condition":
        return notices
    use_case = entry.fact.use_case or ""
    key = f"condition/{use_case}/{entry.fact.body['item']}"
    return _with(notices, Event(key, "condition", entry.index, _moment(entry), use_case))


def _notice(notices: Notices, entry: Entry) -> Notices:
    told = shapes.convert(entry.fact.body, Notice)
    key = (told.notice, told.sign)
    before = notices.tried.get(key, Tried())
    tried = Tried(
        n=max(before.n, told.attempt),
        sent=before.sent or told.sent_at is not None,
        last=_moment(entry),
        told=told if told.sent_at is not None or before.told is None else before.told,
    )
    return replace(notices, tried={**notices.tried, key: tried})


def _acknowledged(notices: Notices, entry: Entry) -> Notices:
    by = {**notices.acknowledged}
    by.setdefault(str(entry.fact.body["notice"]), entry.fact.by.person)
    return replace(notices, acknowledged=by)


def _with(notices: Notices, event: Event) -> Notices:
    if event.key in notices.events:
        return notices
    return replace(notices, events={**notices.events, event.key: event})


def _moment(entry: Entry) -> datetime:
    return datetime.fromisoformat(entry.fact.at).astimezone(UTC)


STEPS: Mapping[str, Callable[[Notices, Entry], Notices]] = {
    "playbook/1": _playbook,
    "incident/1": _incident,
    "closed/1": _closed,
    "severity/1": _severity,
    "receipt/1": _receipt,
    "docket/1": _docket,
    "notice/1": _notice,
    "acknowledged/1": _acknowledged,
}
