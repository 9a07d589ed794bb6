"""Which arm saw the answer is read, never guessed."""

from __future__ import annotations

from typing import Any

import pytest

from attending.errors import Refused
from attending.ingest.arms import design
from attending.spec.source import ArmColumn, CaseColumns, DayColumn, DisplayColumn, MappedColumn
from attending.spec.source import Source as SourceSpec


def source(names: tuple[str, str], shown: str | None, *, column: str = "a") -> Any:
    arm = ArmColumn(
        column="a",
        map={"1": names[0], "0": names[1]},
        probability={names[0]: 0.6, names[1]: 0.4},
    )
    words = {"1": "shown", "0": "silent"} if shown == "1" else {"1": "silent", "0": "shown"}
    display = None if shown is None else DisplayColumn(column=column, map=words)
    cases = CaseColumns(
        case="id",
        site=MappedColumn(column="h"),
        day=DayColumn(column="t", days_since="site_launch"),
        arm=arm,
        display=display,
    )
    return SourceSpec(kind="Source", cases=cases, outcomes={})


def test_the_exposed_arm_is_the_one_that_was_shown_the_answer() -> None:
    found = design(source(("x", "y"), "0"))

    assert found is not None
    assert (found.exposed, found.comparison, found.probability) == ("y", "x", 0.4)


def test_without_a_display_the_arm_named_usual_is_the_comparison() -> None:
    found = design(source(("usual", "y"), None))

    assert found is not None
    assert (found.exposed, found.comparison) == ("y", "usual")


def test_arms_that_cannot_be_told_apart_are_refused() -> None:
    with pytest.raises(Refused, match="cannot tell which of x and y"):
        design(source(("x", "y"), None))
