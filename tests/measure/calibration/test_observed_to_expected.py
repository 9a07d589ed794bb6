"""Observed over expected: its number, its doubt, and what it waits for."""

from __future__ import annotations

import math

import numpy as np
import pytest

from attending.facts.cells import Bounds, Side
from attending.measure.calibration.observed_to_expected import observed_to_expected
from attending.stats.ratio_of_sums import ratio_of_sums

LOW, HIGH, GOAL, SHARE = 0.8, 1.25, 1.0, 0.05
ABOVE_LOW, BELOW_HIGH = Side(LOW, GOAL, SHARE), Side(HIGH, GOAL, SHARE)


def cases(n, *, truth=1.0, seed=1):
    rng = np.random.default_rng(seed)
    p = rng.beta(1.2, 2.4, size=n)
    return p, rng.random(n) < np.minimum(truth * p, 1.0)


def test_the_ratio_is_events_over_the_sum_of_risks(making):
    p, y = cases(500, truth=1.2)

    found = observed_to_expected.estimate(making.cells(making.scored(p, y)))

    assert found.value == pytest.approx(y.sum() / p.sum())
    assert found.low < found.value < found.high
    assert found.parts["observed"] == y.sum()
    assert found.parts["expected"] == pytest.approx(p.sum())
    assert found.information == pytest.approx(
        ratio_of_sums(making.scored(p, y), scale="log").information
    )


@pytest.mark.parametrize(("n", "is_judged"), [(59, False), (200, True)])
def test_it_is_not_judged_before_sixty_cases_and_twenty_events(making, n, is_judged):
    p, y = cases(n)
    cells = making.cells(making.scored(p, y))

    assert (observed_to_expected.estimate(cells).value is not None) == is_judged
    assert math.isfinite(observed_to_expected.weigh(cells, ABOVE_LOW)) == is_judged


def test_few_events_are_said_to_be_few(making):
    p, y = cases(300)
    y[np.flatnonzero(y)[19:]] = False

    refused = observed_to_expected.estimate(making.cells(making.scored(p, y))).refused

    assert "19 events" in refused


@pytest.mark.parametrize("truth", [0.5, 0.7, 1.0, 1.4, 1.8])
def test_an_interval_made_of_the_gates_questions_never_contradicts_them(making, truth):
    p, y = cases(700, truth=truth, seed=4)
    bounds = Bounds(ABOVE_LOW, BELOW_HIGH)
    cells = making.cells(making.scored(p, y), bounds=bounds)
    crossed = math.log(1 / SHARE)
    too_high = Side(HIGH, HIGH * GOAL / LOW, SHARE)

    found = observed_to_expected.estimate(cells)

    assert found.low < found.value < found.high
    assert (found.low >= LOW - 1e-9) == (observed_to_expected.weigh(cells, ABOVE_LOW) >= crossed)
    assert (found.high <= HIGH + 1e-9) == (observed_to_expected.weigh(cells, BELOW_HIGH) >= crossed)
    outside = observed_to_expected.weigh(cells, too_high) >= crossed
    assert outside == (found.low >= HIGH * (1 - 0.005)), "one grid step of the interval's end"


def test_the_cases_still_needed_do_suffice_on_average(making):
    p, y = cases(120, seed=9)
    cells = making.cells(making.scored(p, y))
    _, needed = observed_to_expected.still_needed(cells, BELOW_HIGH)

    more, came = cases(needed, seed=10)
    both = making.scored(np.concatenate((p, more)), np.concatenate((y, came)))
    before = observed_to_expected.weigh(cells, BELOW_HIGH)
    after = observed_to_expected.weigh(making.cells(both), BELOW_HIGH)

    assert needed > 0
    assert before < math.log(1 / SHARE)
    assert after > before


def test_without_an_event_no_rate_is_known(making):
    p, y = cases(80)

    assert (
        observed_to_expected.still_needed(making.cells(making.scored(p, y & False)), ABOVE_LOW)
        is None
    )


def test_cells_from_the_tables_hold_events_and_risks(making):
    rows = [
        {"score": 0.25, "y": 1},
        {"score": 0.5, "y": 0},
        {"score": None, "y": 1},
        {"score": 0.9, "y": 0, "known": False},
        {"score": 0.75, "y": 1, "arm": "alerted", "partly": True},
    ]

    found = making.gathered(observed_to_expected, rows)

    one = found["A", "", 1]
    assert (one.n, one.sn, one.sd, one.snd, one.sdd) == (2, 1.0, 0.75, 0.25, 0.3125)
    assert (one.n_missing, one.n_unscored) == (2, 1)
    assert (one.pos, one.neg) == ((), ())
    assert found["A", "alerted", 1].n_partly == 1


def test_looking_every_day_at_the_limit_itself_is_rarely_fooled(making):
    rng, runs, looks, step = np.random.default_rng(13), 300, 30, 20
    fooled = 0
    for _ in range(runs):
        p = rng.beta(1.2, 2.4, size=looks * step)
        y = rng.random(p.size) < LOW * p
        fooled += any(
            observed_to_expected.weigh(making.cells(making.scored(p[:n], y[:n])), ABOVE_LOW)
            >= math.log(20)
            for n in range(3 * step, p.size + 1, step)
        )

    assert fooled / runs <= 0.06 + 2 * math.sqrt(0.06 * 0.94 / runs)
