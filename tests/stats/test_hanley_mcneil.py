"""What one more case tells of an area, against the variance of simulated scores."""

from __future__ import annotations

import numpy as np
import pytest

from attending.errors import Refused
from attending.stats.delong import delong, distinct_scores
from attending.stats.hanley_mcneil import hanley_mcneil


@pytest.mark.parametrize("area", [0.65, 0.80, 0.90])
@pytest.mark.parametrize("events", [0.1, 0.36, 0.5])
def test_it_is_what_delong_finds_in_exponential_scores(area, events):
    # With exponential scores P(X > Y) = b / (1 + b) for a ratio b of their means.
    rng = np.random.default_rng(7)
    n = 20_000
    y = np.arange(n) < n * events
    score = rng.exponential(np.where(y, area / (1 - area), 1.0))

    found = delong(*distinct_scores(score, y.astype(float)))

    assert found.value == pytest.approx(area, abs=0.015)
    assert found.information / n == pytest.approx(hanley_mcneil(area, events=events), rel=0.1)


def test_even_classes_tell_most():
    told = [hanley_mcneil(0.8, events=share) for share in (0.05, 0.2, 0.5)]

    assert told == sorted(told)


@pytest.mark.parametrize(("area", "events"), [(0.0, 0.5), (1.0, 0.5), (0.8, 0.0), (0.8, 1.0)])
def test_outside_its_range_it_is_refused(area, events):
    with pytest.raises(Refused):
        hanley_mcneil(area, events=events)
