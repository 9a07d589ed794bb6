"""Limits that contradict one another, and what the person is told."""

from __future__ import annotations

import pytest

from attending.admit import admit

REFUSED = {
    "a goal at the floor": (
        "rollout.yaml",
        ("floor: 1.25, goal: 0.9}\ncautions"),
        ("floor: 1.25, goal: 1.25}\ncautions"),
        (
            "rollout.yaml:11: gates[0].goal: goal and floor are both 1.25; the goal is what was"
            " promised, the floor the worst that is still acceptable, so write two different "
            "numbers"
        ),
    ),
    "a gate and a caution that point two ways": (
        "rollout.yaml",
        ("goal: 0.9}\nsafety"),
        ("goal: 1.9}\nsafety"),
        (
            "rollout.yaml:13: cautions[0].goal: floor 1.25 and goal 1.9 say that higher is "
            "better for outcomes.risk_ratio of fall30, but gates[0] (floor 1.25, goal 0.9) says"
            " lower; change one"
        ),
    ),
    "a stop line on the good side of the floor": (
        "rollout.yaml",
        "stop_line: 2}",
        "stop_line: 1.1}",
        (
            "rollout.yaml:15: safety_limits[0].stop_line: stop_line 1.1 is on the good side of "
            "floor 1.25: lower is better, as gates[0] (floor 1.25, goal 0.9) says; write a "
            "number above 1.25"
        ),
    ),
    "a stop line at the floor": (
        "rollout.yaml",
        "stop_line: 2}",
        "stop_line: 1.25}",
        (
            "rollout.yaml:15: safety_limits[0].stop_line: stop_line and floor are both 1.25; "
            "the stop line is clearly harmful, the floor just acceptable, so write two "
            "different numbers"
        ),
    ),
    "limits the wrong way round": (
        "rollout.yaml",
        ("floor: 1.25, goal: 0.9}\ncautions"),
        ("inside: [1.25, 0.8], goal: 1.0}\ncautions"),
        (
            "rollout.yaml:11: gates[0].inside: write the lowest and the highest acceptable value, "
            "as [0.8, 1.25]"
        ),
    ),
    "a goal outside its limits": (
        "rollout.yaml",
        ("floor: 1.25, goal: 0.9}\ncautions"),
        ("inside: [0.8, 1.25], goal: 1.3}\ncautions"),
        (
            "rollout.yaml:11: gates[0]: a goal between 0.8 and 1.25 is wanted: the value that was "
            "promised"
        ),
    ),
    "a floor beside limits": (
        "rollout.yaml",
        ("floor: 1.25, goal: 0.9}\ncautions"),
        ("floor: 1.25, inside: [0.8, 1.25], goal: 0.9}\ncautions"),
        "rollout.yaml:11: gates[0].floor: has both a floor and inside; keep one",
    ),
    "a freeze that ends before it starts": (
        "rollout.yaml",
        "ends: 2027-01-02",
        "ends: 2026-01-02",
        (
            "rollout.yaml:17: freezes[0].ends: the freeze ends on 2026-01-02, before it starts "
            "on 2026-12-20; swap them"
        ),
    ),
    "a freeze on a day there is not": (
        "rollout.yaml",
        "ends: 2027-01-02",
        "ends: 2027-02-30",
        ("rollout.yaml:17: freezes[0].ends: '2027-02-30' is no date; write one such as 2026-10-13"),
    ),
}


@pytest.mark.parametrize(("file", "old", "new", "told"), REFUSED.values(), ids=REFUSED)
def test_limits_that_contradict_one_another_are_refused(spoiled, file, old, new, told):
    assert spoiled(file, old, new) == told


def test_a_rollout_that_shows_nothing_wants_no_safety_limit(falls, known):
    path = falls / "rollout.yaml"
    text = path.read_text("utf-8").replace("name: first,", "name: first, mode: silent,")
    text = text.replace("name: next,", "name: next, mode: silent,")
    start, end = text.index("safety_limits:"), text.index("freezes:")
    path.write_text(text[:start] + text[end:], "utf-8")

    rollout = admit(falls, known=known).rollout

    assert rollout is not None
    assert rollout.is_silent
    assert rollout.safety_limits == ()
