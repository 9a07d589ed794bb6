"""The area under the ROC curve: its number, its doubt, and what it waits for."""

from __future__ import annotations

import math

import numpy as np
import pytest

from attending.facts.cells import Bounds, Side, Sums
from attending.measure.normal import expit, logit, weighed
from attending.measure.performance.auroc import auroc
from attending.measure.sums import BINS
from attending.stats.delong import delong, distinct_scores

FLOOR, GOAL, SHARE = 0.80, 0.90, 0.05
GOOD = Side(FLOOR, GOAL, SHARE)
BAD = Side(FLOOR, expit(2 * logit(FLOOR) - logit(GOAL)), SHARE)


def cases(n, *, apart, seed=1, events=0.4):
    rng = np.random.default_rng(seed)
    y = rng.random(n) < events
    return expit_of(rng.normal(size=n) + apart * y), y


def expit_of(x):
    return 1 / (1 + np.exp(-x))


def test_the_area_is_the_share_of_pairs_in_the_right_order(making):
    score, y = cases(400, apart=1.5)
    pairs = score[y][:, None] - score[~y][None, :]
    direct = ((pairs > 0) + 0.5 * (pairs == 0)).mean()
    raw = delong(*distinct_scores(score, y.astype(float)))

    found = auroc.estimate(making.cells(making.scored(score, y)))

    assert raw.value == pytest.approx(direct)
    assert found.value == pytest.approx(direct, abs=2e-3), "256 bins move it by less than this"
    assert 1 / found.information == pytest.approx(1 / raw.information, rel=0.02)
    assert found.low < found.value < found.high
    assert found.parts == {"with_event": int(y.sum()), "without_event": int((~y).sum())}


@pytest.mark.parametrize("kept", [29, 30])
def test_it_is_not_judged_before_thirty_of_each_class(making, kept):
    score, y = cases(400, apart=2.0)
    keep = y | (np.cumsum(~y) <= kept)
    cells = making.cells(making.scored(score[keep], y[keep]))

    found, ln_e = auroc.estimate(cells), auroc.weigh(cells, GOOD)

    if kept < 30:
        assert found.value is None
        assert f"{kept} without" in found.refused
        assert "30 of each" in found.refused
        assert ln_e == -math.inf
    else:
        assert found.refused is None
        assert math.isfinite(ln_e)


def test_without_a_case_there_is_no_number_and_nothing_to_weigh(making):
    cells = making.cells(Sums())

    assert auroc.estimate(cells).value is None
    assert auroc.weigh(cells, GOOD) == -math.inf
    assert auroc.still_needed(cells, GOOD) is None


def test_the_evidence_is_the_normal_mixture_on_the_logit(making):
    score, y = cases(500, apart=1.6)
    cells = making.cells(making.scored(score, y))
    area = delong(cells.total().pos, cells.total().neg)

    for side in (GOOD, BAD):
        on_logit = Side(logit(side.null), logit(side.toward), side.share)
        assert auroc.weigh(cells, side) == weighed(area.theta, area.information, on_logit)


@pytest.mark.parametrize("apart", [0.4, 0.8, 1.2, 1.6, 2.2])
def test_an_interval_made_of_the_gates_questions_never_contradicts_them(making, apart):
    score, y = cases(600, apart=apart, seed=3)
    cells = making.cells(making.scored(score, y), bounds=Bounds(GOOD, BAD))
    crossed = math.log(1 / SHARE)

    found = auroc.estimate(cells)

    assert found.low < found.value < found.high
    assert (found.low >= FLOOR - 1e-9) == (auroc.weigh(cells, GOOD) >= crossed)
    assert (found.high <= FLOOR + 1e-9) == (auroc.weigh(cells, BAD) >= crossed)
    assert found.level == pytest.approx(0.90)


def test_the_cases_still_needed_suffice_on_average_and_no_fewer_do(making):
    score, y = cases(150, apart=1.0, seed=5)
    cells = making.cells(making.scored(score, y))

    events, needed = auroc.still_needed(cells, GOOD)

    assert needed > 0
    assert events == pytest.approx(needed * y.mean(), abs=1)
    rare = making.cells(making.scored(score[:60], np.arange(60) < 57))
    assert auroc.still_needed(rare, GOOD)[1] >= (30 - 3) / (3 / 60)


def test_an_answer_already_there_needs_nothing_more(making):
    score, y = cases(3000, apart=2.2)

    assert auroc.still_needed(making.cells(making.scored(score, y)), GOOD) == (0, 0)


def test_cells_from_the_tables_are_the_histograms_by_site_and_day(making):
    rows = [
        {"score": 0.0, "y": 0},
        {"score": 1.0, "y": 1},
        {"score": 1.0, "y": 0},
        {"score": 0.5, "y": 1, "evidence_day": 2},
        {"score": 0.5, "y": 1, "known": False},
        {"score": None, "y": 1},
        {"score": 0.3, "y": 1, "outcome": "other"},
    ]

    found = making.gathered(auroc, rows)

    first = found["A", "", 1]
    assert (first.n, first.sn, first.n_missing) == (3, 1.0, 2), "no score is as good as missing"
    assert first.n_unscored == 1, "its outcome is known all the same"
    assert len(first.pos) == len(first.neg) == BINS
    assert (first.pos[-1], first.neg[-1], first.neg[0]) == (1, 1, 1)
    assert sum(first.pos) + sum(first.neg) == 3
    assert found["A", "", 2].pos[BINS // 2] == 1


def test_days_add_up_to_the_whole(making):
    score, y = cases(200, apart=1.0)
    halves = [making.scored(score[i::2], y[i::2]) for i in (0, 1)]
    whole = making.scored(score, y)

    added = halves[0] + halves[1]

    assert (added.pos, added.neg, added.n) == (whole.pos, whole.neg, whole.n)
    assert (added - halves[1]).pos == halves[0].pos
    assert (Sums() - halves[0] + halves[0]).neg == (0,) * BINS


def test_looking_every_day_at_the_floor_itself_is_rarely_fooled(making):
    # P(X > Y) = 0.8 for normal scores this far apart.
    rng, runs, looks, step = np.random.default_rng(11), 300, 20, 30
    apart = 1.190_232
    fooled = 0
    for _ in range(runs):
        y = rng.random(looks * step) < 0.5
        score = expit_of(rng.normal(size=y.size) + apart * y)
        fooled += any(
            auroc.weigh(making.cells(making.scored(score[:n], y[:n])), GOOD) >= math.log(20)
            for n in range(2 * step, y.size + 1, step)
        )

    assert fooled / runs <= 0.06 + 2 * math.sqrt(0.06 * 0.94 / runs)
