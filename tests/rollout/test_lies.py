"""How guarded rollouts have lied elsewhere, each once. L15 is the gateway's, and stands there.

Each is a documented failure of a tool in production; the invariant beside it is ours.
"""

from __future__ import annotations

import json
from datetime import timedelta

import msgspec
import pytest

from attending import shapes
from attending.admit import admit
from attending.decide.proof import waiting
from attending.errors import GateNotMet, Stale
from attending.facts.cells import Design
from attending.ingest.arms import design
from attending.loops.plan import look
from attending.serve.exposure import Lapsed
from attending.spec.mistake import SpecRefused
from attending.spec.source import Source

CHAIR = ("committee_chair", "chair")


def waits_for(town):
    view = look(town.parts, town.folded, town.day)
    return waiting(town.folder.rollout, view.folded.standing, view.verdicts, day=town.day)


def signed_for_a_fifth(town):
    """Bring a town to where everybody has signed and only `apply` is missing."""
    town.pilot()
    town.days(4)
    digest, _ = town.plan()
    town.sign(digest, *CHAIR)
    return digest


THIN = ("thin", "thin", "thin")


def test_l01_what_cannot_be_told_is_never_promoted_however_long_it_waits(town):
    town.pilot(*THIN)
    pilot = town.shown()
    for _ in range(40):
        town.days(1, *THIN)
        made = town.plan()
        assert made is None or not made[1].wave
    assert town.shown() == pilot
    assert any("cannot tell yet" in each for each in waits_for(town))


def test_l01_nor_where_the_time_to_decide_runs_out(make_town, making):
    town = make_town(rollout=making.rollout | {"decide_by": making.first_day + 20})
    town.pilot(*THIN)
    pilot = town.shown()
    town.days(20, *THIN)
    assert town.standing.expansion == "held"
    assert any(h.because.startswith("undecided by day") for h in town.standing.holds.values())
    assert town.shown() == pilot


def test_l02_a_measurement_that_breaks_off_decides_nothing(town, monkeypatch):
    digest = signed_for_a_fifth(town)
    size, before = town.reader.size(), town.shown()

    def broken(*_, **__):
        raise RuntimeError("the query was killed")

    monkeypatch.setattr(town.sums, "ask", broken)
    town.pass_day()
    with pytest.raises(RuntimeError):
        town.turn()
    with pytest.raises(RuntimeError):
        town.apply(digest)
    assert town.reader.size() == size
    assert town.shown("g1") == before


def test_l02_outcomes_that_are_not_known_make_an_error_and_never_a_pass(town):
    town.pilot()
    town.days(4, "lost", "good", "good")
    words = {v.word for v in town.folded.verdicts.values() if v.scope == "Alder"}
    assert "error" in words
    assert town.plan() is None or not town.plan()[1].wave


def test_l03_after_a_failed_analysis_exposure_never_grows(town):
    town.pilot()
    before = town.shown()
    for _ in range(25):
        town.days(1, "bad", "good", "good")
        assert set(town.shown()) <= set(before)
    assert town.modes()["Alder"] == "suspended"
    assert town.standing.expansion == "held"


def test_l04_what_was_stopped_does_not_start_again_by_itself(town):
    town.fifth()
    town.say("suspend", "Alder")
    for _ in range(20):
        town.days(1)
        assert town.modes()["Alder"] == "suspended"
        assert town.plan() is None
    town.say("lift", "Alder")
    assert town.modes()["Alder"] == "silent"
    town.days(10)
    assert town.modes()["Alder"] == "silent", "lifted is not live"
    town.say("resume")
    digest, plan = town.plan()
    assert {c.mode for c in plan.changes} == {("silent", "live")}
    with pytest.raises(GateNotMet, match="sign-off"):
        town.apply(digest)
    town.sign(digest, *CHAIR)
    town.apply(digest)
    assert town.modes()["Alder"] == "live"


def test_l05_why_it_waits_is_said_where_it_is_said_that_it_waits(town):
    town.pilot()
    town.days(4, "lost", "good", "good")
    (said,) = [each for each in waits_for(town) if each.startswith("no_worse_than")]
    assert "cannot be judged" in said
    assert "outcomes are not known" in said
    town.days(25, "bad", "good", "good")
    receipt = next(r for r in town.facts("receipt/1") if r.body["move"] == "suspend")
    assert "shown to be worse than 1.25" in receipt.body["because"]
    assert any("shown to be worse" in each for each in waits_for(town))


def test_l06_a_metric_that_vanishes_stops_the_rollout(town):
    town.pilot()
    town.days(4)
    town.days(5, "none", "good", "good")
    town.say("hold")
    town.say("resume")  # so that the plan is one of today
    digest, _ = town.plan()
    town.sign(digest, *CHAIR)
    town.days(3, "none", "good", "good")  # the plan is valid still, its evidence is not
    with pytest.raises(GateNotMet, match="expands_on_stale_evidence"):
        town.apply(digest)
    assert town.plan()[1].wave == "", "but to answer silently may be planned"
    assert any("evidence_fresh" in each for each in waits_for(town))


def test_l07_a_misspelt_or_absent_metric_is_refused_with_the_nearest(tmp_path, making):
    rollout = json.loads(json.dumps(making.rollout))
    rollout["gates"][0]["metric"] = "outcomes.risk_ration"
    making.write(tmp_path, rollout=rollout)
    with pytest.raises(SpecRefused) as refused:
        admit(tmp_path)
    assert "outcomes.risk_ratio" in str(refused.value)


def test_l07_what_never_reports_lets_nothing_go_live(town):
    town.sums.lost = {"outcomes.completeness/fall"}
    town.listen()
    digest, plan = town.plan()
    assert plan.interlocks == ("monitoring_silent",)
    with pytest.raises(GateNotMet, match="monitoring_silent"):
        town.sign(digest, *CHAIR)
    with pytest.raises(GateNotMet, match="has never reported from Alder"):
        town.apply(digest)


def test_l08_a_limit_crossed_while_a_plan_waits_for_people_suspends(town):
    digest = signed_for_a_fifth(town)
    town.days(25, "bad", "good", "good")
    assert town.modes()["Alder"] == "suspended"
    with pytest.raises(Stale):
        town.apply(digest)


def test_l08_and_one_crossed_while_held_and_in_a_freeze_does_so_too(town):
    town.pilot()
    town.say("hold")
    town.days(14)
    assert is_frozen(town)
    assert town.modes()["Alder"] == "live"
    for site, day in list(town.sums.days):
        if site == "Alder":
            town.restate(site, day, "bad")
    town.days(1, "bad", "good", "good")
    assert is_frozen(town)
    assert town.modes()["Alder"] == "suspended"


def is_frozen(town):
    return "04-24" <= town.clock.now().strftime("%m-%d") <= "04-29"


def test_l09_proof_is_asked_for_again_at_the_moment_of_doing(town):
    digest = signed_for_a_fifth(town)
    for back in range(1, 5):  # outcomes are corrected: most were never known
        town.restate("Alder", town.day - back, "lost")
    with pytest.raises(GateNotMet) as refused:
        town.apply(digest)
    assert "outcomes_incomplete" in str(refused.value)
    assert "Birch" not in {site for site, _ in town.shown()}


def test_l10_after_a_rollback_the_newest_release_is_not_put_back(town):
    town.fifth()
    town.say("suspend", "all", reason="falls-1 misfires")
    newest = msgspec.structs.replace(town.folder.rollout, release="falls-2")
    object.__setattr__(town.folder, "rollout", newest)
    town.folder.digests["Rollout/falls"] = "another"
    try:
        for _ in range(10):
            town.days(1)
            assert town.plan() is None
            assert not town.shown()
        assert town.standing.expansion == "held"
    finally:
        object.__setattr__(
            town.folder, "rollout", msgspec.structs.replace(newest, release="falls-1")
        )


@pytest.mark.parametrize(("harmed", "suspended"), [("alerted", True), ("usual", False)])
def test_l11_the_arm_that_is_harmed_is_told_from_the_other(town, harmed, suspended):
    town.pilot()
    town.days(25, "bad" if harmed == "alerted" else "good", "good", "good")
    assert (town.modes()["Alder"] == "suspended") is suspended


def test_l11_the_arm_that_was_shown_the_answer_is_read_and_never_guessed():
    cases = {
        "case": "id",
        "site": {"column": "h"},
        "day": {"column": "d", "days_since": "site_launch"},
        "arm": {
            "column": "a",
            "map": {"0": "x", "1": "y"},
            "probability": {"x": 0.5, "y": 0.5},
        },
    }
    for shown, exposed in (("0", "x"), ("1", "y")):
        words = {"0": "silent", "1": "silent"} | {shown: "shown"}
        source = shapes.convert(
            {
                "kind": "Source",
                "name": "source",
                "cases": cases | {"display": {"column": "a", "map": words}},
                "outcomes": {"fall": {"any": ["f"], "known_after": "1 d"}},
            },
            Source,
        )
        other = {"x": "y", "y": "x"}[exposed]
        assert design(source) == Design(exposed, other, 0.5)


def test_l12_a_suspension_is_done_only_when_each_gateway_has_read_it_back(town):
    town.fifth()
    town.turn()
    town.listeners.deaf.add("g2")
    town.say("suspend", "all")
    receipt = town.facts("receipt/1")[-1]
    assert receipt.body["not_confirmed"] == ["g2"]
    assert town.standing.not_confirmed(town.clock.now()) == ("g2",)
    assert not town.shown("g1")
    assert town.shown("g2"), "it has not heard, and nobody says it has"
    town.listeners.deaf.clear()
    town.turn()
    assert not town.shown("g2")
    assert town.standing.not_confirmed(town.clock.now()) == ()


def test_l12_a_gateway_that_never_hears_is_in_doubt_until_its_lease_is_over(town):
    town.fifth()
    town.turn()
    town.listeners.deaf.add("g2")
    town.say("suspend", "all")
    town.clock.advance(timedelta(seconds=29))
    assert town.standing.not_confirmed(town.clock.now()) == ("g2",)
    town.clock.advance(timedelta(seconds=1))
    assert town.standing.not_confirmed(town.clock.now()) == ()
    gateway = town.listeners.each["g2"]
    assert isinstance(gateway.standing("falls", "Alder", now=town.clock.now()), Lapsed)


def test_l12_suspending_where_nothing_runs_says_that_nothing_was_changed(town):
    town.pilot()
    (receipt,) = town.say("suspend", "Elm")
    assert not receipt.body["changes"]
    assert receipt.body["move"] == "hold"


def test_l13_holding_and_suspending_are_two_things(town):
    town.fifth()
    before = town.shown()
    town.say("hold")
    assert town.standing.expansion == "held"
    assert town.shown() == before, "output goes on where it is"
    town.say("suspend", "Birch")
    assert town.modes() == {"Alder": "live", "Birch": "suspended"}


def test_l14_no_freeze_stops_a_hold_or_a_suspension(town):
    town.pilot()
    town.days(8)
    town.say("hold")
    town.say("resume")
    digest, plan = town.plan()
    town.sign(digest, *CHAIR)
    assert plan.wave == "fifth"
    assert not is_frozen(town)
    while not is_frozen(town):
        town.days(1)
    with pytest.raises(GateNotMet, match="EHR upgrade"):
        town.apply(digest)
    assert town.plan()[1].wave == "", "but to answer silently may be planned"
    town.say("hold")
    assert town.standing.expansion == "held"
    town.say("suspend")
    assert town.modes() == {"Alder": "suspended"}


def test_l17_one_event_moves_nothing(town):
    town.pilot(*THIN)
    for _ in range(4):
        town.clock.advance(timedelta(days=1))
        town.sums.days["Alder", town.day] = (1, 1, 0, 0)  # the one alerted patient fell
        town.turn()
        assert not town.standing.holds
        assert town.modes()["Alder"] == "live"
    gate = next(v for v in town.folded.verdicts.values() if v.rule == "no_worse_than")
    assert gate.word == "unsettled"
    assert gate.needed, "it says how many more cases it would take"
