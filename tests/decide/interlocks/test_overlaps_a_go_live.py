from __future__ import annotations

import pytest

from attending.decide.interlock import GoLive
from attending.decide.interlocks.overlaps_a_go_live import overlaps_a_go_live


@pytest.mark.parametrize(
    ("use_case", "site", "ago", "tripped"),
    [
        ("sepsis", "Birch", 0, True),
        ("sepsis", "Birch", 6, True),
        ("sepsis", "Birch", 7, False),
        ("sepsis", "Elm", 0, False),
        ("falls", "Birch", 0, False),
    ],
)
def test_one_new_tool_a_week(making, trips, use_case, site, ago, tripped):
    other = GoLive(use_case, site, making.day - ago)
    assert bool(trips(overlaps_a_go_live, elsewhere=(other,))) is tripped
