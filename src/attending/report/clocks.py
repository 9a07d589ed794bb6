"""Deadlines as an auditor computes them: again, and by nothing but the rules on record.

Written apart from the platform's own computation, so that the one checks the other.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import count, islice
from typing import TYPE_CHECKING, Any, Literal
from zoneinfo import ZoneInfo

from attending import shapes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from attending.facts.entry import Entry
    from attending.facts.incident import Clock

Word = Literal["met", "missed", "running", "paused", "cannot tell"]
Rules = dict[tuple[str, str], dict[str, Any]]

WEEKEND = (6, 7)  # ISO: Saturday, Sunday
MOST_DAYS = 4000
SAME = ("limit", "unit", "closes_at", "checked")  # what a clock repeats of its rule


def rules_of(entries: Iterable[Entry]) -> Rules:
    """Give the rules on record by id and version, each with its calendar's days off."""
    found: Rules = {}
    for entry in entries:
        body = shapes.convert(entry.fact.body, dict[str, Any])
        for rule in body["rules"]:
            calendar = body["calendars"].get(rule.get("calendar", ""), {})
            off = {h["observed"] for h in calendar.get("holidays", ())}
            found[rule["id"], rule["version"]] = rule | {"off": off}
    return found


def ends_at(clock: Clock) -> datetime | None:
    """Give when a clock ends; None where it stands still or its calendar does not say."""
    began, zone = datetime.fromisoformat(clock.started_at), ZoneInfo(clock.zone)
    pauses = [(datetime.fromisoformat(a), b and datetime.fromisoformat(b)) for a, b in clock.paused]
    if any(not b for _, b in pauses):
        return None
    if clock.unit == "hours":
        for a, b in pauses:
            began += (b or a) - a
        return (began + timedelta(hours=clock.limit)).astimezone(UTC)
    if clock.unit == "calendar_days":
        wall = _wall(began, zone) + timedelta(days=clock.limit)
        for a, b in pauses:
            wall += max(_wall(b or a, zone) - _wall(a, zone), timedelta())
        return wall.replace(tzinfo=zone).astimezone(UTC)
    ends = (
        end
        for end in _closings(clock, _wall(began, zone).date(), zone)
        if not any(a <= end < b for a, b in pauses if b)
    )
    last = next(islice(ends, clock.limit - 1, None), None)
    if last is None or not clock.calendar:
        return last
    is_known = clock.known_from <= _wall(began, zone).date().isoformat()
    return last if is_known and _wall(last, zone).date().isoformat() <= clock.known_to else None


def _closings(clock: Clock, first: date, zone: ZoneInfo) -> Iterator[datetime]:
    for n in islice(count(1), MOST_DAYS):
        day = first + timedelta(days=n)
        if day.isoweekday() not in WEEKEND and day.isoformat() not in clock.holidays:
            closes = datetime.combine(day, time.fromisoformat(clock.closes_at))
            yield closes.replace(tzinfo=zone).astimezone(UTC)


def met(clock: Clock, now: datetime | None) -> Word:
    """Say whether a clock was met in time, as of a moment."""
    ends = ends_at(clock)
    if ends is None:
        return "paused" if any(b is None for _, b in clock.paused) else "cannot tell"
    at = now if clock.met_at is None else datetime.fromisoformat(clock.met_at)
    if at is not None and at > ends:
        return "missed"
    return "running" if clock.met_at is None else "met"


def clock_fault(clock: Clock, rules: Rules) -> str:
    """Say what is not as its rule has it, of a clock as it began; empty where all is."""
    named = f"{clock.rule}, version {clock.version}"
    rule = rules.get((clock.rule, clock.version))
    if rule is None:
        return f"{named} is not among the rules on record"
    on, until = clock.started_at[:10], rule.get("in_force_to")
    if on < rule["in_force_from"] or (until is not None and on > until):
        return f"{named} was not in force on {on}"
    differs = [k for k in SAME if rule.get(k, getattr(clock, k)) != getattr(clock, k)]
    if differs:
        return f"{named} has another {', '.join(differs)}"
    ends = ends_at(clock)
    told = None if clock.due_at is None else datetime.fromisoformat(clock.due_at)
    if ends != told:
        return f"by {named} it is due {ends or 'on a day not known'}, and {told} was written"
    days = {d for d in rule["off"] if on < d <= (clock.due_at or on)[:10]}
    return f"{named}: days off are left out" if days - {*clock.holidays} else ""


def _wall(moment: datetime, zone: ZoneInfo) -> datetime:
    return moment.astimezone(zone).replace(tzinfo=None)
