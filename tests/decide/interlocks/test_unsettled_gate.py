from __future__ import annotations

import pytest

from attending.decide.interlocks.unsettled_gate import unsettled_gate


@pytest.mark.parametrize("word", ["unsettled", "not_met", "error"])
def test_any_word_but_met_forbids(making, trips, word):
    verdicts = [making.verdict(word=word), *making.all_met()[1:]]
    (said,) = trips(unsettled_gate, verdicts=verdicts)
    assert said.startswith(f"no_worse_than at Alder is {word}")


def test_a_verdict_that_is_not_there_forbids(making, trips):
    assert trips(unsettled_gate, verdicts=making.all_met()[1:]) == [
        "no_worse_than at Alder was not judged today"
    ]


def test_a_verdict_of_yesterday_forbids(making, trips):
    verdicts = [making.verdict(as_of=making.day - 1), *making.all_met()[1:]]
    assert trips(unsettled_gate, verdicts=verdicts)


def test_another_sites_verdict_does_not_stand_in(making, trips):
    verdicts = [making.verdict(scope="all"), *making.all_met()[1:]]
    assert trips(unsettled_gate, verdicts=verdicts)


def test_a_site_that_returns_must_prove_itself(making, trips):
    standing = making.standing(waves={"one": 1, "two": 20})
    said = trips(unsettled_gate, standing=standing)
    assert said == [
        "no_worse_than at Birch was not judged today",
        "evidence_fresh at Birch was not judged today",
    ]
