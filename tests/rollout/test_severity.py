"""How bad an incident is can be said again: it stops what it then must, and no clock is lost."""

from __future__ import annotations

from datetime import timedelta

import pytest

from attending.decide.docket import docket
from attending.decide.notice import Notices
from attending.errors import GateNotMet, Refused
from attending.facts.incident import FoundBy
from attending.loops.incident import Report, report
from attending.loops.incident_steps import Taken, step
from attending.loops.severity import regrade
from attending.loops.system.waiting import WAITS_IN, waiting
from attending.loops.widen import catch_up
from attending.report.incidents import incidents

NURSE = FoundBy(source="person", person="charge-nurse")
WHY = "two more falls were reported overnight"


@pytest.fixture
def live(make_town):
    town = make_town()
    town.pilot()
    return town


def opened(town, severity):
    told = Report("wrong_output", severity, "It told of falls that were none", NURSE, ("Alder",))
    return report(town.parts.hands, town.folded, told, town.day).incident


def taken(town, name):
    return Taken(town.parts.hands, town.folded, name, "safety-officer")


def held(town, name):
    catch_up(town.parts.hands, town.folded)
    return town.folded.incidents.incidents[name]


def said(town, *types):
    return [e for e in town.parts.reader.entries() if e.fact.type in types]


def test_what_comes_to_be_worse_suspends_in_its_own_commit_and_must_be_contained_anew(live):
    name = opened(live, 3)
    assert live.modes()["Alder"] == "live"
    step(taken(live, name), "contain")
    assert held(live, name).state == "contained"

    regrade(taken(live, name), 2, why=WHY)

    (order,), (worse,) = said(live, "suspend/1"), said(live, "severity/1")
    assert worse.fact.body["orders"] == [order.fact.key]
    assert live.modes()["Alder"] == "suspended"
    assert held(live, name).state == "open"
    assert WHY not in str([e.fact.body for e in said(live, "severity/1", "suspend/1")])


@pytest.mark.parametrize(("was", "now"), [(4, 3), (4, 2), (3, 1), (1, 3), (2, 4), (2, 1)])
def test_clocks_that_run_go_on_and_a_worse_severity_starts_those_it_owes(live, was, now):
    name = opened(live, was)
    before = held(live, name).clocks
    live.clock.advance(timedelta(hours=5))
    moment = live.clock.now()

    regrade(taken(live, name), now, why=WHY)

    after = held(live, name)
    assert after.clocks[: len(before)] == before
    assert after.opened.severity == now
    new = after.clocks[len(before) :]
    assert all(clock.started_at[:19] == moment.isoformat()[:19] for clock in new)
    owed = {c.rule for c in held(live, opened(live, now)).clocks}
    assert owed <= {c.rule for c in after.clocks}
    if now > was:
        assert not new


def test_what_is_less_bad_lifts_nothing_and_closes_nothing(live):
    name = opened(live, 2)

    regrade(taken(live, name), 4, why=WHY)

    assert live.modes()["Alder"] == "suspended"
    assert held(live, name).is_open


def test_what_says_nothing_new_or_why_is_refused_and_nothing_is_written(live):
    name = opened(live, 3)
    size = live.parts.reader.size()
    for severity, why in ((3, WHY), (0, WHY), (5, WHY), (2, " ")):
        with pytest.raises(Refused):
            regrade(taken(live, name), severity, why=why)
    assert live.parts.reader.size() == size
    assert live.modes()["Alder"] == "live"


def test_the_docket_holds_what_stops_output_and_what_is_late_and_nothing_else(live):
    name, harmless = opened(live, 3), opened(live, 4)

    def waits():
        register, now = live.folded.incidents, live.clock.now()
        governed = live.folded.standing.governed
        folded = docket(live.parts.use_case, governed, register.of("", is_open=True), now)
        assert list(folded) == waiting(live.parts.reader.entries(kinds=WAITS_IN), now)
        return {each.incident for each in folded if each.incident}

    assert waits() == set()
    regrade(taken(live, name), 2, why=WHY)
    assert waits() == {name}
    live.clock.advance(timedelta(days=60))
    catch_up(live.parts.hands, live.folded)
    late = {n for n in (name, harmless) if any(c.due_at for c in held(live, n).clocks)}
    assert waits() == {name} | late


def test_people_are_told_again_of_what_is_worse_and_not_of_what_is_less_bad(live):
    name = opened(live, 3)
    regrade(taken(live, name), 4, why=WHY)
    regrade(taken(live, name), 2, why=WHY)
    known = Notices()
    for entry in live.parts.reader.entries():
        known = known.after(entry)

    about = [e for e in known.events.values() if e.name == name]

    assert [e.severity for e in about] == [4, 2]
    assert [e.is_urgent for e in about] == [False, True]


def test_an_auditor_reads_the_severity_that_stands_and_what_does_not_follow(live):
    name = opened(live, 3)
    regrade(taken(live, name), 2, why=WHY)
    (told,) = incidents(live.parts.reader.entries())

    assert told.severity == 2
    assert told.skipped == []
    assert {c.rule for c in told.clocks} == {c.rule for c in held(live, name).clocks}
    assert all(told.as_opened(clock).rule == clock.rule for clock in told.clocks)


def test_a_closed_incident_keeps_its_severity(live, monkeypatch):
    name = opened(live, 3)
    register = type(live.folded.incidents)
    monkeypatch.setattr(register, "refusal", lambda *_, **__: f"incident {name} is closed")

    with pytest.raises(GateNotMet, match="is closed"):
        regrade(taken(live, name), 2, why=WHY)
