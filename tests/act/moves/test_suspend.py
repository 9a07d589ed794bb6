from __future__ import annotations

import pytest


def test_every_place_ends_suspended(making, fitting):
    assert fitting(making.kinds["suspend"]) == ["suspend"]


@pytest.mark.parametrize("to", ["live", "silent", "off", "retired"])
def test_one_place_that_does_not_spoils_it(making, fitting, to):
    both = (making.change("live", "suspended"), making.change("live", to))
    plan = making.plan(cause="safety", expansion=("moving", "held"), changes=both)
    assert fitting(plan) == []


def test_suspending_always_holds_as_well(making, fitting):
    plan = making.plan(cause="safety", changes=(making.change("live", "suspended"),))
    assert fitting(plan) == []
