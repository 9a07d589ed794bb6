"""Exactly what the plan says, or nothing: what is refused at the moment of doing."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import msgspec
import pytest

from attending.act.carry_out import Order, carry_out
from attending.digest import digest
from attending.errors import GateNotMet, Refused, Stale
from attending.facts.plan import Change, Plan, Required
from attending.facts.snapshot import Exposure

NOW = datetime(2026, 10, 13, 8, tzinfo=UTC)
LIVE = Change("Alder", "*", ("r1", "r1"), ("silent", "live"), (0.0, 0.2), weekly_case_cap=(None, 9))
STOP = Change("Alder", "*", ("r1", "r1"), ("live", "suspended"), (0.2, 0.0))
WAVE = Plan(
    use_case="falls",
    parent="p",
    state_digest="s",
    cause="wave",
    as_of=3,
    because="every gate is met",
    evidence=(7,),
    valid_until="2026-10-20T08:00:00.000Z",
    expansion=("moving", "moving"),
    scope="one",
    wave="one",
    changes=(LIVE,),
    requires=(Required("cmio", 2),),
)
SAFETY = msgspec.structs.replace(
    WAVE, cause="safety", expansion=("moving", "held"), changes=(STOP,), wave="", requires=()
)


class Gateways:
    """Gateways that read back, or not."""

    def __init__(self, **seqs):
        self.seqs = seqs
        self.pushed = []

    def latest(self):
        return 4

    def push(self, snapshot):
        self.pushed.append(snapshot)
        return {name: seq if seq != "back" else snapshot.seq for name, seq in self.seqs.items()}


def order(plan=WAVE, **over):
    given = {
        "plan": plan, "plan_digest": digest(msgspec.to_builtins(plan)), "parent": "p",
        "state_digest": "s", "entries": (), "seq": 4, "signed": {"cmio": ("a", "b")},
        "forbidden": (), "now": NOW, "day": 4,
    }  # fmt: skip
    return Order(**(given | over))


def test_the_snapshot_says_what_the_plan_says_and_the_receipt_says_so():
    gateways = Gateways(g1="back", g2=None, g3=3)
    other = Exposure("sepsis", "Alder", "*", "s1", "live")
    snapshot, receipt = carry_out(order(entries=(other,)), gateways)
    assert gateways.pushed == [snapshot]
    assert snapshot.seq == 5
    assert snapshot.entries == (
        Exposure("falls", "Alder", "*", "r1", "live", 0.2, weekly_case_cap=9),
        other,
    )
    body = receipt.body
    assert (body["move"], body["wave"], body["day"]) == ("advance", "one", 4)
    assert body["read_back"] == {"g1": 5, "g3": 3}
    assert body["not_confirmed"] == ["g2", "g3"]
    assert body["signed"] == {"cmio": ["a", "b"]}


@pytest.mark.parametrize(
    ("over", "error", "words"),
    [
        ({"plan_digest": "other"}, Stale, "not the one whose digest"),
        ({"parent": "q"}, Stale, "plan again"),
        ({"state_digest": "t"}, Stale, "plan again"),
        ({"now": datetime(2026, 10, 20, 8, 0, 1, tzinfo=UTC)}, Stale, "valid until"),
        ({"forbidden": ("a freeze",)}, GateNotMet, "a freeze"),
        ({"forbidden": None}, GateNotMet, "nobody has asked"),
        ({"signed": {}}, GateNotMet, "2 sign-off as cmio wanted, 0 given"),
        ({"signed": {"cmio": ("a", "a")}}, GateNotMet, "1 given"),
        ({"signed": {"cmio": ("a",), "cio": ("b",)}}, GateNotMet, "1 given"),
    ],
)
def test_what_does_not_stand_up_now_changes_nothing(over, error, words):
    gateways = Gateways(g1="back")
    with pytest.raises(error, match=words):
        carry_out(order(**over), gateways)
    assert gateways.pushed == []


@pytest.mark.parametrize("unit", ["*", "icu"])
def test_what_is_suspended_is_not_shown_whatever_the_plan_says(unit):
    entry = Exposure("falls", "Alder", "*", "r1", "suspended")
    plan = msgspec.structs.replace(WAVE, changes=(msgspec.structs.replace(LIVE, unit=unit),))
    gateways = Gateways(g1="back")
    with pytest.raises(GateNotMet, match="a named person lifts it"):
        carry_out(order(plan, entries=(entry,)), gateways)
    assert gateways.pushed == []


def test_stopping_asks_for_nothing():
    late = datetime(2027, 1, 1, tzinfo=UTC)
    snapshot, receipt = carry_out(
        order(SAFETY, signed={}, forbidden=None, now=late), Gateways(g1="back")
    )
    assert snapshot.entries[0].mode == "suspended"
    assert receipt.body["move"] == "suspend"


def test_naming_safety_as_its_cause_does_not_exempt_a_plan_that_shows_more():
    plan = msgspec.structs.replace(WAVE, cause="safety")
    with pytest.raises(GateNotMet):
        carry_out(order(plan, signed={}, forbidden=None), Gateways())


def test_a_plan_that_fits_no_move_is_refused():
    plan = msgspec.structs.replace(WAVE, wave="")
    with pytest.raises(Refused, match="no move"):
        carry_out(order(plan), Gateways())


def test_an_order_may_say_nothing_about_others_exposures():
    entries = (Exposure("falls", "Birch", "icu", "r1", "silent"),)
    snapshot, _ = carry_out(replace(order(), entries=entries), Gateways())
    assert [(e.site, e.mode) for e in snapshot.entries] == [("Alder", "live"), ("Birch", "silent")]
