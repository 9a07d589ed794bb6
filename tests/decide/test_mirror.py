"""Steps of one size on a metric's own scale."""

from __future__ import annotations

import pytest

from attending.decide.mirror import as_far, mirror


@pytest.mark.parametrize("scale", ["ratio", "difference", "share", "area"])
def test_the_mirror_of_the_mirror_is_the_goal(scale: str) -> None:
    there = mirror(0.80, 0.90, scale)

    assert there < 0.80
    assert mirror(0.80, there, scale) == pytest.approx(0.90)


@pytest.mark.parametrize("scale", ["ratio", "difference", "area"])
def test_as_far_from_itself_is_the_end(scale: str) -> None:
    assert as_far(0.8, origin=0.8, end=0.9, scale=scale) == pytest.approx(0.9)


def test_an_area_never_leaves_its_range() -> None:
    assert 0 < mirror(0.80, 0.999, "area") < mirror(0.80, 0.90, "area")
    assert as_far(0.95, origin=0.6, end=0.95, scale="area") < 1
