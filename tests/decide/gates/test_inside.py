"""Inside two limits: met from both sides, not met from either, and never by half."""

from __future__ import annotations

import pytest

from attending.decide.gates.inside import inside

LIMITS = {"inside": (0.8, 1.25), "goal": 1.0}
UP, DOWN = True, False


def judged(making, says, **more):
    return inside.judge(making.asked(LIMITS, **more), making.told(says=says))


def test_it_is_met_only_when_both_limits_are_ruled_out(making):
    c = making.crossed

    assert judged(making, {(0.8, UP): c, (1.25, DOWN): c}).word == "met"
    assert judged(making, {(0.8, UP): c, (1.25, DOWN): c - 0.01}).word == "unsettled"
    assert judged(making, {(0.8, UP): c - 0.01, (1.25, DOWN): c}).word == "unsettled"


@pytest.mark.parametrize("side", [(1.25, UP), (0.8, DOWN)])
def test_it_is_not_met_when_shown_to_lie_outside_on_either_side(making, side):
    found = judged(making, {side: making.crossed})

    assert (found.word, found.settled, found.settled_on) == ("not_met", "not_met", 12)
    assert found.because.startswith("shown to lie outside 0.80 to 1.25")


def test_not_met_wins(making):
    says = dict.fromkeys([(0.8, UP), (1.25, DOWN), (1.25, UP)], making.crossed)

    assert judged(making, says).word == "not_met"


def test_it_is_never_met_on_incomplete_outcomes_but_harm_is_still_seen(making):
    c = making.crossed

    assert judged(making, {(0.8, UP): c, (1.25, DOWN): c}, missing=6).word == "error"
    assert judged(making, {(0.8, UP): c, (1.25, DOWN): c}, missing=5).word == "met"
    assert judged(making, {(1.25, UP): c}, missing=60).word == "not_met"


def test_a_metric_that_cannot_be_weighed_is_an_error(making):
    assert judged(making, {(0.8, UP): None}).word == "error"


def test_outside_is_asked_by_the_same_questions_moved_to_the_other_limit(making):
    reading = making.told()
    inside.judge(making.asked(LIMITS), reading)
    distances = {(s.null, s.toward / s.null > 1): s.toward / s.null for s in reading.asked}

    assert distances[0.8, UP] == pytest.approx(distances[1.25, UP])
    assert distances[0.8, DOWN] == pytest.approx(distances[1.25, DOWN])
    assert {s.share for s in reading.asked} == {0.05}


def test_to_be_inside_takes_what_the_slower_of_the_two_sides_takes(making):
    reading = making.told(needs={0.8: (5, 10), 1.25: (40, 90)})

    first, *rest = inside.judge(making.asked(LIMITS), reading).needed

    assert (first.supposing, first.cases) == ("at 1.00", 90)
    assert [n.supposing for n in rest] == ["at 1.56", "at 0.64"]


def test_what_is_not_known_is_not_promised(making):
    assert (
        inside.judge(making.asked(LIMITS), making.told(needs={0.8: None, 1.25: None})).needed == ()
    )


def test_evidence_is_the_weaker_of_two_for_and_the_stronger_of_two_against(making):
    says = {(0.8, UP): 2.0, (1.25, DOWN): 1.0, (1.25, UP): -3.0, (0.8, DOWN): -1.0}

    found = judged(making, says)

    assert (found.ln_e_for, found.ln_e_against) == (1.0, -1.0)
