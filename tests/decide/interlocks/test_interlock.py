"""The room as a whole: what is right meets no interlock, and stopping meets none either."""

from __future__ import annotations

import subprocess
import sys

from attending import rooms
from attending.decide import interlocks
from attending.decide.interlock import tripped


def test_a_plan_that_is_right_meets_none(making):
    assert tripped(interlocks, making.scene()) == ()


def test_each_says_in_a_sentence_what_is_wrong():
    for name in rooms.names(interlocks):
        sentence = rooms.fetch(interlocks, name).sentence
        assert len(sentence.split()) > 3, name


def test_holding_and_suspending_meet_none_whatever_stands(making):
    worst = {
        "standing": making.standing(waves={}, governed=making.governed(gone=frozenset({"owner"}))),
        "verdicts": [],
        "reported": {},
        "date": "2026-12-24",
    }
    stop = making.change("Alder", mode=("live", "suspended"), share=(1.0, 0.0))
    for changes in ((), (stop,)):
        plan = making.plan(cause="safety", expansion=("moving", "held"), changes=changes, wave="")
        assert tripped(interlocks, making.scene(plan=plan, **worst)) == ()


def test_calling_itself_safety_does_not_exempt_a_plan(making):
    plan = making.plan(cause="safety", expansion=("moving", "held"))
    assert tripped(interlocks, making.scene(plan=plan, date="2026-12-24"))


def test_interlocks_never_meet_the_planner():
    code = (
        "import sys; from attending import rooms; from attending.decide import interlocks\n"
        "for name in rooms.names(interlocks): rooms.fetch(interlocks, name)\n"
        "sys.exit('attending.decide.plan' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
