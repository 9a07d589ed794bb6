from __future__ import annotations

import pytest

from attending.decide.interlocks.goes_live_from_suspended import goes_live_from_suspended
from attending.decide.standing import Order


def suspended(making, place, **over):
    return making.standing(spots={place: making.spot("falls-1", "suspended")}, **over)


@pytest.mark.parametrize("unit", ["*", "icu"])
def test_the_standing_counts_and_not_what_the_plan_says(making, trips, unit):
    plan = making.plan(changes=(making.change(unit=unit, mode=("silent", "live")),))
    for there in {"*", unit}:
        standing = suspended(making, ("Birch", there))
        assert trips(goes_live_from_suspended, plan=plan, standing=standing)


def test_silent_is_reached_by_an_order_to_lift_alone(making, trips):
    lifted = making.change(mode=("suspended", "silent"), share=(0.0, 0.0))
    plan = making.plan(cause="person", changes=(lifted,), wave="", answers="k/lift")
    assert trips(goes_live_from_suspended, plan=plan, standing=suspended(making, ("Birch", "*")))
    order = Order("k/lift", "lift", "Birch", "nurse", "fixed")
    standing = suspended(making, ("Birch", "*"), orders=(order,))
    assert trips(goes_live_from_suspended, plan=plan, standing=standing) == []


def test_even_an_order_to_lift_never_reaches_live(making, trips):
    plan = making.plan(cause="person", wave="", answers="k/lift")
    order = Order("k/lift", "lift", "Birch", "nurse", "fixed")
    standing = suspended(making, ("Birch", "*"), orders=(order,))
    assert trips(goes_live_from_suspended, plan=plan, standing=standing)
