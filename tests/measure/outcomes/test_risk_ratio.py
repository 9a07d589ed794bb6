"""The risk ratio: by hand, by the arm of each event, and refused where it must be."""

from __future__ import annotations

import math

import pytest

from attending.facts.cells import Side
from attending.measure.outcomes.risk_ratio import arm_probability, ratio_of, risk_ratio
from attending.stats.bernoulli_mixture import bernoulli_mixture
from attending.stats.horizon import horizon

GOOD = Side(1.25, 0.90, 0.05)


def test_it_is_the_ratio_of_the_two_observed_risks(making):
    found = risk_ratio.estimate(making.two_arms(585, 2532, 639, 2528))

    assert found.value == pytest.approx((585 / 2532) / (639 / 2528))
    assert found.low < found.value < found.high
    assert (found.n_cases, found.n_events) == (5060, 1224)
    assert found.parts["exposed_events"] == 585


@pytest.mark.parametrize("ratio", [0.5, 1.0, 1.25, 3.0])
@pytest.mark.parametrize("pi", [0.2, 0.5])
def test_a_ratio_and_the_chance_of_the_arm_of_an_event_are_one_to_one(ratio, pi):
    assert ratio_of(arm_probability(ratio, pi), pi) == pytest.approx(ratio)


def test_with_all_events_in_one_arm_no_ratio_is_large_enough():
    assert ratio_of(1.0, 0.5) == math.inf


def test_it_is_weighed_by_the_arm_of_each_event(making):
    null, toward = arm_probability(1.25, 0.5), arm_probability(0.90, 0.5)

    found = risk_ratio.weigh(making.two_arms(40, 200, 60, 200), GOOD)

    planned = horizon(null, toward, share=0.05)
    by_hand = bernoulli_mixture(40.0, 100.0, null=null, toward=toward, share=0.05, horizon=planned)
    assert found == pytest.approx(by_hand)


@pytest.mark.parametrize(
    ("counts", "why"),
    [
        ((0, 0, 3, 10), "in both arms"),
        ((0, 10, 0, 10), "no event has happened in either arm"),
        ((3, 10, 0, 10), "under usual care"),
    ],
)
def test_where_there_is_no_ratio_it_says_why(making, counts, why):
    found = risk_ratio.estimate(making.two_arms(*counts))

    assert found.value is None
    assert why in found.refused


def test_without_arms_drawn_by_chance_nothing_is_weighed(making):
    cells = making.two_arms(3, 10, 4, 10, design=None)

    assert risk_ratio.weigh(cells, GOOD) is None
    assert risk_ratio.still_needed(cells, GOOD) is None
    assert "drawn by chance" in risk_ratio.estimate(cells).refused


def test_the_cases_still_needed_follow_from_the_alternative_and_shrink_with_evidence(making):
    before, _ = risk_ratio.still_needed(making.two_arms(20, 100, 20, 100), GOOD)
    after, cases = risk_ratio.still_needed(making.two_arms(60, 300, 75, 300), GOOD)

    assert 0 < after < before
    assert cases == math.ceil(after / (135 / 600))


def test_without_an_event_the_cases_still_needed_are_not_known(making):
    events, cases = risk_ratio.still_needed(making.two_arms(0, 10, 0, 10), GOOD)

    assert events > 0
    assert cases is None


def test_cells_from_the_tables_count_events_and_cases_by_arm(making):
    rows = [
        {"arm": "alerted", "y": 1},
        {"arm": "alerted", "y": 0, "partly": True},
        {"arm": "usual", "y": 1, "known": False},
        {"arm": "usual", "y": 0},
    ]

    found = making.gathered(risk_ratio, rows)

    assert (found["A", "alerted", 1].n, found["A", "alerted", 1].sn) == (2, 1.0)
    assert (found["A", "usual", 1].n, found["A", "usual", 1].n_missing) == (1, 1)
    assert found["A", "alerted", 1].n_partly == 1
