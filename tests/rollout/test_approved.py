"""What a committee decided is obeyed at the gateway, from its first day to its last."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from attending import shapes, simulator
from attending.admit import admit
from attending.cli.staging.playing import Stage
from attending.clock import stamp
from attending.errors import GateNotMet, Refused, Stale
from attending.facts.cells import Cell, Sums
from attending.facts.fact import By, Fact
from attending.loops.books import Books
from attending.loops.meeting import Voice, close, hold_meeting, vote
from attending.loops.packet import Put, put
from attending.loops.plan import look, planned, write
from attending.loops.system.people import Voice as Opener
from attending.loops.system.people import declare
from attending.loops.today import last_over
from attending.simulator.hospitals import TERN_VALLEY, patients
from attending.simulator.world import FIRST_MEETING, _request
from attending.spec.condition import MeetingHeld
from attending.spec.people import PeopleDeclared

BEGAN = datetime(2026, 7, 21, tzinfo=UTC)
METRICS = ("performance.auroc", "calibration.observed_to_expected", "outcomes.completeness")
PILOT = (("committee_chair", "chair"), ("cmio", "cmio"))


def held(meeting="first", choice="approve", **over):
    votes = [{"person": p, "choice": choice} for p in ("chair", "cmio", "member")]
    return shapes.convert(
        {"meeting": meeting, "chair": "chair", "votes": votes} | over, MeetingHeld
    )


class Ward:
    """One hospital of the simulated system, whose EHR calls the real gateway."""

    def __init__(self, folder, store):
        self.stage = Stage(folder, store, began=BEGAN)
        self.parts, self.folded = self.stage._staged.parts, self.stage._staged.folded

    def cards(self):
        """Ask for a day's patients, as the EHR does; give how many cards are shown."""
        alder = TERN_VALLEY[0]
        there = patients(alder, 0, seed=1, planted=False)
        path = f"/sites/{alder.name}/cds-services/sepsis_alert"
        posts = [
            {"do": "post", "path": path, "body": _request(alder, 0, i, there)}
            for i in range(len(there.septic))
        ]
        replies = [self.stage.do(post) for post in posts]
        assert {reply["status"] for reply in replies} == {200}
        return sum(len(json.loads(reply["body"])["cards"]) for reply in replies)

    def plan(self):
        """Give (digest, plan): what `attending plan` does."""
        view = look(self.parts, self.folded, last_over(self.parts.hands, self.folded))
        plan = planned(self.parts, view)
        return write(self.parts.hands, self.folded, plan, by="engineer"), plan

    def report(self):
        """Let monitoring report from the hospital, as a loop would write it down."""
        cells = [
            Cell("Alder", "all", "", f"{m}/sepsis", 0, Sums(n=40, sn=4.0, sd=4.0)) for m in METRICS
        ]
        body = {"type": "measured/1", "day": 0, "cells": msgspec.to_builtins(cells)}
        at = stamp(self.parts.clock.now())
        fact = Fact(kind="measured", key="sepsis_alert/0/measured", at=at,
                    by=By(person="platform"), use_case="sepsis_alert", body=body)  # fmt: skip
        self.parts.pen.append([fact])


@pytest.fixture
def ward(tmp_path):
    folder = tmp_path / "specs"
    shutil.copytree(Path(simulator.__path__[0]) / "tern_valley", folder)
    text = (folder / "rollout.yaml").read_text("utf-8")
    start, end = text.index("waves:"), text.index("gates:")
    wave = "waves: [{name: first, sites: [Alder], sign_offs: [{role: committee_chair}]}]\n"
    (folder / "rollout.yaml").write_text(text[:start] + wave + text[end:], "utf-8")
    made = Ward(admit(folder), tmp_path / "store")
    yield made
    made.stage.end()


def test_nothing_is_shown_before_a_committee_has_approved_it(ward):
    assert ward.stage.do({"do": "apply", "plan": ward.plan()[0]}) == {}
    assert ward.cards() == 0, "it answers silently"
    ward.report()
    digest, plan = ward.plan()
    assert plan.interlocks == ("not_approved",)
    signed = {"do": "sign", "plan": digest, "role": "committee_chair", "person": "committee-chair"}
    assert "not_approved" in ward.stage.do(signed)["refused"]
    refused = ward.stage.do({"do": "apply", "plan": digest})["refused"]
    assert "no committee has decided on sepsis_alert-3.2" in refused
    assert ward.cards() == 0
    assert ward.stage.do(FIRST_MEETING) == {"word": "approved"}
    assert ward.cards() == 0, "a decision opens nothing by itself"
    digest, plan = ward.plan()
    assert plan.interlocks == ()
    ward.stage.do(signed | {"plan": digest})
    assert ward.stage.do({"do": "apply", "plan": digest}) == {}
    assert ward.cards() > 0


def test_an_approval_that_runs_out_holds_what_is_not_yet_live_and_stops_nothing(make_town, making):
    town = make_town(committee=making.committee | {"approval_days": 12})
    town.pilot()  # five days on
    town.days(4)
    digest, plan = town.plan()
    assert plan.wave == "fifth"
    town.sign(digest, "committee_chair", "chair")
    shown = town.shown()
    town.clock.advance(timedelta(days=5))
    with pytest.raises(GateNotMet, match="what meeting first approved ended on"):
        town.apply(digest)
    town.days(1)
    (hold,) = town.facts("receipt/1")[-1:]
    assert (hold.body["cause"], hold.body["move"], hold.body["changes"]) == ("expiry", "hold", [])
    assert [f.body["why"] for f in town.facts("docket/1")] == ["expiry"]
    assert town.shown() == shown
    town.turn()
    assert len([r for r in town.facts("receipt/1") if r.body["cause"] == "expiry"]) == 1
    hold_meeting(town.parts, town.folded, held("second"))
    town.say("resume")
    town.days(7)  # past a freeze
    assert town.through(("committee_chair", "chair")).body["wave"] == "fifth"


@pytest.mark.parametrize(("choice", "word"), [("decline", "declined"), ("re_review", "re_review")])
def test_a_decision_that_is_no_approval_ends_an_earlier_one(town, choice, word):
    assert hold_meeting(town.parts, town.folded, held("later", choice)).body["word"] == word
    town.listen()
    assert town.plan()[1].interlocks == ("not_approved",)


def test_a_plan_made_before_a_decision_is_not_carried_out_after_it(town):
    town.pilot()
    town.days(4)
    digest, _ = town.plan()
    town.sign(digest, "committee_chair", "chair")
    hold_meeting(town.parts, town.folded, held("second"))
    with pytest.raises(Stale):
        town.apply(digest)
    assert (
        town.through(("committee_chair", "chair")).body["decision"]
        == (town.facts("decision/1")[-1].body["digest"])
    )


def test_an_item_whose_facts_have_moved_closes_as_re_review(town):
    packet = put(town.parts, town.folded, Put("second")).digest
    for person in ("chair", "cmio", "member"):
        vote(town.parts, town.folded, Voice(person, packet), "approve")
    town.listen()
    town.say("suspend", "Alder")
    done = close(town.parts, town.folded, Voice("chair", packet))
    assert done.body["word"] == "re_review"
    assert "suspended" in done.body["because"]
    with pytest.raises(Stale):
        vote(town.parts, town.folded, Voice("chair", packet), "approve")


def test_nobody_writes_a_decision_that_the_votes_do_not_bear(town):
    written = town.facts("decision/1")[0]
    packet = put(town.parts, town.folded, Put("second"))
    body = written.body | {"item": packet.item, "packet_digest": packet.digest, "meeting": "second",
                           "expires_on": "2099-01-01", "digest": "f" * 64}  # fmt: skip
    forged = msgspec.structs.replace(written, key="falls/second/1/decision", body=body)
    town.pen.append([forged])
    town.turn()
    assert town.standing.governed.decisions["falls-1"].digest == written.body["digest"]


@pytest.mark.parametrize(
    ("person", "choice", "words"),
    [
        ("owner", "approve", "owns the tool"),
        ("nobody", "approve", "no member"),
        ("chair", "approve_with_conditions", "proposes none"),
    ],
)
def test_a_vote_that_would_not_count_is_refused_and_says_why(town, person, choice, words):
    packet = put(town.parts, town.folded, Put("second")).digest
    with pytest.raises(Refused, match=words):
        vote(town.parts, town.folded, Voice(person, packet), choice)


def test_a_signature_bears_the_name_that_was_declared_for_who_signed(town):
    people = {
        "people": [
            {"person": "first-admin", "printed_name": "An Admin", "roles": [{"role": "admin"}]}
        ]
    }
    books = Books(town.reader, town.pen, town.clock)
    declare(books, shapes.convert(people, PeopleDeclared), Opener("whoever-opens-the-store"))
    people["people"] = [{"person": "chair", "printed_name": "The Chair of the AI Committee"}]
    declare(books, shapes.convert(people, PeopleDeclared), Opener("first-admin"))
    packet = put(town.parts, town.folded, Put("second")).digest
    for person in ("chair", "cmio"):
        vote(town.parts, town.folded, Voice(person, packet), "approve")

    signed = {f.by.person: f.body["signature"]["printed_name"] for f in town.facts("vote/1")[-2:]}
    assert signed == {"chair": "The Chair of the AI Committee", "cmio": "cmio"}
