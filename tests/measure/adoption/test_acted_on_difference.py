"""The difference between arms in the wanted act, and when it may be judged."""

from __future__ import annotations

import math

import numpy as np
import pytest

from attending.facts.cells import Side
from attending.measure.adoption.acted_on_difference import acted_on_difference

BETTER = Side(0.0, 0.05, 0.05)


def test_it_is_the_exposed_share_minus_the_comparison_share(making):
    found = acted_on_difference.estimate(making.two_arms(1549, 2532, 1413, 2528))

    assert found.value == pytest.approx(1549 / 2532 - 1413 / 2528)
    assert found.low < found.value < found.high
    assert found.parts["comparison_cases"] == 2528


@pytest.mark.parametrize("counts", [(19, 100, 50, 100), (50, 100, 81, 100)])
def test_it_waits_for_twenty_acts_and_twenty_without_in_each_arm(making, counts):
    cells = making.two_arms(*counts)

    assert "fewer than 20" in acted_on_difference.estimate(cells).refused
    assert acted_on_difference.weigh(cells, BETTER) == -math.inf


def test_the_interval_never_leaves_what_a_difference_can_be(making):
    found = acted_on_difference.estimate(making.two_arms(20, 40, 20, 40))

    assert -1.0 <= found.low < found.high <= 1.0


def test_evidence_is_for_the_side_that_is_seen(making):
    cells = making.two_arms(800, 1000, 600, 1000)

    assert acted_on_difference.weigh(cells, BETTER) > math.log(20)
    assert acted_on_difference.weigh(cells, Side(0.0, -0.05, 0.05)) < 0


def test_without_arms_drawn_by_chance_nothing_is_weighed(making):
    cells = making.two_arms(50, 100, 40, 100, design=None)

    assert acted_on_difference.weigh(cells, BETTER) is None
    assert acted_on_difference.still_needed(cells, BETTER) is None


def test_the_cases_still_needed_shrink_as_they_come(making):
    _, before = acted_on_difference.still_needed(making.two_arms(50, 100, 50, 100), BETTER)
    _, after = acted_on_difference.still_needed(making.two_arms(500, 1000, 500, 1000), BETTER)

    assert before - after == 1800


def test_looking_every_day_at_no_difference_is_rarely_fooled(making):
    rng, runs, looks, a_day = np.random.default_rng(17), 300, 40, 10
    fooled = 0
    for _ in range(runs):
        acts = rng.binomial(a_day, 0.5, size=(2, looks)).cumsum(axis=1)
        fooled += any(
            acted_on_difference.weigh(
                making.two_arms(int(acts[0, t]), a_day * (t + 1), int(acts[1, t]), a_day * (t + 1)),
                BETTER,
            )
            >= math.log(20)
            for t in range(looks)
        )

    assert fooled / runs <= 0.06 + 2 * math.sqrt(0.06 * 0.94 / runs)


def test_cells_from_the_tables_count_acts_by_arm(making):
    found = making.gathered(acted_on_difference, [{"arm": "alerted", "y": 1}, {"arm": "usual"}])

    assert (found["A", "alerted", 1].sn, found["A", "usual", 1].sn) == (1.0, 0.0)
