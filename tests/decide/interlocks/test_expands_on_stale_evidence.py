from __future__ import annotations

import pytest

from attending.decide.interlocks.expands_on_stale_evidence import expands_on_stale_evidence


@pytest.mark.parametrize(("age", "tripped"), [(0, False), (5, False), (6, True), (7, True)])
def test_the_last_case_is_no_older_than_declared(making, trips, age, tripped):
    seen = making.reporting(making.day - age)
    assert bool(trips(expands_on_stale_evidence, reported=seen)) is tripped


@pytest.mark.parametrize(("age", "tripped"), [(7, False), (8, True)])
def test_without_a_declaration_a_week_is_fresh(making, trips, age, tripped):
    gates = [
        {"gate": "no_worse_than", "metric": "outcomes.risk_ratio", "of": "fall", "floor": 1.25,
         "goal": 0.9}
    ]  # fmt: skip
    found = trips(
        expands_on_stale_evidence,
        rollout=making.rollout(gates=gates),
        reported=making.reporting(making.day - age),
    )
    assert bool(found) is tripped


def test_a_metric_that_vanished_is_not_fresh(making, trips):
    seen = making.reporting(making.day - 1)
    del seen[making.known, "Alder"]
    assert trips(expands_on_stale_evidence, reported=seen) == [
        f"{making.known} at Alder: no case has matured"
    ]
