"""What is planned next, from what is wanted and what is seen."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import pytest

from attending.decide.plan import plan_digest, same_step
from attending.decide.standing import Hold, Order


def crossed(making, listed="safety_limit", rule="beyond_floor", scope="Alder"):
    return making.verdict(listed=listed, rule=rule, scope=scope, word="not_met")


def test_the_next_wave_follows_when_every_gate_is_met(making):
    (plan,) = making.next(verdicts=making.all_met())
    assert (plan.wave, plan.cause, plan.expansion) == ("two", "wave", ("moving", "moving"))
    assert {(c.site, c.mode, c.share[1]) for c in plan.changes} == {
        ("Alder", ("live", "live"), 1.0),
        ("Birch", ("silent", "live"), 0.5),
    }
    assert {(r.role, r.n) for r in plan.requires} == {("cmio", 1), ("committee_chair", 1)}
    assert plan.parent == "p" * 64
    assert [c.mode for c in plan.way_back] == [("live", "live"), ("live", "silent")]


@pytest.mark.parametrize("word", ["unsettled", "not_met", "error"])
def test_one_gate_that_is_not_met_stops_it(making, word):
    verdicts = [making.verdict(word=word, settled=None), *making.all_met()[1:]]
    assert making.next(verdicts=verdicts) == []


def test_a_gate_nobody_judged_stops_it(making):
    assert making.next(verdicts=making.all_met()[1:]) == []


def test_the_minimum_of_days_stops_it(making):
    assert making.next(making.standing(waves={"one": 27}), making.all_met()) == []


def test_a_hold_stops_it(making):
    held = making.standing(holds={"k": Hold("person", "all", 1, "b")}, expansion="held")
    assert making.next(held, making.all_met()) == []


def test_a_crossed_limit_suspends_its_scope_before_anything_else(making):
    plans = making.next(verdicts=[*making.all_met(), crossed(making)])
    first = plans[0]
    assert (first.cause, first.expansion[1], first.scope) == ("safety", "held", "Alder")
    assert [(c.site, c.mode) for c in first.changes] == [("Alder", ("live", "suspended"))]
    assert not any(p.wave for p in plans)


@pytest.mark.parametrize(
    ("scope", "sites"), [("all", ["Alder", "Birch"]), ("rural", ["Birch"]), ("Alder", ["Alder"])]
)
def test_a_scope_is_a_site_a_pool_or_everywhere(making, scope, sites):
    (plan,) = making.next(verdicts=[crossed(making, scope=scope)])
    assert [c.site for c in plan.changes] == sites


def test_a_limit_is_answered_once_and_not_again_after_it_was_lifted(making):
    (plan,) = making.next(verdicts=[crossed(making)])
    answered = making.standing(answered={plan.answers: 40})
    assert not [p for p in making.next(answered, [crossed(making)]) if p.cause == "safety"]


@pytest.mark.parametrize(("listed", "rule"), [("caution", "short_of_goal"), ("gate", "inside")])
def test_a_caution_and_a_failed_gate_hold(making, listed, rule):
    (plan,) = making.next(verdicts=[crossed(making, listed, rule)])
    assert (plan.cause, plan.expansion[1], plan.changes) == ("caution", "held", ())


@pytest.mark.parametrize(("by", "held"), [(40, True), (41, False)])
def test_at_decide_by_what_cannot_be_told_holds_and_asks_a_person(making, by, held):
    rollout = making.rollout(decide_by=by)
    verdicts = [making.verdict(word="unsettled"), *making.all_met()[1:]]
    plans = making.next(verdicts=verdicts, rollout=rollout)
    assert [p.because.startswith("undecided by day 40") for p in plans] == [True] * held
    if held:
        again = making.standing(answered={plans[0].answers: 40})
        assert making.next(again, verdicts, rollout=rollout) == []


def test_orders_to_stop_come_first_and_orders_to_start_last(making):
    place, spot = ("Birch", "*"), making.spot("falls-1", "suspended")
    lift = Order("k/lift", "lift", "Birch", "nurse", "b", was=((place, spot),))
    stop = Order("k/suspend", "suspend", "Alder", "nurse", "b")
    standing = making.standing(orders=(lift, stop))
    plans = making.next(standing, [*making.all_met(), crossed(making)])
    assert [p.answers.rpartition("/")[2] for p in plans] == ["suspend", "Alder", "lift"]
    assert [c.mode for c in plans[-1].changes] == [("suspended", "silent")]


def test_first_a_site_listens_and_only_then_goes_live(making):
    nothing = making.standing(spots={}, waves={}, expansion="waiting", parent=None)
    opening, listening = making.next(nothing)
    assert (opening.wave, opening.cause) == ("one", "spec")
    assert (listening.wave, [c.mode for c in listening.changes]) == ("", [("off", "silent")])


def test_named_users_come_first_and_stay_in_while_the_share_grows(making):
    waves = [
        {"name": "one", "sites": ["Alder"], "users": ["b", "a"], "weekly_case_cap": 20},
        {"name": "two", "sites": ["Alder"], "share": 0.2},
        {"name": "three", "sites": ["Alder"]},
    ]
    rollout = making.rollout(waves=waves, pools=[])
    seen = making.standing(spots={}, waves={}, expansion="waiting")
    steps = []
    for wave in ("one", "two", "three"):
        plan = next(p for p in making.next(seen, making.all_met(), rollout=rollout) if p.wave)
        (change,) = plan.changes
        steps.append((change.share[1], change.users[1], change.weekly_case_cap[1]))
        spot = making.spot("falls-1", "live", *steps[-1])
        waves_open = {**seen.waves, wave: 0}
        seen = replace(seen, spots={("Alder", "*"): spot}, waves=waves_open)
    assert steps == [(0.0, ("a", "b"), 20), (0.2, ("a", "b"), None), (1.0, (), None)]


def test_what_was_lifted_comes_back_as_its_last_wave_left_it_once_proven_there(making):
    silent = making.spot("falls-1", "silent")
    spots = {("Alder", "*"): silent, ("Birch", "*"): making.spot("falls-1", "live", 0.5)}
    standing = making.standing(spots=spots, waves={"one": 1, "two": 20})
    assert making.next(standing, making.all_met()[2:]) == []
    (plan, *_) = making.next(standing, making.all_met())
    assert (plan.wave, plan.cause) == ("two", "spec")
    assert [(c.site, c.share) for c in plan.changes] == [("Alder", (0.0, 0.5))]


def test_a_new_days_verdicts_do_not_change_what_is_being_signed(making):
    (one,), (other,) = (
        making.next(verdicts=[msgspec.structs.replace(v, as_of=d) for v in making.all_met()], day=d)
        for d in (40, 41)
    )
    assert same_step(one, other)
    assert plan_digest(one) != plan_digest(other)
    assert not same_step(one, msgspec.structs.replace(other, state_digest="t"))
    assert not same_step(one, msgspec.structs.replace(other, interlocks=("x",)))
