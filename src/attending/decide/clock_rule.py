"""When a deadline ends, by its own rule: hours, calendar days or business days (G8).

*Hours* are hours, whatever clocks on walls do. A *calendar day* ends at the same local time on
the next date; a time that a change of clocks leaves out is read an hour later, and one that
comes twice is read the first time. A *business day* is a date that is neither Saturday, Sunday
nor a day off of the rule's calendar; the day it starts on does not count, and the last one
ends at the rule's closing time. While a clock is paused nothing of it goes by.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import msgspec

from attending.facts.incident import Clock

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from attending.facts.incident import Incident
    from attending.spec.clock import Calendar, ClockRule

SATURDAY = 5
MOST_DAYS = 4000  # a deadline further away than ten years is a mistake, and no loop is endless
MARGIN = 40  # days beyond twice the limit: every business day of a limit lies within


def due(clock: Clock) -> datetime | None:
    """Give when a clock ends, in UTC; None while it stands still, or past its calendar's end."""
    if any(end is None for _, end in clock.paused):
        return None
    zone, started = ZoneInfo(clock.zone), _read(clock.started_at)
    pauses = [(_read(begin), _read(end)) for begin, end in clock.paused if end is not None]
    if clock.unit == "hours":
        stood = sum((end - begin for begin, end in pauses), timedelta())
        return started + timedelta(hours=clock.limit) + stood
    if clock.unit == "calendar_days":
        stands = (_local(end, zone) - _local(begin, zone) for begin, end in pauses)
        stood = sum((max(each, timedelta()) for each in stands), timedelta())
        ends = _local(started, zone) + timedelta(days=clock.limit) + stood
        return ends.replace(tzinfo=zone).astimezone(UTC)
    return _business(clock, zone, pauses)


def _business(
    clock: Clock, zone: ZoneInfo, pauses: Sequence[tuple[datetime, datetime]]
) -> datetime | None:
    closes, left = time.fromisoformat(clock.closes_at), clock.limit
    day = _local(_read(clock.started_at), zone).date()
    for _ in range(MOST_DAYS):
        day += timedelta(days=1)
        if clock.calendar and not clock.known_from <= day.isoformat() <= clock.known_to:
            return None
        ends = datetime.combine(day, closes, zone).astimezone(UTC)
        stands = any(begin <= ends < end for begin, end in pauses)
        if is_business_day(day, clock.holidays) and not stands:
            left -= 1
        if left == 0:
            return ends
    return None


def is_business_day(day: date, holidays: Iterable[str]) -> bool:
    """Tell whether people work on a day.

    >>> is_business_day(date(2026, 7, 3), ["2026-07-03"]), is_business_day(date(2026, 7, 2), [])
    (False, True)
    """
    return day.weekday() < SATURDAY and day.isoformat() not in holidays


def business_days_left(clock: Clock, now: datetime) -> int:
    """Count the business days after today up to the day it is due, that one included."""
    ends, zone = due(clock), ZoneInfo(clock.zone)
    if ends is None:
        return 0
    day, last = _local(now, zone).date(), _local(ends, zone).date()
    found = (day + timedelta(days=n) for n in range(1, min((last - day).days, MOST_DAYS) + 1))
    return sum(is_business_day(each, clock.holidays) for each in found)


def started(
    rule: ClockRule, at: datetime, zone: str, calendar: Calendar | None, *, jurisdiction: str = ""
) -> Clock:
    """Start a clock by a rule.

    Parameters
    ----------
    rule
        As it is in force on the day of the event.
    at
        When the clock begins.
    zone
        Where days begin and end, as the IANA names it.
    calendar
        Whose days off count; None where the rule counts none.
    jurisdiction
        What is known of where it applies; the rule's own place when nothing is said.

    """
    begins = _local(at, ZoneInfo(zone)).date()
    until = (begins + timedelta(days=2 * rule.limit + MARGIN)).isoformat()
    days_off = () if calendar is None else sorted({h.observed for h in calendar.holidays})
    clock = Clock(
        rule=rule.id,
        version=rule.version,
        title=rule.title,
        jurisdiction=jurisdiction or rule.jurisdiction,
        checked=rule.checked,
        can=rule.can,
        started_at=_stamp(at),
        zone=zone,
        limit=rule.limit,
        unit=rule.unit,
        closes_at=rule.closes_at,
        calendar="" if calendar is None else f"{calendar.name}/{calendar.version}",
        holidays=tuple(d for d in days_off if begins.isoformat() <= d <= until),
        known_from="" if calendar is None else calendar.from_on,
        known_to="" if calendar is None else calendar.to_on,
    )
    ends = due(clock)
    return msgspec.structs.replace(clock, due_at=None if ends is None else _stamp(ends))


def applicable(
    rules: Iterable[ClockRule], incident: Incident, jurisdictions: frozenset[str]
) -> list[ClockRule]:
    """Give the rules that an incident starts clocks by, each in the version then in force.

    Where nobody says under which law the sites lie, none is left out. A place is under the
    law of what it lies in: `us-ca` is under `us` as well.
    """
    on, found = incident.known_at[:10], {}
    for rule in rules:
        when = rule.when
        fits = (
            rule.starts == "incident"
            and rule.in_force(on)
            and (not when.kinds or incident.kind in when.kinds)
            and incident.severity <= when.severity_at_most
            and (incident.death or not when.death)
            and (incident.widespread or not when.widespread)
        )
        if fits and (not jurisdictions or any(_under(j, rule.jurisdiction) for j in jurisdictions)):
            found[rule.id] = rule  # the last that is in force, where versions overlap
    return list(found.values())


def _under(place: str, law: str) -> bool:
    return place == law or place.startswith(f"{law}-")


def paused(clock: Clock, at: str) -> Clock:
    """Let a clock stand still from a moment on; one that does already is not changed."""
    if clock.met_at is not None or any(end is None for _, end in clock.paused):
        return clock
    return msgspec.structs.replace(clock, paused=(*clock.paused, (at, None)))


def resumed(clock: Clock, at: str) -> Clock:
    """Let a clock that stands still go on."""
    ended = tuple((begin, max(begin, at) if end is None else end) for begin, end in clock.paused)
    return msgspec.structs.replace(clock, paused=ended)


def told_of(clock: Clock, event: str, at: str) -> Clock:
    """Give a clock after somebody said that it was ``met``, is ``paused`` or goes on."""
    if event == "met" and clock.met_at is None:
        return msgspec.structs.replace(resumed(clock, at), met_at=at)
    if event == "paused":
        return paused(clock, at)
    return resumed(clock, at) if event == "resumed" else clock


def was_met(clock: Clock, now: datetime) -> bool | None:
    """Tell whether it was met in time, or missed; None while it still runs or cannot be told."""
    ends = due(clock)
    if ends is None:
        return None
    if clock.met_at is not None:
        return _read(clock.met_at) <= ends
    return False if now > ends else None


def _local(moment: datetime, zone: ZoneInfo) -> datetime:
    """Give what the clock on the wall says."""
    return moment.astimezone(zone).replace(tzinfo=None)


def _read(at: str) -> datetime:
    return datetime.fromisoformat(at).astimezone(UTC)


def _stamp(moment: datetime) -> str:
    utc = moment.astimezone(UTC)
    return f"{utc:%Y-%m-%dT%H:%M:%S}.{utc.microsecond // 1000:03d}Z"
