from __future__ import annotations


def test_it_touches_no_place(making, fitting):
    assert fitting(making.kinds["hold"]) == ["hold"]
    touched = making.plan(
        cause="caution", expansion=("moving", "held"), changes=(making.change("off", "silent"),)
    )
    assert "hold" not in fitting(touched)


def test_resuming_one_hold_while_another_stands_is_no_hold(making, fitting):
    plan = making.plan(cause="person", expansion=("held", "held"), answers=f"{making.key}/resume")
    assert fitting(plan) == ["resume"]
