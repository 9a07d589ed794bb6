"""What a wave waits for is what the planner waits for, with how many cases that is."""

from __future__ import annotations

import re

import pytest

from attending import shapes
from attending.admit import admit
from attending.console.page import as_folder
from attending.console.waves import steps
from attending.decide.proof import waiting
from attending.loops.declare import Documents, documents


@pytest.fixture(scope="module")
def staged(folder):
    """Give the replay's specs with its wave in two, so that a next one waits."""
    plain = documents(admit(folder))
    (wave,) = plain["rollout"]["waves"]
    plain["rollout"]["waves"] = [wave, wave | {"name": "later"}, wave | {"name": "last"}]
    return as_folder(shapes.convert(plain, Documents), {})


@pytest.mark.parametrize("day", [0, 3, 6, 9, 20, 30, 59])
def test_each_thing_the_planner_waits_for_is_told_once(parts, staged, day):
    course = parts.history.course("watch_alert", day)
    standing = course.standing()
    told = steps(course, staged, standing)
    wanted = waiting(staged.rollout, standing, course.today.verdicts, day=day)
    held = [phrase for phrase in wanted if phrase.startswith("held: ")]

    assert [step.tag.word for step in told] == ["opened", "next", "later"]
    assert len(told[1].lacks) + len(told[1].waits) == len(wanted) - max(len(held) - 1, 0)
    for lack in told[1].lacks:
        assert any(f" at {lack.scope}: " in phrase and lack.because in phrase for phrase in wanted)


def test_what_is_lacking_is_counted_in_cases_and_days(parts, staged):
    course = parts.history.course("watch_alert", 6)
    lacks = steps(course, staged, course.standing())[1].lacks
    counting = [k for k in lacks if k.rule == "It rests on at least 50 matured cases"]
    known = {v.scope: v.estimate for v in course.today.verdicts if v.rule == "enough_outcomes"}

    assert counting
    for lack in counting:
        cases, days = map(int, re.findall(r"\d+", lack.more))
        assert cases == 50 - known[lack.scope].n_cases
        assert (days - 1) * 10 < cases <= days * 10, "ten cases a day come in"


def test_a_wave_is_ready_only_when_nothing_is_wanting(parts, staged):
    course = parts.history.course("watch_alert")
    assert steps(course, staged, course.standing())[1].tag.word == "next"
    empty = type(course.standing())()
    first, *others = steps(course, staged, empty)
    assert first.tag.word == "ready"
    assert {step.tag.word for step in others} == {"later"}


def test_without_specs_no_wave_is_made_up(parts):
    course = parts.history.course("watch_alert")
    assert steps(course, None, course.standing()) == []
