from __future__ import annotations

import pytest


def test_it_leads_from_suspended_to_silent_on_a_persons_order(making, fitting):
    assert fitting(making.kinds["lift"]) == ["lift"]


@pytest.mark.parametrize("to", ["live", "off", "retired"])
def test_it_leads_nowhere_else(making, fitting, to):
    plan = making.plan(
        cause="person",
        expansion=("held", "held"),
        answers=f"{making.key}/lift",
        changes=(making.change("suspended", to),),
    )
    assert fitting(plan) == []


def test_no_loop_lifts(making, fitting):
    plan = making.plan(
        cause="wave", answers=f"{making.key}/lift", changes=(making.change("suspended", "silent"),)
    )
    assert fitting(plan) == []
