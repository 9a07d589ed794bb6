"""The one sentence about a scope: which of the five, in which order, made of which numbers."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from attending.decide.finding import Scope, find
from attending.facts.cells import Cells, Sums
from attending.facts.verdict import Limits, Needed


@dataclass(frozen=True)
class Reading:
    better: str = "lower"
    neutral: float | None = 1.0
    scale: str = "ratio"
    title: str = "risk ratio"
    low_means: str = "fewer events in those shown the answer"
    high_means: str = "more events in those shown the answer"


@pytest.fixture
def found(making):
    def ask(*verdicts, earlier=None, reading=None, **over):
        cells = Cells(making.ratio, "Alder", {"": Sums(n=400)}, 1, 39, "0" * 64)
        given = {"value": 0.8, "low": 0.6, "high": 1.1} | over
        scope = Scope(
            cells, making.estimate(**given), Limits(floor=1.25, goal=0.9), verdicts, making.day
        )
        return find(scope, reading or Reading(), earlier)

    return ask


def said(making, listed, rule, word):
    return making.verdict(listed=listed, rule=rule, word=word)


def test_until_something_is_settled_it_cannot_be_told(found):
    finding = found()
    assert (finding.found, finding.settled_on) == ("cannot tell yet", None)


@pytest.mark.parametrize(
    ("listed", "rule", "word", "expected"),
    [
        ("gate", "no_worse_than", "met", "no worse than"),
        ("gate", "no_worse_than", "not_met", "shown to harm"),
        ("caution", "short_of_goal", "not_met", "worse than promised"),
        ("safety_limit", "beyond_floor", "not_met", "shown to harm"),
    ],
)
def test_what_is_settled_decides(found, making, listed, rule, word, expected):
    finding = found(said(making, listed, rule, word))
    assert (finding.found, finding.settled_on) == (expected, making.day)


def test_harm_goes_before_a_caution_and_a_caution_before_no_worse(found, making):
    met = said(making, "gate", "no_worse_than", "met")
    caution = said(making, "caution", "short_of_goal", "not_met")
    harm = said(making, "safety_limit", "beyond_floor", "not_met")
    assert found(met, caution).found == "worse than promised"
    assert found(met, caution, harm).found == "shown to harm"


def test_gates_that_count_decide_nothing(found, making):
    counts = making.verdict(rule="enough_outcomes", metric=making.known, word="met")
    assert found(counts).found == "cannot tell yet"


@pytest.mark.parametrize(
    ("low", "high", "better", "expected"),
    [
        (0.5, 0.95, "lower", "shown to help"),
        (1.05, 1.6, "lower", "shown to harm"),
        (0.5, 0.95, "higher", "shown to harm"),
        (1.05, 1.6, "higher", "shown to help"),
        (0.5, 1.0, "lower", "cannot tell yet"),
        (None, None, "lower", "cannot tell yet"),
    ],
)
def test_an_interval_wholly_on_one_side_is_a_difference(found, low, high, better, expected):
    assert found(low=low, high=high, reading=Reading(better=better)).found == expected


def test_a_difference_once_shown_stays_shown_with_its_day(found, making):
    first = found(low=0.5, high=0.95)
    later = found(earlier=first)
    assert (later.found, later.settled_on, later.helped_on) == ("shown to help", 40, 40)


def test_without_a_number_nothing_is_claimed(found):
    finding = found(value=None, low=None, high=None, refused="no case has matured yet")
    assert finding.found == "cannot tell yet"
    assert "no case has matured yet" in finding.because


def test_it_says_how_many_more_cases_would_tell(found, making):
    needed = (Needed("as good as 0.90", 68, 900), Needed("as bad as 1.74", 40, None))
    finding = found(making.verdict(word="unsettled", needed=needed))
    assert "900 more cases (68 events) would tell" in finding.because
    assert "as bad as 1.74" not in finding.because, "no rate, so no number of cases"
