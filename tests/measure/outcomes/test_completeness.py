"""Completeness is counted, never inferred."""

from __future__ import annotations

import pytest

from attending.facts.cells import Side, Sums
from attending.measure.outcomes.completeness import completeness


@pytest.mark.parametrize(("known", "missing", "share"), [(95, 5, 0.95), (7, 0, 1.0), (0, 3, 0.0)])
def test_it_is_the_share_of_matured_cases_whose_outcome_is_known(making, known, missing, share):
    found = completeness.estimate(making.cells(Sums(n=known, sd=known, n_missing=missing)))

    assert found.value == found.low == found.high == pytest.approx(share)
    assert found.parts == {"known": known, "missing": missing}


def test_before_a_case_has_matured_there_is_no_share(making):
    assert completeness.estimate(making.cells(Sums())).refused == "no case has matured yet"


def test_it_weighs_nothing_and_wants_nothing(making):
    cells, side = making.cells(Sums(n=9)), Side(0.9, 0.95, 0.05)

    assert completeness.weigh(cells, side) is None
    assert completeness.still_needed(cells, side) is None


def test_a_case_counts_on_its_evidence_day_whatever_its_outcome(making):
    rows = [{"y": 1}, {"y": 0}, {"known": False}, {"y": 1, "evidence_day": 2}]

    found = making.gathered(completeness, rows)

    assert (found["A", "", 1].n, found["A", "", 1].n_missing) == (2, 1)
    assert found["A", "", 2].n == 1
