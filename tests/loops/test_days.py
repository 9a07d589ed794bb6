"""Days are counted from the first deed, and a clock that goes back changes nothing that was."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import msgspec
import pytest

from attending import shapes
from attending.cli import main
from attending.clock import DAY_ZERO
from attending.facts.days import Days
from attending.facts.fact import By, Fact
from attending.facts.snapshot import Snapshot
from attending.loops.plan import elsewhere
from attending.loops.say import Said, order
from attending.loops.today import today


def row(name, day, **more):
    return {"id": name, "hospital": "1", "day": str(day), "alert": "1", "fell": "1"} | more


def decided(ward):
    return [(f.body["day"], f.body, f.supersedes) for f in ward.facts("decided/1")]


def modes(ward):
    raw = (ward.store / "snapshot.json").read_bytes()
    return {e.site: e.mode for e in shapes.decode(raw, Snapshot).entries}


def live(ward, days):
    """Live through days, of each of which one case is told once it is over."""
    for day in days:
        ward.drop(f"{day}.csv", row(f"c{day}", day))
        ward.on(day + 1, hour=1)
        ward.turn()


def test_before_the_first_deed_every_moment_is_day_0_and_its_date_is_not_known():
    days = Days()
    assert days.of(datetime(2026, 3, 2, tzinfo=UTC)) == 0
    assert days.date_of(5) is None


def test_day_0_is_the_date_in_utc_of_the_first_receipt():
    fact = Fact(
        kind="acted", key="k", at="2026-03-01T23:30:00.000-02:00", by=By(person="p"),
        use_case="u", body={"type": "receipt/1", "day": 9600},
    )  # fmt: skip
    days = Days().after(fact)

    assert days.began == date(2026, 3, 2)
    assert days.after(msgspec.structs.replace(fact, at="2026-03-09T00:00:00.000Z")) == days
    assert days.of(datetime(2026, 3, 2, 23, 59, tzinfo=UTC)) == 0
    assert days.of(datetime(2026, 3, 3, tzinfo=UTC)) == 1
    assert days.of(datetime(2026, 2, 1, tzinfo=UTC)) == 0
    west = timezone(timedelta(hours=-8))
    assert days.of(datetime(2026, 3, 2, 23, 59, tzinfo=west)) == 1, "there it is the third in UTC"
    assert days.date_of(30) == date(2026, 4, 1)


def test_a_replay_s_days_are_no_dates():
    days = Days(DAY_ZERO.date())
    assert (days.of(DAY_ZERO + timedelta(days=9)), days.date_of(9)) == (9, None)
    assert (days.told(9), Days(date(2026, 3, 2)).told(9)) == ("day 9", "day 9 (2026-03-11)")


def test_the_verbs_name_a_day_s_date(ward, capsys, monkeypatch):
    ward.begin()
    found = {"scope": "all", "found": "cannot tell yet", "because": "It is early."}
    body = {"type": "decided/1", "day": 3, "verdicts": [], "findings": [found], "watched": []}
    fact = Fact(kind="decided", key="k", at="", by=By(person="p"), use_case="falls", body=body)
    ward.parts.pen.append([fact])
    monkeypatch.setattr("sys.argv", ["attending", "explain", "falls", "--store", str(ward.store)])
    with pytest.raises(SystemExit):
        main()

    assert capsys.readouterr().out.startswith("falls, all, day 3 (2026-03-05): cannot")


def test_no_day_is_decided_before_it_is_over_and_each_has_one_verdict(ward):
    ward.turn()
    ward.on(-40)
    ward.turn()
    ward.on(0)
    ward.begin()
    ward.turn()
    assert decided(ward) == []

    live(ward, range(3))
    assert [day for day, _, _ in decided(ward)] == [0, 1, 2]


def test_what_a_person_said_before_any_day_is_over_is_done_on_day_0(ward):
    ward.begin()
    body = {
        "type": "suspend/1",
        "scope": "Alder",
        "person": "nurse",
        "reason": "I saw it",
        "day": 0,
    }
    fact = Fact(
        kind="said", key="falls/n", at="2026-03-02T08:30:00.000Z", by=By(person="nurse"),
        use_case="falls", site="Alder", body=body,
    )  # fmt: skip
    ward.parts.pen.append([fact])  # whoever said it was gone before it was carried out
    ward.turn()

    assert [f.body["day"] for f in ward.facts("receipt/1")] == [0, 0]
    assert modes(ward) == {"Alder": "suspended", "Birch": "silent"}


@pytest.mark.parametrize(
    "back", [timedelta(hours=5), timedelta(hours=30), timedelta(days=3), timedelta(days=400)]
)
def test_a_clock_that_goes_back_loses_nothing_and_rewrites_nothing(ward_of, back):
    calm, ward = ward_of("calm"), ward_of("back")
    for each in (calm, ward):
        each.begin()
        live(each, range(6))
    before = decided(ward)

    ward.clock.at -= back
    ward.drop("late.csv", row("late", 1), row("c2", 2, fell="0"))
    ward.turn()
    assert decided(ward) == before
    said = Said("suspend", "Alder", "nurse", "I saw it")
    order(ward.parts.hands, ward.folded, said, today(ward.parts.hands, ward.folded))
    assert modes(ward) == {"Alder": "suspended", "Birch": "silent"}
    ward.turn()
    assert decided(ward) == before
    assert modes(ward) == {"Alder": "suspended", "Birch": "silent"}

    calm.drop("late.csv", row("late", 1), row("c2", 2, fell="0"))
    for each in (calm, ward):
        live(each, range(6, 9))
    assert decided(ward)[: len(before)] == before
    assert [day for day, _, _ in decided(ward)] == list(range(9))
    assert all(supersedes is None for _, _, supersedes in decided(ward))
    was = {k: v for k, v in calm.cells().items() if k[1] < 6 + 2}  # after, it is suspended there
    assert {k: v for k, v in ward.cells().items() if k[1] < 6 + 2} == was
    assert sorted(ward.outcomes()) == sorted(calm.outcomes())
    assert modes(ward) == {"Alder": "suspended", "Birch": "silent"}


def test_another_tools_first_day_is_told_in_the_days_of_the_one_that_asks(ward):
    """Its own count says nothing here: it may have begun years before."""
    ward.begin()
    change = {
        "site": "Alder", "unit": "*", "release": [None, "s-1"], "mode": ["silent", "live"],
        "share": [0.0, 1.0], "users": [[], []], "weekly_case_cap": [None, None],
    }  # fmt: skip
    body = {
        "type": "receipt/1", "day": 900, "scope": "all", "plan": "p", "expansion": "moving",
        "changes": [change], "seq": 1, "cause": "spec", "because": "b",
    }  # fmt: skip
    fact = Fact(
        kind="acted", key="sepsis/r/receipt", at="2026-03-05T09:00:00.000Z",
        by=By(person="platform"), use_case="sepsis", body=body,
    )  # fmt: skip
    ward.parts.pen.append([fact])
    ward.on(4)
    day = today(ward.parts.hands, ward.folded)
    [other] = elsewhere(ward.folded, ward.clock.now())
    assert (other.use_case, other.site, other.day, day) == ("sepsis", "Alder", 3, 4)
