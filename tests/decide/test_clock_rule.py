"""A deadline ends when its own rule says, wherever it runs and whatever clocks on walls do."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from attending import shapes
from attending.decide.clock_rule import (
    applicable,
    business_days_left,
    due,
    is_business_day,
    paused,
    resumed,
    started,
    was_met,
)
from attending.decide.clock_words import clock_words
from attending.facts.incident import Incident
from attending.loops.deadlines import shipped
from attending.spec.clock import ClockRule

ZONES = ("America/Chicago", "UTC", "Pacific/Kiritimati", "Pacific/Pago_Pago", "Asia/Kolkata",
         "Australia/Lord_Howe", "Europe/Dublin")  # fmt: skip
CALENDAR = shipped().calendars["us_federal"]
MINUTES = st.integers(0, 2 * 365 * 24 * 60)
moments = MINUTES.map(lambda n: datetime(2025, 1, 2, tzinfo=UTC) + timedelta(minutes=n))
units = st.sampled_from(["hours", "calendar_days", "business_days"])


def rule(unit, limit, **over):
    told = {
        "id": "r", "version": "1", "title": "t", "jurisdiction": "us", "starts": "incident",
        "limit": limit, "unit": unit, "checked": "V", "in_force_from": "2020-01-01",
        "source": "s", "calendar": "us_federal" if unit == "business_days" else "",
    }  # fmt: skip
    return shapes.convert(told | over, ClockRule)


def clock(unit, limit, at, zone="America/Chicago"):
    at = at if isinstance(at, datetime) else datetime.fromisoformat(at)
    return started(rule(unit, limit), at, zone, CALENDAR if unit == "business_days" else None)


def wall(moment, zone="America/Chicago"):
    return f"{moment.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M}"


@pytest.mark.parametrize(
    ("unit", "limit", "at", "ends"),
    [
        # Clocks went forward on 8 March 2026 at 02:00 and back on 1 November 2026 at 02:00.
        ("hours", 24, "2026-03-07T12:00-06:00", "2026-03-08 13:00"),
        ("hours", 24, "2026-10-31T12:00-05:00", "2026-11-01 11:00"),
        ("calendar_days", 1, "2026-03-07T12:00-06:00", "2026-03-08 12:00"),
        ("calendar_days", 1, "2026-10-31T12:00-05:00", "2026-11-01 12:00"),
        ("calendar_days", 1, "2026-03-07T02:30-06:00", "2026-03-08 03:30"),  # 02:30 is left out
        ("calendar_days", 1, "2026-10-31T01:30-05:00", "2026-11-01 01:30"),  # the first of two
        ("calendar_days", 1, "2028-02-28T12:00-06:00", "2028-02-29 12:00"),
        ("calendar_days", 1, "2027-02-28T12:00-06:00", "2027-03-01 12:00"),
        ("business_days", 1, "2026-10-09T23:30-05:00", "2026-10-13 17:00"),  # Columbus Day between
        ("business_days", 1, "2026-07-02T09:00-05:00", "2026-07-06 17:00"),  # the Fourth: Saturday
        ("business_days", 1, "2027-07-02T09:00-05:00", "2027-07-06 17:00"),  # the Fourth: Sunday
        ("business_days", 1, "2027-12-30T09:00-06:00", "2028-01-03 17:00"),  # observed in 2027
        ("business_days", 3, "2026-03-06T09:00-06:00", "2026-03-11 17:00"),
    ],
)
def test_it_ends_as_a_person_counts(unit, limit, at, ends):
    assert wall(due(clock(unit, limit, at))) == ends


def test_the_first_of_two_like_times_ends_it():
    assert due(clock("calendar_days", 1, "2026-10-31T01:30-05:00")).hour == 6  # 05:00 behind


def slowly(at, zone, limit, holidays):
    """Count business days one minute after the other's date, as nobody would."""
    day = at.astimezone(ZoneInfo(zone)).date()
    while limit:
        day += timedelta(days=1)
        weekday = day.strftime("%a")
        limit -= weekday not in {"Sat", "Sun"} and day not in holidays
    return day


@given(moments, st.integers(1, 60), st.sampled_from(ZONES))
def test_business_days_are_what_is_left_of_the_calendar(at, limit, zone):
    holidays = {date.fromisoformat(h.observed) for h in CALENDAR.holidays}
    there = clock("business_days", limit, at, zone)
    ends = due(there).astimezone(ZoneInfo(zone))
    assert (ends.date(), f"{ends:%H:%M}") == (slowly(at, zone, limit, holidays), "17:00")
    assert is_business_day(ends.date(), there.holidays)
    assert business_days_left(there, at) == limit


@given(moments, st.integers(1, 90), units, st.sampled_from(ZONES))
def test_it_never_ends_before_it_began_and_longer_is_never_sooner(at, limit, unit, zone):
    one, more = clock(unit, limit, at, zone), clock(unit, limit + 1, at, zone)
    assert at < due(one) <= due(more)
    if unit == "hours":
        assert due(one) - at == timedelta(hours=limit)


@given(
    moments, st.integers(1, 30), units, st.sampled_from(ZONES),
    st.integers(0, 20_000), st.integers(0, 60_000),
)  # fmt: skip
def test_a_pause_never_brings_the_end_nearer(at, limit, unit, zone, after, length):
    one = clock(unit, limit, at, zone)
    begins = at + timedelta(minutes=after)
    stands = paused(one, begins.isoformat())
    assert due(stands) is None
    assert was_met(stands, at + timedelta(days=999)) is None
    goes = resumed(stands, (begins + timedelta(minutes=length)).isoformat())
    assert due(goes) >= due(one)
    if length == 0:
        assert due(goes) == due(one)
    if unit == "hours":
        assert due(goes) - due(one) == timedelta(minutes=length)


@given(moments, st.integers(1, 30), st.integers(0, 20_000), st.integers(0, 60_000))
def test_a_business_day_that_ends_in_a_pause_does_not_count(at, limit, after, length):
    begins, ends = at + timedelta(minutes=after), at + timedelta(minutes=after + length)
    one = resumed(paused(clock("business_days", limit, at), str(begins)), str(ends))
    zone, counted = ZoneInfo("America/Chicago"), 0
    day = at.astimezone(zone).date()
    while day < due(one).astimezone(zone).date():
        day += timedelta(days=1)
        closes = datetime(day.year, day.month, day.day, 17, tzinfo=zone)
        stood = begins <= closes < ends
        counted += is_business_day(day, one.holidays) and not stood
    assert counted == limit


@given(moments, st.integers(1, 30), units, st.integers(-100, 100))
def test_it_was_met_if_and_only_if_it_was_met_in_time(at, limit, unit, minutes):
    one = clock(unit, limit, at)
    met_at = due(one) + timedelta(minutes=minutes)
    met = msgspec.structs.replace(one, met_at=met_at.isoformat())
    assert was_met(met, met_at) is (minutes <= 0)
    assert was_met(one, due(one)) is None
    assert was_met(one, due(one) + timedelta(seconds=1)) is False


@pytest.mark.parametrize("at", ["2024-12-29T12:00+00:00", "2028-12-27T12:00+00:00"])
def test_past_its_calendar_the_end_is_not_known_and_never_guessed(at):
    there = clock("business_days", 10, at)
    assert there.due_at is None
    assert "due on a day not known" in clock_words(there, datetime.fromisoformat(at))


def incident(**over):
    told = {
        "incident": "i", "kind": "outage", "severity": 2, "use_case": "u", "sites": [],
        "found_by": {"source": "loop"}, "began_on": "2026-10-13",
        "known_at": "2026-10-13T12:00:00.000Z",
        "affected": {"sites": [], "releases": [], "from_on": "2026-10-13", "displays": []},
    }  # fmt: skip
    return shapes.convert(told | over, Incident)


def test_the_version_in_force_on_the_day_of_the_event_is_the_one_that_counts():
    rules = [
        rule("hours", 1, version="old", in_force_to="2026-10-12"),
        rule("hours", 2, version="now", in_force_from="2026-10-13", in_force_to="2026-10-13"),
        rule("hours", 3, version="new", in_force_from="2026-10-14"),
    ]
    for known_at, version in (("2026-10-12", "old"), ("2026-10-13", "now"), ("2027-01-01", "new")):
        (found,) = applicable(rules, incident(known_at=f"{known_at}T12:00:00Z"), frozenset())
        assert found.version == version


def test_a_rule_reaches_whom_it_is_about_and_nobody_else():
    rules = [
        rule("hours", 1, id="us_all"),
        rule("hours", 1, id="us_ca", jurisdiction="us-ca"),
        rule("hours", 1, id="eu", jurisdiction="eu", when={"death": True}),
        rule("hours", 1, id="worst", when={"severity_at_most": 1}),
        rule("hours", 1, id="breach", when={"kinds": ["data_breach"]}),
        rule("hours", 1, id="asked", starts="authorization"),
    ]

    def names(*places, **over):
        return {r.id for r in applicable(rules, incident(**over), frozenset(places))}

    assert names("us") == {"us_all"}
    assert names("us-ca") == {"us_all", "us_ca"}
    assert names("us", severity=1) == {"us_all", "worst"}
    assert names("us", kind="data_breach") == {"us_all", "breach"}
    assert names("eu", death=True) == {"eu"}
    assert names() == {"us_all", "us_ca"}, "not known is never no"


def test_what_was_not_checked_at_its_source_can_only_inform():
    for checked, status, can in (("M", "final", "inform"), ("V", "proposed", "inform"),
                                 ("V", "final", "warn"), ("V2", "final", "warn")):  # fmt: skip
        assert rule("hours", 1, checked=checked, status=status, force="warn").can == can
    assert [r.id for r in shipped().rules if r.checked == "M" and r.can != "inform"] == []


def test_the_shipped_holidays_are_those_of_the_law():
    """Third Monday, last Monday, fourth Thursday: computed here, and read there."""

    def nth(year, month, weekday, n):
        days = [date(year, month, 1) + timedelta(days=k) for k in range(28)]
        return [d for d in days if d.weekday() == weekday][n - 1]

    found = {}
    for h in CALENDAR.holidays:
        found.setdefault(h.name, []).append((date.fromisoformat(h.day), h.observed))
    years = range(2025, 2029)
    assert [d for d, _ in found["Thanksgiving Day"]] == [nth(y, 11, 3, 4) for y in years]
    assert [d for d, _ in found["Labor Day"]] == [nth(y, 9, 0, 1) for y in years]
    assert [d for d, _ in found["Memorial Day"]] == [
        max(d for k in range(31) if (d := date(y, 5, 1) + timedelta(k)).weekday() == 0)
        for y in years
    ]
    assert {len(days) for days in found.values()} == {4}
    for days in found.values():
        for day, observed in days:
            move = {5: -1, 6: 1}.get(day.weekday(), 0)
            assert observed == (day + timedelta(days=move)).isoformat()


def test_it_is_told_with_its_place_and_what_is_left():
    at = datetime.fromisoformat("2026-10-12T09:00-05:00")
    there = started(rule("business_days", 23, force="warn"), at, "America/Chicago", CALENDAR)
    now = datetime.fromisoformat("2026-11-12T09:00-06:00")
    assert (
        clock_words(there, now)
        == "due Friday 13 November 2026 17:00 (Chicago), 1 business day left"
    )
    late = datetime.fromisoformat("2026-11-20T09:00-06:00")
    assert clock_words(there, late).endswith("6 days overdue")
