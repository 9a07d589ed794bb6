from __future__ import annotations

import pytest

from attending.decide.interlocks.opens_too_soon import opens_too_soon


@pytest.mark.parametrize(("opened", "tripped"), [(26, False), (27, True), (40, True)])
def test_the_wave_before_is_open_for_its_minimum(making, trips, opened, tripped):
    standing = making.standing(waves={"one": opened})
    assert bool(trips(opens_too_soon, standing=standing)) is tripped


def test_a_site_that_returns_waits_for_no_wave(making, trips):
    assert trips(opens_too_soon, standing=making.standing(waves={"one": 39, "two": 40})) == []
