"""The error budget is split over scopes, and never spent twice (C9)."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attending.spec.budget import scopes, shares
from attending.spec.parse import parse

LIMIT = {"safety_limit": "s", "metric": "m", "floor": 1.25, "stop_line": 2}
CAUTION = {"caution": "c", "metric": "m", "floor": 1.25, "goal": 0.9}
GATE = {"gate": "g", "metric": "m"}


def rollout(*waves, **more):
    plain = {
        "kind": "Rollout",
        "use_case": "u",
        "release": "u-1",
        "waves": [{"name": str(i), "sites": list(sites)} for i, sites in enumerate(waves)],
        "gates": [GATE],
        "safety_limits": [LIMIT],
    }
    return parse(plain | more)


def test_scopes_are_each_site_once_in_the_order_of_the_waves_then_pools_then_all():
    pools = [{"name": "rural", "sites": ["b"], "reason": "r"}]

    assert scopes(rollout("ba", "bc", pools=pools)) == ("b", "a", "c", "rural", "all")


def test_four_sites_make_five_scopes_and_a_fifth_of_the_budget_each():
    each = shares(rollout("1234", cautions=[CAUTION]))

    assert list(each) == ["1", "2", "3", "4", "all"]
    for share in each.values():
        assert share == pytest.approx({"gate": 0.01, "caution": 0.04, "safety_limit": 0.01})


def test_cautions_share_the_hold_part_and_safety_limits_the_suspend_part():
    each = shares(rollout("1", cautions=[CAUTION] * 4, safety_limits=[LIMIT] * 5))

    assert each["all"] == pytest.approx({"gate": 0.025, "caution": 0.025, "safety_limit": 0.005})


def test_gates_share_nothing_because_all_of_them_must_be_met():
    one, three = (shares(rollout("1", gates=[GATE] * n)) for n in (1, 3))

    assert one == three


def test_without_cautions_the_hold_part_is_not_spent():
    assert shares(rollout("1"))["1"]["caution"] == 0.1


def test_weights_divide_unequally_and_what_has_no_weight_weighs_one():
    each = shares(rollout("12", budget={"expand": 0.06, "weights": {"all": 4}}))

    assert [each[s]["gate"] for s in ("1", "2", "all")] == pytest.approx([0.01, 0.01, 0.04])


@given(
    st.integers(1, 12),
    st.integers(1, 6),
    st.integers(1, 6),
    st.dictionaries(st.sampled_from("0123"), st.floats(0.01, 100)),
)
def test_the_whole_is_never_more_than_the_budget(n_sites, n_cautions, n_limits, weights):
    it = rollout(
        [str(i) for i in range(n_sites)],
        cautions=[CAUTION] * n_cautions,
        safety_limits=[LIMIT] * n_limits,
        budget={"weights": weights},
    )

    each = shares(it).values()

    assert math.isclose(sum(s["gate"] for s in each), it.budget.expand)
    assert math.isclose(sum(s["caution"] * n_cautions for s in each), it.budget.hold)
    assert math.isclose(sum(s["safety_limit"] * n_limits for s in each), it.budget.suspend)
