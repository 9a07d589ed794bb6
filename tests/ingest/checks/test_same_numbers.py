"""Numbers that creep within their range are found; restless, tied or heavy-tailed ones are not."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binomtest

from attending.ingest.columns.level import ALARM_DAYS
from attending.ingest.columns.place import moved

LINE = {"check": "same_numbers", "column": "a"}
BASELINE, DAYS, ROWS = 28, 120, 80
STREAMS, WARDS, PLANTED = 240, 120, 60


def binned(rows):
    """Count the rows of each day, shape (days, rows), by their place among the first deciles."""
    first = np.sort(rows.ravel()[:2000])
    deciles = first[len(first) * np.arange(1, 10) // 10]
    place = np.searchsorted(deciles, rows, "right") + np.searchsorted(deciles, rows, "left")
    return np.array([np.bincount(day, minlength=19) for day in place], dtype=float).T


def normal(chance, days):
    return chance.normal(size=(days, ROWS))


def heavy(chance, days):
    """Give rows without a variance."""
    return chance.standard_t(1.5, size=(days, ROWS))


def tied(chance, days):
    return chance.poisson(1.2, size=(days, ROWS)).astype(float)


def restless(chance, days):
    """Give days that differ, and weekends that do every week."""
    week = np.where(np.arange(days) % 7 >= 5, 0.25, 0.0)
    return chance.normal(size=(days, ROWS)) + (week + chance.normal(0, 0.1, days))[:, None]


CLEAN = {"normal": normal, "heavy": heavy, "tied": tied, "restless": restless}


def test_clean_streams_raise_fewer_alarms_than_are_declared():
    alarms = dict.fromkeys(CLEAN, 0)
    for seed in range(STREAMS):
        kind = list(CLEAN)[seed % len(CLEAN)]
        rows = CLEAN[kind](np.random.default_rng(seed), BASELINE + DAYS)
        alarms[kind] += moved(binned(rows), tolerated=0.05).stands.since > BASELINE

    highest = binomtest(sum(alarms.values()), STREAMS).proportion_ci(0.9).high
    assert highest <= DAYS / ALARM_DAYS, alarms


def test_a_ward_of_few_patients_who_stay_raises_no_more_alarms_than_are_declared():
    """Twenty beds, ten rows a day of each patient: many rows, and few strangers among them."""
    alarms = 0
    for seed in range(WARDS):
        chance, days = np.random.default_rng(seed), []
        patients = chance.normal(size=20)
        for _ in range(BASELINE + DAYS):
            leaves = chance.random(20) < 0.2
            patients = np.where(leaves, chance.normal(size=20), patients)
            days.append((patients[:, None] * 0.9 + chance.normal(0, 0.45, (20, 10))).ravel())
        alarms += moved(binned(np.array(days)), tolerated=0.05).stands.since > BASELINE

    declared = DAYS / ALARM_DAYS
    assert binomtest(alarms, WARDS, declared, alternative="greater").pvalue > 0.05, alarms


@pytest.mark.parametrize(("kind", "share"), [("normal", 0.95), ("heavy", 0.9), ("restless", 0.6)])
def test_a_creep_of_half_a_spread_is_found_in_most_streams(kind, share, capsys):
    """Half of the distance from the median to the 84th percentile, over forty days."""
    delays = []
    for seed in range(PLANTED):
        rows = CLEAN[kind](np.random.default_rng(seed), BASELINE + DAYS)
        spread = np.subtract(*np.quantile(rows, [0.8413, 0.5]))
        creeps = np.clip((np.arange(BASELINE + DAYS) - BASELINE - 10) / 40, 0, 1)
        found = moved(binned(rows + 0.5 * spread * creeps[:, None]), tolerated=0.05)
        if found.stands.state == "breach":
            delays.append(found.stands.since - BASELINE - 10)

    with capsys.disabled():
        print(f"\n{kind}: {len(delays)} of {PLANTED}, after {np.median(delays):.0f} days")
    assert min(delays) > 0
    assert len(delays) >= share * PLANTED


def column(seed=1):
    """Give 90 days of 100 numbers that come to lie higher, by half of their spread, from day 40."""
    a = np.random.default_rng(seed).normal(80, 10, 9000)
    return a + 5 * np.clip((np.arange(9000) - 4000) / 2000, 0, 1)


def told(numbers):
    return [f"{number:.1f}" for number in numbers]


def test_a_planted_creep_is_found_after_it_begins_and_at_its_site_alone(ask):
    site = np.where(np.arange(18000) % 2, "south", "north").tolist()
    still = np.random.default_rng(7).normal(80, 10, 9000)
    both = np.column_stack([column(), still]).ravel()

    north, south = ask({"site": site, "a": told(both)}, LINE, site="site", rows_a_day=100)

    assert (north.site, north.state, south.state) == ("north", "breach", "ok")
    assert 4000 < north.since_row <= 7000
    assert north.num_violated > 0.05 * north.num_denominator
    assert (north.from_, north.to) == (8300, 9000)  # what is counted are the last seven days


def test_the_same_rows_shuffled_give_no_finding(ask):
    [result] = ask(
        {"a": told(np.random.default_rng(2).permutation(column()))}, LINE, rows_a_day=100
    )

    assert result.state == "ok"


@pytest.mark.parametrize("factor", [0.55, 1.8])
def test_numbers_that_lie_closer_or_further_apart_are_found(ask, factor):
    a = np.random.default_rng(3).normal(80, 10, 9000)
    a[5000:] = 80 + (a[5000:] - 80) * factor

    [result] = ask({"a": told(a)}, LINE, rows_a_day=100)

    assert result.state == "breach"
    assert result.since_row > 5000


def test_numbers_that_are_back_where_they_were_are_found_no_longer(ask):
    a = np.random.default_rng(4).normal(80, 10, 9000)
    a[4000:6000] += 8

    [result] = ask({"a": told(a)}, LINE, rows_a_day=100)

    assert result.state == "ok"
    assert 6000 < result.since_row < 7500


def test_a_trifle_is_not_told_however_many_rows_a_day():
    """A tenth of a standard deviation, at 20,000 rows a day."""
    chance, counts = np.random.default_rng(5), []
    for day in range(BASELINE + DAYS):
        rows = chance.normal(0.1 if day >= BASELINE else 0.0, 1, 20_000)
        counts.append(rows)

    assert moved(binned(np.array(counts)), tolerated=0.05).stands.state == "ok"


def test_one_restless_day_of_a_large_site_is_no_finding():
    """Half a standard deviation, on one day of 20,000 rows."""
    days = np.random.default_rng(6).normal(size=(BASELINE + 10, 20_000))
    days[BASELINE + 4] += 0.5

    stands = moved(binned(days), tolerated=0.05).stands

    assert (stands.state, stands.since) == ("ok", BASELINE)


def test_a_constant_that_falls_is_a_change_and_its_ties_hide_none(ask):
    [result] = ask({"a": ["1"] * 4000 + ["0"] * 2000}, LINE, rows_a_day=100)

    assert result.state == "breach"
    assert 4000 < result.since_row <= 5000


def test_too_few_rows_are_no_finding_and_text_is_an_error(ask):
    lines = [{**LINE, "column": name} for name in "ab"]
    columns = {"a": told(column())[:2700], "b": ["high", "low", "1"] + ["none"] * 2697}

    few, text = ask(columns, *lines, rows_a_day=100)

    assert (few.state, text.state) == ("too_few", "error")
