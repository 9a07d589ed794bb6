from __future__ import annotations

import pytest

from attending.decide.interlocks.inside_a_freeze import inside_a_freeze


@pytest.mark.parametrize(
    ("date", "tripped"),
    [("2026-12-19", False), ("2026-12-20", True), ("2027-01-02", True), ("2027-01-03", False)],
)
def test_both_ends_belong_to_the_freeze(trips, date, tripped):
    assert bool(trips(inside_a_freeze, date=date)) is tripped


def test_showing_less_is_no_go_live(making, trips):
    less = making.change("Alder", mode=("live", "silent"), share=(1.0, 0.0))
    plan = making.plan(changes=(less,), wave="")
    assert trips(inside_a_freeze, plan=plan, date="2026-12-24") == []
