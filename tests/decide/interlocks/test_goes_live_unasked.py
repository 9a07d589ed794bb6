from __future__ import annotations

from attending.decide.interlocks.goes_live_unasked import goes_live_unasked
from attending.facts.plan import Required


def test_the_plan_asks_everybody_whom_the_wave_asks(making, trips):
    assert trips(goes_live_unasked) == []
    plan = making.plan(requires=(Required("cmio"),))
    assert trips(goes_live_unasked, plan=plan) == ["wave two wants 1 as committee_chair"]


def test_two_lines_for_one_role_want_two_people(making, trips):
    waves = [
        {"name": "one", "sites": ["Alder"]},
        {"name": "two", "sites": ["Birch"], "sign_offs": [{"role": "cmio"}, {"role": "cmio"}]},
    ]
    plan = making.plan(requires=(Required("cmio"),))
    rollout = making.rollout(waves=waves)
    assert trips(goes_live_unasked, rollout=rollout, plan=plan) == ["wave two wants 2 as cmio"]


def test_the_first_wave_rests_on_somebodys_word(making, trips):
    rollout = making.rollout(waves=[{"name": "one", "sites": ["Birch"]}])
    plan = making.plan(wave="one", requires=())
    standing = making.standing(waves={})
    (said,) = trips(goes_live_unasked, rollout=rollout, plan=plan, standing=standing)
    assert "names nobody" in said
