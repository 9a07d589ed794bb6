"""What went wrong is told as it went, each clock by its own rule, and no skipped step is hidden."""

from __future__ import annotations

from datetime import date, timedelta

import msgspec
import pytest

from attending.clock import stamp
from attending.decide.clock_rule import due
from attending.facts.incident import FoundBy
from attending.ledger.open_reader import open_reader
from attending.loops.carry_out import renew
from attending.loops.incident import Report, report
from attending.loops.incident_steps import (
    Correction,
    Taken,
    correct,
    find_causes,
    step,
    tell_clock,
)

TODAY = (date(2026, 10, 13) - date(2000, 4, 10)).days  # a day for which the calendar is known
NURSE = FoundBy(source="person", role="clinician", site="Alder")


class Desk:
    """A live town in which somebody reports things, and what they know of them."""

    def __init__(self, diary):
        self.diary, self.town = diary, diary.town
        self.town.clock.advance(timedelta(days=TODAY))

    def open(self, severity, kind="wrong_output", **over):
        said = Report(kind, severity, "it was wrong", NURSE, ("Alder",), **over)
        town = self.town
        return report(town.parts.hands, town.folded, said, town.day)

    def taken(self, name):
        return Taken(self.town.parts.hands, self.town.folded, name, "safety-officer")

    def done(self, name):
        """Contain it, correct it, and say that it is done, two days and a half later."""
        case = self.taken(name)
        step(case, "contain")
        find_causes(case, ["data"])
        correct(case, Correction(what="mend it", owner="desk", due="2026-12-01"))
        self.town.clock.advance(timedelta(days=2, hours=12))
        step(case, "done", {"action": 1})


@pytest.fixture
def desk(diary_of):
    diary = diary_of()
    diary.meet()
    diary.go_live()
    for _ in range(3):
        diary.answer("Alder", "shown")
    return Desk(diary)


def rows(auditor, desk, what):
    return [r for r in auditor(desk.diary.store).rows(25) if r["what"] == what]


def test_an_incident_is_told_with_whom_it_reached_and_how_long_it_took(desk, auditor):
    desk.diary.answer("Alder", "shown")
    since = desk.town.clock.now() - timedelta(days=1)
    opened = desk.open(2, began_on=stamp(since)[:10])
    desk.done(opened.incident)
    (row,) = rows(auditor, desk, "incident")
    assert (row["severity"], row["state"], row["found_by"]) == (2, "fixed", "a clinician at Alder")
    assert (row["causes"], row["days_to_fix"], row["n_affected"]) == ("data", 2.5, 1)
    assert row["stopped_at"] == opened.known_at
    (action,) = rows(auditor, desk, "corrective action")
    assert (action["owner"], action["word"]) == ("desk", "done")
    assert auditor(desk.diary.store).against(25) == {}


def test_clocks_are_met_or_missed_by_their_own_rule(desk, auditor):
    opened = desk.open(1, death=True)
    clocks = {c.rule: c for c in opened.clocks}
    assert {"us_mdr_user_facility", "us_jc_analysis", "eu_ai_act_73_death"} <= {*clocks}
    tell_clock(desk.taken(opened.incident), "us_mdr_user_facility", "met")
    desk.town.clock.advance(timedelta(days=12))
    tell_clock(desk.taken(opened.incident), "eu_ai_act_73_death", "met")
    desk.town.clock.advance(timedelta(days=4))
    desk.town.tell(type="desk/1")  # something later is on record
    words = {r["rule"]: r["word"] for r in rows(auditor, desk, "clock")}
    assert words == {
        "us_mdr_user_facility": "met",
        "eu_ai_act_73_death": "missed",
        "eu_ai_act_73": "missed",
        "us_jc_analysis": "running",
    }
    dues = {r["rule"]: r["due_at"] for r in rows(auditor, desk, "clock")}
    assert dues == {name: stamp(due(clock)) for name, clock in clocks.items()}
    late = auditor(desk.diary.store).against(25)
    assert {key.partition("/")[2] for key in late} == {"eu_ai_act_73_death", "eu_ai_act_73"}


def test_a_clock_that_does_not_follow_from_its_rule_is_named(desk, auditor):
    opened = desk.open(1)
    reader = open_reader(desk.diary.store)
    fact = next(e.fact for e in reader.entries() if e.fact.type == "incident/1")
    reader.close()
    forged = []
    for n, change in enumerate(
        [
            {"due_at": "2026-12-24T22:00:00.000Z"},
            {"limit": 99},
            {"version": "nobody knows"},
            {"holidays": [], "due_at": "2026-10-27T17:00:00.000Z"},
        ]
    ):
        body = msgspec.json.decode(msgspec.json.encode(fact.body))
        body["incident"] = f"forged-{n}"
        body["clocks"] = [c | change for c in body["clocks"] if c["rule"] == "us_mdr_user_facility"]
        body["orders"] = []
        if n == 3:
            body["clocks"][0]["started_at"] = "2026-11-10T12:00:00.000Z"
            body["clocks"][0]["due_at"] = "2026-11-24T17:00:00.000Z"
        forged.append(msgspec.structs.replace(fact, key=f"forged/{n}", body=body))
    auditor(desk.diary.store).with_facts(*forged)
    found = auditor(desk.diary.store).against(25)
    assert f"{opened.incident}/us_mdr_user_facility" not in found
    said = [found[f"forged-{n}/us_mdr_user_facility"] for n in range(4)]
    assert "was written" in said[0]
    assert "has another limit" in said[1]
    assert "is not among the rules on record" in said[2]
    assert "days off are left out" in said[3]


def test_what_a_gateway_has_not_read_back_is_an_exception_until_it_has(desk, auditor):
    desk.town.listeners.deaf.add("g2")
    opened = desk.open(1, kind="outage")
    against = auditor(desk.diary.store).against(25)
    assert against[f"{opened.incident}/g2"] == "its suspension is not confirmed at g2"
    (row,) = rows(auditor, desk, "incident")
    assert row["stopped_at"] is None
    desk.town.clock.advance(timedelta(seconds=7))
    desk.town.listeners.deaf.clear()
    renew(desk.town.parts, desk.town.folded)
    assert auditor(desk.diary.store).against(25) == {}
    (row,) = rows(auditor, desk, "incident")
    assert row["stopped_at"] == stamp(desk.town.clock.now())
    everything = auditor(desk.diary.store).ask(25)
    assert everything["rows"] == auditor(desk.diary.store).ask(25, use_case="falls")["rows"]


def test_a_step_that_was_skipped_is_named(desk, auditor):
    opened = desk.open(4)
    desk.done(opened.incident)
    for kind in ("checked/1", "closed/1"):
        desk.town.tell(type=kind, incident=opened.incident)
        desk.town.clock.advance(timedelta(seconds=1))
    said = sorted(auditor(desk.diary.store).against(25).values())
    assert said == [
        "it was closed without a check",
        "nothing had shown that its corrections work",
    ]
    (row,) = rows(auditor, desk, "incident")
    assert row["state"] == "fixed"


def test_where_nothing_went_wrong_it_says_what_was_searched(diary_of, auditor):
    diary = diary_of()
    answer = auditor(diary.store).ask(25)
    assert answer["rows"] == []
    assert answer["because"].startswith("Searched ")
