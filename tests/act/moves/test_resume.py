from __future__ import annotations


def test_it_answers_a_named_persons_order(making, fitting):
    assert fitting(making.kinds["resume"]) == ["resume"]
    by_a_loop = making.plan(cause="caution", expansion=("held", "moving"), answers="x/resume")
    assert fitting(by_a_loop) == []


def test_it_opens_nothing(making, fitting):
    plan = making.plan(
        cause="person",
        expansion=("held", "moving"),
        answers=f"{making.key}/resume",
        changes=(making.change("silent", "live"),),
    )
    assert fitting(plan) == []
