"""Where nothing is shown, a finding says whether it is good enough here, and why."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from attending.decide.validation import RuleToday, find_uncompared
from attending.facts.estimate import Estimate
from attending.facts.verdict import Limits, Listed, Verdict

READING: Any = SimpleNamespace(title="its number", low_means="It is low.", high_means="It is high.")


def judged(
    word: str,
    day: int | None,
    *,
    rule: str = "inside",
    value: float = 1.6,
    listed: Listed = "gate",
    metric: str = "m/bad",
) -> RuleToday:
    estimate = Estimate(value, 1.3, 1.9, 40, 22, 1.0, 0, 9, 40, 0)
    return RuleToday(
        READING,
        Limits(inside=(0.8, 1.25), goal=1.0),
        Verdict(
            listed=listed,
            rule=rule,
            metric=metric,
            scope="A",
            as_of=9,
            word=word,  # type: ignore[arg-type]
            ln_e_for=0.0,
            ln_e_against=0.0,
            ln_threshold=3.0,
            estimate=estimate,
            needed=(),
            because="so it is",
            cells_digest="0" * 64,
            settled="not_met" if word == "not_met" else None,
            settled_on=day,
        ),
    )


@pytest.mark.parametrize(
    ("first", "second", "found", "day"),
    [
        (("met", 3), ("met", 7), "good enough", 7),
        (("met", 3), ("unsettled", None), "cannot tell yet", None),
        (("not_met", 8), ("met", 7), "not good enough", 8),
        (("not_met", 8), ("not_met", 5), "not good enough", 5),
        (("error", None), ("met", 2), "cannot tell yet", None),
    ],
)
def test_all_must_be_met_and_one_that_is_not_suffices(
    first: tuple[str, int | None],
    second: tuple[str, int | None],
    found: str,
    day: int | None,
) -> None:
    told = find_uncompared("A", [judged(*first), judged(*second)])

    assert told is not None
    assert (told.found, told.settled_on) == (found, day)


def test_a_gate_that_only_counts_does_not_decide() -> None:
    counting = judged("unsettled", None, rule="evidence_fresh")

    assert find_uncompared("A", [counting]) is None
    told = find_uncompared("A", [judged("met", 3), counting])
    assert told is not None
    assert told.found == "good enough"


@pytest.mark.parametrize(("value", "meaning"), [(1.6, "It is high."), (0.6, "It is low.")])
def test_it_says_what_a_failed_gate_means(value: float, meaning: str) -> None:
    told = find_uncompared("A", [judged("not_met", 8, value=value)])

    assert told is not None
    assert told.because == f"Its number: so it is; 22 of 40 cases, settled on day 8. {meaning}"


def limit(word: str, day: int | None) -> RuleToday:
    return judged(word, day, rule="beyond_floor", listed="safety_limit")


def caution(word: str, day: int | None) -> RuleToday:
    return judged(word, day, rule="short_of_goal", listed="caution")


@pytest.mark.parametrize(
    ("rules", "found", "day"),
    [
        (
            [judged("met", 3), caution("unsettled", None), limit("unsettled", None)],
            "good enough",
            3,
        ),
        ([judged("met", 3), caution("not_met", 6)], "worse than promised", 6),
        ([judged("met", 3), caution("not_met", 6), limit("not_met", 9)], "not good enough", 9),
        ([judged("unsettled", None), limit("not_met", 9)], "not good enough", 9),
    ],
)
def test_a_crossed_limit_outweighs_a_crossed_caution_and_both_a_gate_that_was_met(
    rules: list[RuleToday], found: str, day: int
) -> None:
    told = find_uncompared("A", rules)

    assert told is not None
    assert (told.found, told.settled_on) == (found, day)
    assert told.because.count("Its number") == 1, "a number is said once"


def test_a_gate_that_is_not_met_is_told_before_a_caution_on_the_same_number() -> None:
    told = find_uncompared("A", [judged("not_met", 9), caution("not_met", 6)])

    assert told is not None
    assert (told.found, told.settled_on) == ("not good enough", 9)
    assert "settled on day 9" in told.because


def test_numbers_of_two_metrics_are_both_said() -> None:
    other = judged("met", 2, metric="other/bad")
    told = find_uncompared("A", [judged("met", 3), other, caution("not_met", 6)])

    assert told is not None
    assert told.because.count("Its number") == 2
