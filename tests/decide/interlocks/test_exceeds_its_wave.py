from __future__ import annotations

import pytest

from attending.decide.interlocks.exceeds_its_wave import exceeds_its_wave


@pytest.mark.parametrize(
    "over",
    [
        {"site": "Elm", "mode": ("off", "live"), "release": (None, "falls-1")},
        {"unit": "icu", "mode": ("off", "live"), "release": (None, "falls-1")},
        {"release": ("falls-1", "falls-2")},
        {"share": (0.0, 0.6)},
        {"users": ((), ("nurse-9",))},
        {"weekly_case_cap": (None, 31)},
        {"weekly_case_cap": (None, None)},
        {"mode": ("live", "live")},
        {"release": ("falls-0", "falls-1")},
    ],
    ids=str,
)
def test_nothing_is_added_that_was_not_written_down(making, trips, over):
    assert trips(exceeds_its_wave) == []
    assert trips(exceeds_its_wave, plan=making.plan(changes=(making.change(**over),)))


def test_what_stands_already_is_kept(making, trips):
    standing = making.standing(
        spots={("Birch", "*"): making.spot("falls-1", "live", 0.8, ("nurse-1",))}
    )
    kept = making.change(
        mode=("live", "live"), share=(0.8, 0.8), users=(("nurse-1",), ("nurse-1",))
    )
    plan = making.plan(changes=(kept,))
    assert trips(exceeds_its_wave, plan=plan, standing=standing) == []
