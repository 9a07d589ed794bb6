"""The ways through a rollout, from silence to everybody."""

from __future__ import annotations

import dataclasses

import msgspec
import pytest

from attending.clock import ReplayClock
from attending.errors import Stale
from attending.loops.carry_out import renew
from attending.loops.parts import Folded


def test_a_rollout_goes_from_silent_to_everybody_on_proof_and_signatures(town):
    assert town.shown() == {}
    town.listen()
    assert town.modes() == {"Alder": "silent"}
    town.through(("committee_chair", "chair"), ("cmio", "cmio"))
    assert town.shown() == {("Alder", "*"): (0.0, ("5a" * 16, "7c" * 16))}
    town.days(4)
    town.through(("committee_chair", "chair"))
    assert {p: s for p, (s, _) in town.shown().items()} == {
        ("Alder", "*"): 0.2,
        ("Birch", "*"): 0.2,
    }
    town.days(4)
    town.through(("committee_member", "member"), ("committee_member", "cmio"))
    assert {p[0]: s for p, (s, _) in town.shown().items()} == dict.fromkeys(
        ["Alder", "Birch", "Elm"], 1.0
    )


def test_what_was_said_is_done_by_the_next_turn_if_it_was_not_done_at_once(town, monkeypatch):
    town.fifth()

    def breaks(_):
        raise OSError("the power went")

    with monkeypatch.context() as patched:
        patched.setattr(town.listeners, "push", breaks)
        with pytest.raises(OSError, match="power"):
            town.say("suspend", "Alder")
    assert town.facts("suspend/1")
    assert not [r for r in town.facts("receipt/1") if r.body["move"] == "suspend"]
    town.folded = Folded()  # a new process, that knows only the ledger
    town.turn()
    assert town.modes()["Alder"] == "suspended"
    assert [r.body["move"] for r in town.facts("receipt/1")][-1] == "suspend"
    assert not town.standing.orders


def test_a_process_that_was_away_does_not_hand_out_what_stood_before(town):
    town.fifth()
    away = Folded()
    renew(town.parts, away)
    town.say("suspend")
    renew(town.parts, away)
    assert set(town.modes().values()) == {"suspended"}
    town.folded.seq = 0  # and numbers never go back
    town.turn()
    assert set(town.modes().values()) == {"suspended"}


def test_two_that_apply_the_same_plan_apply_it_once(town):
    town.pilot()
    town.days(4)
    digest, _ = town.plan()
    town.sign(digest, "committee_chair", "chair")
    town.apply(digest)
    with pytest.raises(Stale):
        town.apply(digest)
    assert len([r for r in town.facts("receipt/1") if r.body["wave"] == "fifth"]) == 1


def test_another_use_cases_exposures_are_handed_out_too(town):
    town.pilot()
    entry = town.listeners.each["g1"].entries()[0]
    other = next(f for f in town.facts("receipt/1") if f.body["wave"] == "pilot")
    town.pen.append([msgspec.structs.replace(other, use_case="sepsis", key="sepsis/x/receipt")])
    town.turn()
    names = {(e.use_case, e.site, e.mode) for e in town.listeners.each["g1"].entries()}
    assert names == {("falls", entry.site, "live"), ("sepsis", entry.site, "live")}
    assert [g.use_case for g in town.folded.gone_live] == ["sepsis"]


def test_a_rollout_that_asks_for_no_sign_off_follows_on_proof_by_itself(make_town, making):
    waves = [dict(wave) for wave in making.rollout["waves"]]
    waves[1].pop("sign_offs")
    town = make_town(rollout=making.rollout | {"waves": waves})
    town.pilot()
    for _ in range(5):
        town.days(1)
    assert town.standing.waves.keys() == {"pilot", "fifth"}
    assert town.shown()["Birch", "*"][0] == 0.2
    (receipt,) = [r for r in town.facts("receipt/1") if r.body["wave"] == "fifth"]
    assert receipt.body["because"] == "every gate of wave pilot is met"


def test_a_hold_is_a_hold_though_the_clock_says_the_same_moment_twice(town):
    town.pilot()
    moment = town.clock.now()
    town.say("hold")
    town.say("resume")
    town.parts = dataclasses.replace(town.parts, clock=ReplayClock(moment))
    town.clock = town.parts.clock
    town.say("hold")
    assert town.standing.expansion == "held"


def test_a_suspension_leaves_whom_the_tool_reached_so_that_they_are_told(town):
    town.fifth()
    before = town.shown()
    town.say("suspend")
    after = {
        (e.site, e.unit): (e.mode, e.share, e.users) for e in town.listeners.each["g1"].entries()
    }

    assert before["Birch", "*"][0] == 0.2
    for place, (share, users) in before.items():
        assert after[place] == ("suspended", share, users)
    town.say("lift")
    town.turn()
    lifted = {e.mode: e.share for e in town.listeners.each["g1"].entries()}
    assert lifted == {"silent": 0.0}
