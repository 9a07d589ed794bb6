"""Measure: ask every metric the rollout names for the evidence days that changed."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import msgspec

from attending import measure as metrics
from attending import rooms
from attending.clock import stamp
from attending.facts.cells import Cell
from attending.facts.fact import By, Fact
from attending.measure.metric import Metric
from attending.measure.sums import sums_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from attending.loops.parts import Folded, Parts
    from attending.spec.rollout import Rollout
    from attending.spec.use_case import MonitoringRow


@dataclass(frozen=True)
class Named:
    """A metric of one outcome, under the name its cells bear."""

    metric: str
    of: str

    @property
    def name(self) -> str:
        """Give the name: ``outcomes.risk_ratio/composite14``."""
        return f"{self.metric}/{self.of}"


def metric_named(name: str) -> Metric:
    """Fetch a metric from its room; an unknown name is refused."""
    found = rooms.fetch(metrics, name)
    if not isinstance(found, Metric):
        raise TypeError(name)
    return found


def named(rollout: Rollout, monitoring: Iterable[MonitoringRow] = ()) -> tuple[Named, ...]:
    """List the metrics a rollout names, and those monitoring rows do, each once, in order."""
    asked = [Named(line.metric, line.of) for line in rollout.gates]
    asked += [Named(line.metric, line.of) for line in rollout.cautions]
    asked += [Named(line.metric, line.of) for line in rollout.safety_limits]
    asked += [Named(line.metric, line.of) for line in rollout.watch]
    asked += [Named(row.metric, row.of) for row in monitoring]
    return tuple(dict.fromkeys(asked))


def measure(parts: Parts, folded: Folded, day: int) -> int:
    """Write the day's `measured` fact; give how many cells it holds."""
    rollout = parts.folder.rollout
    if rollout is None or folded.measured_to >= day:
        return 0
    cells = gathered(parts, folded, day)
    fact = Fact(
        kind="measured",
        key=f"{parts.use_case}/{rollout.release}/{day}/measured",
        at=stamp(parts.clock.now()),
        by=By(person="platform"),
        use_case=parts.use_case,
        release=rollout.release,
        body={"type": "measured/1", "day": day, "cells": msgspec.to_builtins(cells)},
    )
    parts.pen.append([fact])
    folded.changed = {(o, d) for o, d in folded.changed if d > day}
    return len(cells)


def gathered(parts: Parts, folded: Folded, day: int) -> list[Cell]:
    """Ask for the cells of every day that may have changed; write nothing."""
    rollout = parts.folder.rollout
    if rollout is None:
        return []
    new = range(folded.measured_to + 1, day + 1)
    cells: list[Cell] = []
    for asked in named(rollout, parts.folder.use_case.monitoring):
        days = sorted({*new} | {d for o, d in folded.changed if o == asked.of and d <= day})
        if not days:
            continue
        metric = metric_named(asked.metric)
        gather = partial(metric.gather, parts.lake, asked.of)
        rows = parts.lake.ask(asked.name, gather, use_case=parts.use_case, days=days)
        cells += [_cell(asked.name, row) for row in rows]
    return cells


def _cell(name: str, row: dict[str, object]) -> Cell:
    return Cell(
        site=str(row["site"]),
        subgroup=str(row["subgroup"]),
        arm=str(row["arm"]),
        metric=name,
        day=int(str(row["evidence_day"])),
        sums=sums_of(row),
    )
