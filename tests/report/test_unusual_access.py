"""Days worth looking into are found, and chance alone seldom sends anybody looking."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest

from attending.report.data.unusual_access import A_YEAR, Look, unusual

FIRST = date(2026, 1, 1)
PEOPLE, PATIENTS, DAYS = 16, 2000, 120


def ordinary(seed, *, mean=5.0, days=DAYS):
    """Give looks of people who each see about as many patients a day, drawn by chance."""
    chance, looks = np.random.default_rng(seed), []
    for d in range(days):
        for p in range(PEOPLE):
            for _ in range(chance.poisson(mean)):
                patient = f"x{chance.integers(PATIENTS)}"
                looks.append(Look(len(looks), f"p{p}", patient, FIRST + timedelta(days=d)))
    return looks


def test_by_chance_alone_no_more_days_are_flagged_than_an_owner_is_asked_to_bear():
    flagged = sum(len(unusual(ordinary(seed))) for seed in range(5))
    assert flagged <= 5 * A_YEAR * DAYS / 365


@pytest.mark.parametrize("n", [25, 60])
def test_somebody_who_looks_through_many_is_named_on_that_day(n):
    on = FIRST + timedelta(days=90)
    looks = ordinary(1)
    looks += [Look(10**6 + k, "p3", f"y{k}", on) for k in range(n)]
    (day,) = unusual(looks)
    assert (day.whose, day.who, day.on) == ("person", "p3", on)
    assert day.n >= n
    assert 4 < day.usual < 8
    assert {*range(10**6, 10**6 + n)} <= {*day.cites}


def test_a_patient_whom_everybody_looks_at_is_named():
    on = FIRST + timedelta(days=90)
    looks = ordinary(2) + [Look(10**6 + k, f"p{k}", "well known", on) for k in range(14)]
    assert [(d.whose, d.who, d.on, d.n) for d in unusual(looks)] == [
        ("patient", "well known", on, 14)
    ]


def test_what_is_usual_for_somebody_is_not_held_against_them():
    busy = [look for look in ordinary(3, mean=40.0) if look.person == "p0"]
    others = [look for look in ordinary(4) if look.person != "p0"]
    assert not [
        day
        for day in unusual(busy + others)
        if day.who == "p0" and day.on > FIRST + timedelta(days=40)
    ]


@pytest.mark.parametrize("usual", [10, 1000])
def test_a_day_quieter_than_usual_is_never_one_to_look_into(usual):
    n_on = [usual] * 10 + [2]
    looks = [
        Look(d * usual + k, "p0", f"x{k}", FIRST + timedelta(days=d))
        for d, n in enumerate(n_on)
        for k in range(n)
    ]
    assert not unusual(looks)


def test_later_days_change_nothing_that_was_said_and_the_first_days_are_judged_by_none():
    looks = ordinary(5) + [Look(10**6 + k, "p3", f"y{k}", FIRST) for k in range(80)]
    looks += [Look(2 * 10**6 + k, "p4", f"y{k}", FIRST + timedelta(days=60)) for k in range(50)]
    whole = unusual(looks)
    until = FIRST + timedelta(days=60)
    assert unusual(look for look in looks if look.on <= until) == [
        d for d in whole if d.on <= until
    ]
    assert [d.who for d in whole] == ["p4"]
