from __future__ import annotations

import pytest

from attending.decide.interlocks.monitoring_silent import monitoring_silent


def test_each_row_must_have_reported_from_each_site_that_goes_live(making, trips):
    seen = making.reporting(making.day)
    del seen[making.ratio, "Birch"]
    assert trips(monitoring_silent, reported=seen) == [
        f"{making.ratio} has never reported from Birch"
    ]


@pytest.mark.parametrize(("age", "tripped"), [(7, False), (8, True)])
def test_what_reported_once_and_then_fell_silent_does_not_count(making, trips, age, tripped):
    seen = making.reporting(making.day) | {
        (making.known, "Birch"): making.reported(10, 10, making.day - age)
    }
    assert bool(trips(monitoring_silent, reported=seen)) is tripped


def test_a_site_that_only_answers_silently_need_not_report(making, trips):
    silent = making.change(mode=("off", "silent"), share=(0.0, 0.0))
    assert trips(monitoring_silent, reported={}, plan=making.plan(changes=(silent,))) == []
