from __future__ import annotations

import pytest

from attending.decide.interlocks.goes_live_past_a_limit import goes_live_past_a_limit


def crossed(making, scope):
    return making.verdict(listed="safety_limit", rule="beyond_floor", scope=scope, word="not_met")


@pytest.mark.parametrize("scope", ["Alder", "Birch", "rural", "all", "Elm"])
def test_a_limit_that_nobody_answered_forbids_everywhere(making, trips, scope):
    assert trips(goes_live_past_a_limit, verdicts=[crossed(making, scope)])


@pytest.mark.parametrize(
    ("scope", "forbids"), [("Alder", False), ("Birch", True), ("rural", True), ("all", True)]
)
def test_one_that_was_answered_still_forbids_its_own_scope(making, trips, scope, forbids):
    standing = making.standing(answered={f"safety_limit/beyond_floor/{making.ratio}/{scope}": 30})
    found = trips(goes_live_past_a_limit, verdicts=[crossed(making, scope)], standing=standing)
    assert bool(found) is forbids
