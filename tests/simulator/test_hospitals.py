"""The simulated hospitals hold what is said to be planted there, and nothing else."""

from __future__ import annotations

import json

import numpy as np
import pytest

from attending.simulator.hospitals import (
    TERN_VALLEY,
    patients,
    risk,
)
from attending.simulator.weeks import DAYS, date_of
from attending.simulator.world import Patients, _request

BY_NAME = {hospital.name: hospital for hospital in TERN_VALLEY}


def drawn(name, days, *, seed=1, planted=True):
    each = [patients(BY_NAME[name], day, seed=seed, planted=planted) for day in days]
    return Patients(*(np.concatenate(parts) for parts in zip(*map(parts_of, each), strict=True)))


def parts_of(there):
    return there.reported, there.septic, there.acts


def area(there):
    score = risk(there.reported)
    with_it, without = score[there.septic], score[~there.septic]
    return float(np.mean(with_it[:, None] > without[None, :]))


def observed_to_expected(there):
    return there.septic.sum() / risk(there.reported).sum()


def several(name, days, seeds=range(20)):
    """Give the same days of several worlds as one, so that chance is small beside the effect."""
    each = [parts_of(drawn(name, days, seed=seed)) for seed in seeds]
    return Patients(*(np.concatenate(parts) for parts in zip(*each, strict=True)))


def test_a_day_is_the_same_whatever_was_drawn_before():
    first = drawn("Larch", range(40, 41))
    patients.cache_clear()
    drawn("Alder", range(30))
    again = drawn("Larch", range(40, 41))

    assert np.array_equal(first.reported, again.reported)
    assert np.array_equal(first.septic, again.septic)


def test_worlds_of_different_seeds_differ():
    assert not np.array_equal(
        drawn("Alder", range(9), seed=1).acts[:50], drawn("Alder", range(9), seed=2).acts[:50]
    )


def test_at_larch_the_score_stops_telling_patients_apart_on_the_planted_day():
    from_day = BY_NAME["Larch"].mixed_up_from

    assert area(several("Larch", range(from_day))) > 0.88
    assert area(several("Larch", range(from_day, DAYS))) < 0.62


def test_at_spruce_patients_are_sicker_and_the_score_is_as_right_as_before():
    from_day = BY_NAME["Spruce"].sicker_from
    before = several("Spruce", range(from_day))
    after = several("Spruce", range(from_day, DAYS))

    assert after.septic.mean() > before.septic.mean() + 0.05
    for there in (before, after):
        assert area(there) > 0.88
        assert observed_to_expected(there) == pytest.approx(1, abs=0.06)


def test_hazels_bad_fortnight_looks_bad_and_is_chance():
    first, last = BY_NAME["Hazel"].bad_fortnight
    usual = [area(drawn("Hazel", range(first - 14, first), seed=seed)) for seed in range(12)]
    bad = [area(drawn("Hazel", range(first, last), seed=seed)) for seed in range(12)]

    assert np.mean(bad) < np.mean(usual) - 0.05
    there = several("Hazel", range(first, last), seeds=range(12))
    assert observed_to_expected(there) == pytest.approx(1, abs=0.15)  # the risks are still right


def test_where_nothing_is_planted_nothing_is_anywhere():
    for name in ("Larch", "Spruce", "Hazel"):
        each = [parts_of(drawn(name, range(DAYS), seed=seed, planted=False)) for seed in range(8)]
        there = Patients(*(np.concatenate(parts) for parts in zip(*each, strict=True)))

        assert area(there) > 0.88
        assert there.septic.mean() == pytest.approx(0.245, abs=0.02)


def test_a_call_says_nothing_of_the_truth():
    there = patients(BY_NAME["Larch"], 50, seed=1, planted=True)
    told = json.dumps(_request(BY_NAME["Larch"], 50, 0, there))

    for word in ("septic", "mixed", "planted", "risk", "true"):
        assert word not in told


def test_the_story_is_told_on_tuesday_the_thirteenth_of_october_2026():
    assert f"{date_of(DAYS):%A %d %B %Y}" == "Tuesday 13 October 2026"
