from __future__ import annotations

import pytest

from attending.decide.interlocks.outcomes_incomplete import outcomes_incomplete


@pytest.mark.parametrize(("known", "tripped"), [(100, False), (95, False), (94, True), (0, True)])
def test_ninety_five_in_a_hundred_are_known(making, trips, known, tripped):
    seen = making.reporting(making.day) | {
        (making.ratio, "Alder"): making.reported(100, known, making.day)
    }
    assert bool(trips(outcomes_incomplete, reported=seen)) is tripped


def test_the_new_site_owes_nothing_yet(making, trips):
    seen = making.reporting(making.day) | {
        (making.ratio, "Birch"): making.reported(100, 1, making.day)
    }
    assert trips(outcomes_incomplete, reported=seen) == []
