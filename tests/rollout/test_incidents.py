"""An incident is never lost, stops what it must in its own commit, and closes on proof alone."""

from __future__ import annotations

from datetime import date, timedelta

import msgspec
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from attending import shapes
from attending.clock import stamp
from attending.decide.clock_rule import due, was_met
from attending.decide.incident import Register
from attending.errors import GateNotMet, NoSuchName, Refused
from attending.facts.entry import Entry
from attending.facts.fact import By, Fact
from attending.facts.incident import FoundBy
from attending.loops import deadlines, incident
from attending.loops.carry_out import renew
from attending.loops.incident import Report, open_incidents, report
from attending.loops.incident_steps import (
    Correction,
    Taken,
    correct,
    find_causes,
    step,
    tell_clock,
)
from attending.loops.meeting import hold_meeting
from attending.loops.parts import Folded
from attending.loops.widen import catch_up
from attending.serve.readback import acknowledged
from attending.spec.condition import MeetingHeld
from attending.spec.site import Site

RATIO = {"metric": "outcomes.risk_ratio", "of": "fall"}
SHOW = {
    "id": "works_again", "owner": "owner", "due": "40 d",
    "show": RATIO
    | {"floor": 1.25, "goal": 0.5, "expected": {"cases_a_day": 60, "event_share": 0.2}},
}  # fmt: skip
NURSE = FoundBy(source="person", person="charge-nurse")
UNNAMED = FoundBy(source="person", role="clinician", site="Elm")


def opened(town, severity=2, **over):
    told = {"kind": "wrong_output", "what": "It told of falls that were none", "found_by": NURSE}
    said = Report(severity=severity, **({"sites": ("Alder",)} | told | over))
    return report(town.parts.hands, town.folded, said, town.day).incident


def held(town, name):
    catch_up(town.parts.hands, town.folded)
    return town.folded.incidents.incidents[name]


def taken(town, name, person="safety-officer"):
    return Taken(town.parts.hands, town.folded, name, person)


def decide(town, *conditions, meeting="second"):
    votes = [
        {"person": p, "choice": "approve_with_conditions"} for p in ("chair", "cmio", "member")
    ]
    said = {"meeting": meeting, "chair": "chair", "votes": votes, "conditions": conditions}
    return hold_meeting(town.parts, town.folded, shapes.convert(said, MeetingHeld)).body


@pytest.fixture
def live(make_town):
    town = make_town()
    town.pilot()
    return town


@pytest.mark.parametrize("severity", [1, 2, 3, 4])
def test_only_the_worst_two_severities_suspend_and_do_so_in_the_same_commit(live, severity):
    assert live.modes()["Alder"] == "live"
    before = live.reader.size()
    name = opened(live, severity)
    entries = list(live.reader.entries(before))
    kinds = [e.fact.type for e in entries if e.fact.type != "clock_rules/1"]
    if severity > 2:
        assert kinds == ["incident/1"]
        assert live.modes()["Alder"] == "live"
        return
    assert kinds[:2] == ["suspend/1", "incident/1"]
    assert entries[0].fact.key in held(live, name).opened.orders
    assert live.modes() == {"Alder": "suspended"}
    assert live.modes("g2") == {"Alder": "suspended"}
    assert live.shown() == {}


def test_a_suspension_takes_effect_though_the_process_died_before_carrying_it_out(live):
    """The orders and the incident are one commit: the next turn of any loop finds both."""
    hands, real = live.parts.hands, live.pen.append

    def dies(facts, payloads=()):
        done = real(facts, payloads)
        if any(f.type == "incident/1" for f in facts):
            raise KeyboardInterrupt
        return done

    live.pen.append = dies
    with pytest.raises(KeyboardInterrupt):
        opened(live)
    live.pen.append = real
    live.folded = Folded()
    catch_up(hands, live.folded)
    (one,) = live.folded.incidents.of("falls")
    assert list(one.unanswered) == list(one.opened.orders)
    assert live.standing.at("Alder").mode == "suspended"
    with pytest.raises(GateNotMet, match="has not been carried out yet"):
        step(taken(live, one.opened.incident), "contain")
    live.turn()
    assert live.modes() == {"Alder": "suspended"}
    assert list(held(live, one.opened.incident).unanswered) == []


def test_it_is_not_confirmed_where_a_gateway_has_not_read_it_back(live):
    live.listeners.deaf.add("g2")
    name = opened(live)
    assert held(live, name).not_confirmed == ("g2",)
    with pytest.raises(GateNotMet, match="not confirmed at g2"):
        step(taken(live, name), "contain")
    live.clock.advance(timedelta(hours=1))  # time alone confirms nothing
    renew(live.parts, live.folded)
    assert held(live, name).not_confirmed == ("g2",)
    live.listeners.deaf.clear()
    renew(live.parts, live.folded)
    assert held(live, name).not_confirmed == ()
    assert step(taken(live, name), "contain").state == "contained"


def test_a_gateways_own_word_confirms_it_as_well(live):
    live.listeners.deaf.add("g2")
    name = opened(live)
    size = live.reader.size()
    at = stamp(live.clock.now())
    live.pen.append([acknowledged("g2", 0, at=at)])
    assert held(live, name).not_confirmed == ("g2",), "it speaks of an older snapshot"
    live.pen.append([acknowledged("g2", 10**6, at=at)])
    assert held(live, name).not_confirmed == ()
    assert [e.fact.use_case for e in live.reader.entries(size)] == [None, None]


def test_who_found_it_may_stay_unnamed(live):
    opened(live, 3, found_by=UNNAMED)
    (fact,) = live.facts("incident/1")
    assert fact.body["found_by"] == {"source": "person", "role": "clinician", "site": "Elm"}
    assert (fact.by.person, fact.by.role) == ("a clinician at Elm", "clinician")


def test_what_is_written_lies_sealed_and_its_digest_alone_on_record(live):
    opened(live, 4, what="canary words")
    (fact,) = live.facts("incident/1")
    assert "canary" not in str(fact.body)
    assert b"canary words" in live.pen._sealer.open(live.reader.sealed(fact.body["what"]))


@pytest.mark.parametrize(
    ("over", "error", "words"),
    [
        ({"kind": "wrong_outputs"}, NoSuchName, "wrong_output"),
        ({"sites": ("Adler",)}, NoSuchName, "did you mean 'Alder'"),
        ({"severity": 5}, Refused, "there is no severity 5"),
        ({"what": "  "}, Refused, "say what happened"),
        ({"found_by": FoundBy(source="person")}, Refused, "keeps them unnamed"),
        ({"began_on": "yesterday"}, Refused, "is no date"),
    ],
)
def test_what_is_not_understood_is_refused_and_nothing_is_written(live, over, error, words):
    size = live.reader.size()
    with pytest.raises(error, match=words):
        opened(live, **over)
    assert live.reader.size() == size


def test_a_crossed_safety_limit_opens_an_incident_in_its_own_turn_and_only_once(make_town):
    town = make_town()
    town.pilot()
    town.days(12, "bad", "good", "good")
    stops = [r for r in town.facts("receipt/1") if r.body["cause"] == "safety"]
    (fact,) = town.facts("incident/1")
    assert len(stops) == 1
    assert (fact.kind, fact.body["plan"]) == ("decided", stops[0].body["plan"])
    assert (fact.at, fact.body["severity"]) == (stops[0].at, 2)
    assert fact.body["sites"] == ["Alder"]
    assert fact.body["found_by"] == {"source": "loop"}
    index = next(e.index for e in town.reader.entries() if e.fact.type == "incident/1")
    stop = next(e.index for e in town.reader.entries() if e.fact.key == stops[0].key)
    later = [e.fact for e in town.reader.entries(stop) if e.index < index]
    assert not [f for f in later if f.type == "measured/1"], "a later turn's facts lie between"

    again = Folded()
    catch_up(town.parts.hands, again)
    again.incidents = Register(suspended=again.incidents.suspended)  # as one who has not seen it
    open_incidents(town.parts.hands, again)
    assert len(town.facts("incident/1")) == 1


def test_a_replay_opens_none(make_town):
    town = make_town(day=0)
    town.pilot()
    town.days(12, "bad", "good", "good")
    assert [r for r in town.facts("receipt/1") if r.body["cause"] == "safety"]
    assert town.facts("incident/1") == []


def test_it_closes_when_a_condition_set_after_it_is_met_after_the_action_was_done(make_town):
    town = make_town(day=0)
    town.through()
    town.days(4)
    decide(town, SHOW | {"id": "before_it"}, meeting="before")
    name = opened(town, 3)
    case = taken(town, name)
    for early in ("done", "check", "close"):
        with pytest.raises(GateNotMet):
            step(case, early, {"action": 1} if early == "done" else None)
    step(case, "contain")
    assert find_causes(case, ("data", "vendor")).causes == ("data", "vendor")
    with pytest.raises(NoSuchName, match="works_again"):
        correct(case, Correction(what="map", owner="o", due="2000-05-01", check="works_again"))
    correct(case, Correction(what="Map it again", owner="data-desk", due="2000-05-01"))
    decide(town, SHOW)
    town.days(1)
    correct(case, Correction(1, check="before_it"))
    assert step(case, "done", {"action": 1}).state == "fixed"
    with pytest.raises(GateNotMet, match="before_it was set before the incident"):
        step(case, "check")
    correct(case, Correction(1, check="works_again"))
    with pytest.raises(GateNotMet, match="works_again is not met"):
        step(case, "close")
    town.days(41)
    assert town.standing.governed.conditions["works_again"].state == "met"
    assert step(case, "check").state == "checked"
    assert step(case, "close").state == "closed"
    with pytest.raises(GateNotMet, match="is closed"):
        step(case, "cause", {"causes": ["data"]})


def test_an_action_is_not_shown_to_work_by_what_was_met_before_it(make_town):
    town = make_town(day=0)
    town.through()
    town.days(4)
    name = opened(town, 4)
    case = taken(town, name)
    step(case, "contain")
    decide(town, SHOW)
    town.days(41)
    correct(case, Correction(what="x", owner="o", due="2000-05-01", check="works_again"))
    step(case, "done", {"action": 1})
    with pytest.raises(GateNotMet, match="was met before the action was done"):
        step(case, "check")


def test_without_a_condition_closing_is_refused_with_what_would_be_accepted(live):
    name = opened(live, 4)
    case = taken(live, name)
    step(case, "contain")
    correct(case, Correction(what="x", owner="o", due="2000-05-01"))
    step(case, "done", {"action": 1})
    with pytest.raises(GateNotMet, match=r"no condition says .* attending meeting packet"):
        step(case, "close")


def test_its_clocks_stand_still_go_on_and_are_met_on_record(make_town):
    town = make_town(day=(date(2026, 10, 13) - date(2000, 1, 1)).days)
    town.through()
    name = opened(town, 4, kind="data_breach")
    case, known = taken(town, name), town.clock.now()
    (clock,) = held(town, name).clocks
    assert (clock.rule, clock.due_at) == ("us_hipaa_breach", stamp(known + timedelta(days=60)))
    assert (clock.can, clock.version) == ("inform", "164.404")
    tell_clock(case, clock.rule, "paused")
    town.clock.advance(timedelta(days=3))
    assert due(held(town, name).clocks[0]) is None
    tell_clock(case, clock.rule, "resumed")
    (now,) = held(town, name).clocks
    assert due(now) == known + timedelta(days=63)
    assert now.due_at == clock.due_at, "as it was computed when it began"
    met = tell_clock(case, clock.rule, "met", on="2026-12-15T07:00:00Z").clocks[0]
    assert was_met(met, known + timedelta(days=99)) is True
    with pytest.raises(NoSuchName, match="us_hipaa_breach"):
        tell_clock(case, "us_hipaa_breech", "met")
    (rules,) = town.facts("clock_rules/1")
    assert clock.rule in {r["id"] for r in rules.body["rules"]}
    opened(town, 4, kind="data_breach")
    assert len(town.facts("clock_rules/1")) == 1


def test_what_cannot_be_computed_never_keeps_anything_from_being_stopped(live, monkeypatch):
    def broken():
        raise RuntimeError

    monkeypatch.setattr(incident, "shipped", broken)
    name = opened(live, 1)
    assert live.modes() == {"Alder": "suspended"}
    assert held(live, name).opened.no_clocks == "RuntimeError"


class Desk(RuleBasedStateMachine):
    """One incident at everybody's mercy: whatever is tried, no step is skipped."""

    order = ("open", "contained", "fixed", "checked", "closed")

    def __init__(self):
        super().__init__()
        self.register, self.index = Register(), 0
        self.shown = False  # whether a condition set and met in time stands behind the action
        self.take(
            "incident/1",
            severity=4,
            kind="outage",
            use_case="falls",
            sites=["Alder"],
            found_by={"source": "loop"},
            began_on="2026-10-13",
            known_at="2026-10-13T08:00:00.000Z",
            affected={"sites": [], "releases": [], "from_on": "2026-10-13", "displays": []},
        )

    def take(self, kind, /, **body):
        fact = Fact(
            kind="said",
            key=str(self.index),
            at="2026-10-13T08:00:00.000Z",
            by=By("x"),
            use_case="falls",
            body={"type": kind, "incident": "i"} | body,
        )
        self.register = self.register.after(Entry(self.index, fact))
        self.index += 1

    @property
    def held(self):
        return self.register.incidents["i"]

    @rule(kind=st.sampled_from(["contained/1", "checked/1", "closed/1"]))
    def somebody_writes(self, kind):
        before = self.held.state
        self.take(kind)
        went = (before, self.held.state)
        assert went[0] == went[1] or went in {
            ("open", "contained"),
            ("open", "fixed"),
            ("contained", "fixed"),
            ("fixed", "checked"),
            ("checked", "closed"),
        }
        if went[0] != went[1] and went[1] == "checked":
            assert self.shown

    @rule(action=st.integers(1, 2))
    def correct(self, action):
        self.take("corrective/1", action=action, what="d", owner="o", due="2026-12-01", check="c")

    @rule(action=st.integers(1, 3))
    def done(self, action):
        before = self.held
        self.take("corrected/1", action=action)
        if self.held != before:
            self.shown = False  # what was met is met of the time before

    @rule(form=st.sampled_from(["show", "keep", "do"]))
    def decide(self, form):
        body = {"digest": f"d{self.index}", "conditions": [{"id": "c", "form": {form: {}}}]}
        self.take("decision/1", **body)

    @rule(state=st.sampled_from(["open", "met", "broken"]), forged=st.booleans())
    def judge(self, state, forged):
        there = self.register.conditions.get(("falls", "c"))
        decision = "forged" if forged or there is None else there.decision
        fresh = there is not None and there.met_at is None and there.form == "show"
        self.take("decided/1", conditions=[{"id": "c", "decision": decision, "state": state}])
        if fresh and not forged and state == "met" and self.held.actions:
            self.shown = all(a.done is not None for a in self.held.actions.values())

    @invariant()
    def what_is_closed_stays_closed(self):
        assert (self.held.state == "closed") == (self.held.closed is not None)
        if self.held.closed is not None:
            assert self.register.refusal("i", "contain") == "incident i is closed"


Desk.TestCase.settings = settings(max_examples=150, stateful_step_count=25, deadline=None)
test_no_step_is_skipped = Desk.TestCase


def test_a_law_that_holds_at_none_of_its_sites_starts_no_clock_and_one_not_known_leaves_none_out(
    live, monkeypatch
):
    incident_of = held(live, opened(live, kind="unexpected_behavior", severity=2)).opened
    known_at = "2027-01-04T09:00:00Z"  # each rule is in force by then
    told = {"sites": ("Alder", "Birch"), "known_at": known_at}
    incident_of = msgspec.structs.replace(incident_of, **told)

    def laws(*told):
        sites = {
            name: shapes.convert({"kind": "Site", "name": name, "title": name} | law, Site)
            for name, law in zip(("Alder", "Birch"), told, strict=True)
        }
        monkeypatch.setattr(deadlines, "_sites", lambda _hands: sites)
        there = deadlines.shipped()
        found = deadlines.clocks_of(live.parts.hands, incident_of, there)
        return {rule.jurisdiction for c in found for rule in there.rules if rule.id == c.rule}

    in_us, in_eu = {"jurisdiction": "US-NC"}, {"jurisdiction": "EU-DE"}
    assert "eu" in laws(in_eu, in_us)
    assert "eu" not in laws(in_us, in_us)
    assert "eu" not in laws(in_us, {"attributes": {"jurisdiction": "us"}})
    assert "eu" in laws(in_us, {}), "a site that does not say may lie anywhere"
