"""No worse than the floor, whichever way is better."""

from __future__ import annotations

import pytest

from attending.decide.gates.no_worse_than import no_worse_than

UP, DOWN = True, False
LOWER = {"floor": 1.25, "goal": 0.90}
HIGHER = {"floor": 0.80, "goal": 0.90}


@pytest.mark.parametrize(
    ("limits", "floor", "good", "scale"),
    [(LOWER, 1.25, DOWN, "ratio"), (HIGHER, 0.80, UP, "area")],
)
def test_it_is_met_toward_the_goal_and_not_met_away_from_it(making, limits, floor, good, scale):
    better = "higher" if good else "lower"
    for way, word in ((good, "met"), (not good, "not_met")):
        reading = making.told(says={(floor, way): making.crossed}, scale=scale, better=better)
        assert no_worse_than.judge(making.asked(limits), reading).word == word


@pytest.mark.parametrize(
    ("limits", "scale", "mirrored"),
    [(LOWER, "ratio", 1.25**2 / 0.90), (HIGHER, "area", 0.64), (HIGHER, "share", 0.70)],
)
def test_the_bad_alternative_mirrors_the_goal_on_the_metrics_scale(making, limits, scale, mirrored):
    reading = making.told(scale=scale)
    no_worse_than.judge(making.asked(limits), reading)

    assert reading.asked[0].toward == limits["goal"]
    assert reading.asked[1].toward == pytest.approx(mirrored)


def test_it_is_never_met_on_incomplete_outcomes(making):
    reading = making.told(says={(1.25, DOWN): making.crossed})

    assert no_worse_than.judge(making.asked(LOWER, missing=6), reading).word == "error"


def test_until_then_it_says_what_it_would_take(making):
    found = no_worse_than.judge(making.asked(LOWER), making.told())

    assert found.word == "unsettled"
    assert [n.supposing for n in found.needed] == ["as good as 0.90", "as bad as 1.74"]


def test_a_metric_that_cannot_be_weighed_is_an_error(making):
    reading = making.told(says={(1.25, DOWN): None})

    assert no_worse_than.judge(making.asked(LOWER), reading).word == "error"
