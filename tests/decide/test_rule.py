"""A gate that cannot be met on its cases says truly what is wanting: outcomes, or answers."""

from __future__ import annotations

import importlib

import pytest

from attending.decide.rule import Asked, why_incomplete
from attending.facts.cells import Cells, Sums
from attending.facts.estimate import Estimate
from attending.facts.verdict import Limits

GATES = ("no_worse_than", "inside", "enough_outcomes")
LIMITS = {"floor": 0.7, "goal": 0.85, "inside": (0.5, 2.0), "at_least": 10}


class Silent:
    """A reading that weighs nothing."""

    scale, better, neutral, title = "ratio", "lower", None, "a number"

    def weigh(self, cells, side):
        return 0.0

    def estimate(self, cells):
        return Estimate(1.0, 0.9, 1.1, 0, 0, 0.0, 0, 1, 275, 275)

    def still_needed(self, cells, side):
        return (5, 10)


def asked(known, missing, unscored):
    sums = Sums(n=known, sd=known, n_missing=missing, n_unscored=unscored)
    cells = Cells("m/died", "A", {"": sums}, 0, 1, "0" * 64)
    return Asked(cells, Limits(**LIMITS), 0.05, 1)


@pytest.mark.parametrize("gate", GATES)
def test_where_every_answer_failed_no_gate_says_that_outcomes_are_not_known(gate):
    rule = getattr(importlib.import_module(f"attending.decide.gates.{gate}"), gate)
    found = rule.judge(asked(0, 275, 275), Silent())

    assert found.word == "error"
    assert "275 of 275 cases have a known outcome and no score" in found.because
    assert "not known" not in found.because


@pytest.mark.parametrize(
    ("unscored", "said"),
    [
        (0, "20 of 100 outcomes are not known"),
        (20, "20 of 100 cases have a known outcome and no score"),
        (
            5,
            "15 of 100 outcomes are not known and 5 of 100 cases have a known outcome and no score",
        ),
    ],
)
def test_each_case_that_is_not_counted_is_told_under_its_own_reason(unscored, said):
    assert why_incomplete(asked(80, 20, unscored)) == said
