"""Where nothing is shown, a finding says whether it is good enough here, and why."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from attending.decide.validation import GateToday, find_silent
from attending.facts.estimate import Estimate
from attending.facts.verdict import Limits, Verdict

READING: Any = SimpleNamespace(title="its number", low_means="It is low.", high_means="It is high.")


def judged(word: str, day: int | None, *, rule: str = "inside", value: float = 1.6) -> GateToday:
    estimate = Estimate(value, 1.3, 1.9, 40, 22, 1.0, 0, 9, 40, 0)
    return GateToday(
        READING,
        Limits(inside=(0.8, 1.25), goal=1.0),
        Verdict(
            listed="gate",
            rule=rule,
            metric="m/bad",
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
    told = find_silent("A", [judged(*first), judged(*second)])

    assert told is not None
    assert (told.found, told.settled_on) == (found, day)


def test_a_gate_that_only_counts_does_not_decide() -> None:
    counting = judged("unsettled", None, rule="evidence_fresh")

    assert find_silent("A", [counting]) is None
    told = find_silent("A", [judged("met", 3), counting])
    assert told is not None
    assert told.found == "good enough"


@pytest.mark.parametrize(("value", "meaning"), [(1.6, "It is high."), (0.6, "It is low.")])
def test_it_says_what_a_failed_gate_means(value: float, meaning: str) -> None:
    told = find_silent("A", [judged("not_met", 8, value=value)])

    assert told is not None
    assert told.because == f"Its number: so it is; 22 of 40 cases, settled on day 8. {meaning}"
