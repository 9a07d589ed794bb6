"""Why a wave waits, in words."""

from __future__ import annotations

from attending.decide.proof import after, waiting
from attending.decide.standing import Hold


def test_a_proven_wave_waits_for_nothing(making):
    assert waiting(making.rollout(), making.standing(), making.all_met(), day=making.day) == ()


def test_each_thing_it_waits_for_is_named(making):
    standing = making.standing(
        waves={"one": 30}, holds={"k": Hold("person", "Elm", 3, "nurse: I wonder")}
    )
    verdicts = [making.verdict(word="unsettled", because="needs 90 more")]
    assert waiting(making.rollout(), standing, verdicts, day=making.day) == (
        "held: nurse: I wonder",
        "4 more days of one",
        "no_worse_than at Alder: cannot tell yet; needs 90 more",
        "evidence_fresh at Alder: not judged",
    )


def test_a_verdict_of_another_day_proves_nothing(making):
    verdicts = [making.verdict(as_of=39), *making.all_met()[1:]]
    (said,) = waiting(making.rollout(), making.standing(), verdicts, day=making.day)
    assert said == "no_worse_than at Alder: last judged on day 39"


def test_after_the_last_wave_there_is_nothing_to_wait_for(making):
    done = making.standing(waves={"one": 1, "two": 2})
    assert after(making.rollout(), done)[0] is None
    assert waiting(making.rollout(), done, [], day=making.day) == ()
