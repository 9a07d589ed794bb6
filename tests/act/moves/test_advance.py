from __future__ import annotations

import pytest


def test_a_wave_that_goes_live_is_an_advance_and_nothing_else(making, fitting):
    assert fitting(making.kinds["advance"]) == ["advance"]


def test_a_wave_may_be_one_of_silence(making, fitting):
    plan = making.plan(wave="one", changes=(making.change("off", "silent"),))
    assert fitting(plan) == ["advance"]


@pytest.mark.parametrize(
    "over",
    [
        {"changes": "from suspended"},
        {"expansion": ("moving", "held")},
        {"wave": ""},
        {"changes": ()},
    ],
    ids=str,
)
def test_what_is_suspended_held_or_names_no_wave_does_not_advance(making, fitting, over):
    if over.get("changes"):
        over = {"changes": (making.change("suspended", "live"),)}
    given = {"wave": "one", "changes": (making.change("silent", "live"),)} | over
    assert "advance" not in fitting(making.plan(**given))
