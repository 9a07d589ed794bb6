from __future__ import annotations

from attending.decide.interlocks.skips_a_wave import skips_a_wave


def test_the_wave_before_must_be_open(making, trips):
    assert trips(skips_a_wave) == []
    assert trips(skips_a_wave, standing=making.standing(waves={})) == ["wave one is not open"]


def test_a_plan_that_goes_live_names_a_wave_of_the_rollout(making, trips):
    assert trips(skips_a_wave, plan=making.plan(wave="ten")) == ["no wave 'ten' in the rollout"]
    assert trips(skips_a_wave, plan=making.plan(wave="")) == ["no wave '' in the rollout"]


def test_answering_silently_names_none(making, trips):
    silent = making.change(mode=("off", "silent"), share=(0.0, 0.0))
    assert trips(skips_a_wave, plan=making.plan(wave="", changes=(silent,))) == []
