"""A metric that says what a test wants it to, and cells to say it of."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import pytest

from attending.decide.rule import Asked
from attending.facts.cells import Cells, Side, Sums
from attending.facts.estimate import Estimate
from attending.facts.verdict import Limits

CROSSED, SHARE = math.log(20), 0.05


@dataclass
class Told:
    """A reading whose evidence is written down beforehand, by the null and the direction."""

    says: dict[tuple[float, bool], float | None] = field(default_factory=dict)
    scale: str = "ratio"
    better: str = "lower"
    needs: dict[float, tuple[int, int | None] | None] = field(default_factory=dict)
    neutral: float | None = None
    title: str = "a number"
    low_means: str = "It is low."
    high_means: str = "It is high."
    asked: list[Side] = field(default_factory=list)

    def weigh(self, cells: Cells, side: Side) -> float | None:
        self.asked.append(side)
        return self.says.get((side.null, side.toward > side.null), 0.0)

    def estimate(self, cells: Cells) -> Estimate:
        total = cells.total()
        return Estimate(1.1, 0.9, 1.3, total.n, int(total.sn), 1.0, 0, 9, total.n, 0)

    def still_needed(self, cells: Cells, side: Side) -> tuple[int, int | None] | None:
        return self.needs.get(side.null, (5, 10))


def asked(
    limits: dict[str, Any], *, n: int = 100, missing: int = 0, to_on: int | None = 9
) -> Asked:
    cells = Cells(
        metric="m/bad",
        scope="A",
        by_arm={"": Sums(n=n, sn=n / 2, sd=n, n_missing=missing)},
        from_on=None if to_on is None else 0,
        to_on=to_on,
        digest="0" * 64,
    )
    return Asked(cells, Limits(**limits), SHARE, 12)


class Making:
    """What a test makes its questions with."""

    told = Told
    asked = staticmethod(asked)
    crossed = CROSSED


@pytest.fixture(scope="session")
def making() -> type[Making]:
    """Give the builders."""
    return Making
