"""Judge: every rule of the rollout on every scope, once a day, after the day's facts."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import msgspec

from attending import rooms
from attending.clock import stamp
from attending.decide import cautions, gates, safety_limits
from attending.decide.finding import Scope, find
from attending.decide.mirror import mirror
from attending.decide.plan import members
from attending.decide.rule import Asked, Rule, latch
from attending.decide.validation import RuleToday, find_uncompared
from attending.facts.cells import Bounds, Side
from attending.facts.fact import By, Fact
from attending.facts.verdict import Limits
from attending.facts.verdict import Listed as Kind
from attending.loops.conditions import judge_conditions
from attending.loops.measure import Named, metric_named
from attending.measure.inversion import narrowed
from attending.spec.budget import scopes, shares

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import ModuleType

    from attending.decide.governed import Judged as ConditionJudged
    from attending.facts.cells import Cells
    from attending.facts.estimate import Estimate
    from attending.facts.finding import Finding
    from attending.facts.verdict import Verdict
    from attending.loops.parts import Folded, Parts
    from attending.measure.metric import Metric
    from attending.spec.rollout import Caution, Gate, Rollout, SafetyLimit


class Once:
    """A metric that works out the number of the same cells once a day, not once a rule.

    What an earlier day's interval ruled out stays ruled out.
    """

    def __init__(self, metric: Metric, earlier: Mapping[str, Estimate]) -> None:
        self._metric = metric
        self._earlier = earlier
        self.better: Literal["lower", "higher", "middle"] = metric.better
        self.neutral = metric.neutral
        self.title = metric.title
        self.low_means, self.high_means = metric.low_means, metric.high_means
        self.scale: Literal["ratio", "difference", "share", "area"] = metric.scale
        self._known: dict[str, Estimate] = {}

    def weigh(self, cells: Cells, side: Side) -> float | None:
        """Give ln e for rejecting the side's null."""
        return self._metric.weigh(cells, side)

    def estimate(self, cells: Cells) -> Estimate:
        """Give the number and its doubt."""
        if cells.digest not in self._known:
            today = self._metric.estimate(cells)
            earlier = self._earlier.get(f"{cells.metric} {cells.scope}")
            self._known[cells.digest] = narrowed(today, earlier)
        return self._known[cells.digest]

    def still_needed(self, cells: Cells, side: Side) -> tuple[int, int | None] | None:
        """Give events and cases still wanted."""
        return self._metric.still_needed(cells, side)


@dataclass(frozen=True)
class Listed:
    """One line of the rollout: a rule, what it is asked of, and its limits."""

    rule: Rule
    name: str
    asked: Named
    limits: Limits


def listed(rollout: Rollout) -> list[Listed]:
    """List gates, then cautions, then safety limits, each fetched from its room."""
    found = [_line(gates, g.gate, g) for g in rollout.gates]
    found += [_line(cautions, c.caution, c) for c in rollout.cautions]
    return found + [_line(safety_limits, s.safety_limit, s) for s in rollout.safety_limits]


def _line(room: ModuleType, name: str, line: Gate | Caution | SafetyLimit) -> Listed:
    rule = rooms.fetch(room, name)
    if not isinstance(rule, Rule):
        raise TypeError(name)
    limits = {
        f: getattr(line, f) for f in Limits.__struct_fields__ if getattr(line, f, None) is not None
    }
    return Listed(rule, name, Named(line.metric, line.of), Limits(**limits))


class Judged(NamedTuple):
    """What every rule and condition says on one day, before it is written down."""

    verdicts: list[Verdict]
    findings: list[Finding]
    watched: list[dict[str, Any]]
    conditions: list[ConditionJudged]


def judge(parts: Parts, folded: Folded, day: int) -> list[Verdict]:
    """Write the day's `decided` fact; give its verdicts."""
    rollout = parts.folder.rollout
    if rollout is None or folded.decided_on >= day:
        return list(folded.verdicts.values())
    said = judged(parts, folded, day)
    fact = Fact(
        kind="decided",
        key=f"{parts.use_case}/{rollout.release}/{day}/decided",
        at=stamp(parts.clock.now()),
        by=By(person="platform"),
        use_case=parts.use_case,
        release=rollout.release,
        body={
            "type": "decided/1",
            "day": day,
            "verdicts": msgspec.to_builtins(said.verdicts),
            "findings": msgspec.to_builtins(said.findings),
            "watched": msgspec.to_builtins(said.watched),
            **({"conditions": msgspec.to_builtins(said.conditions)} if said.conditions else {}),
        },
    )
    parts.pen.append([fact])
    return said.verdicts


def judged(parts: Parts, folded: Folded, day: int) -> Judged:
    """Ask every rule on every scope as of a day; write nothing."""
    rollout = parts.folder.rollout
    said = Judged([], [], [], judge_conditions(parts, folded, day))
    if rollout is None:
        return said
    today = _Day(day, listed(rollout), _earlier(folded))
    for scope in scopes(rollout):
        found, finding = _scope(parts, folded, today, scope)
        said.verdicts.extend(found)
        said.findings.extend([finding] if finding is not None else [])
        for line in rollout.watch:
            asked = Named(line.metric, line.of)
            cells = today.cells(parts, folded, asked, scope)
            reading = today.reading(asked.metric)
            said.watched.append(
                {"scope": scope, "metric": asked.name, "estimate": reading.estimate(cells)},
            )
    return said


def _earlier(folded: Folded) -> dict[str, Estimate]:
    return {f"{v.metric} {v.scope}": v.estimate for v in folded.verdicts.values()}


def _bounds(lines: list[Listed], asked: Named, share: Mapping[Kind, float]) -> Bounds | None:
    """Give the questions that end the interval, as the metric's own rules ask them.

    The gate's ends it on one side, the caution's on the other; where no caution watches the
    metric, both are the gate's, which asks in both directions.
    """
    of = [line for line in lines if line.asked == asked]
    gate = next((n for n in of if n.rule.listed == "gate" and n.limits.goal is not None), None)
    caution = next((n for n in of if n.rule.listed == "caution"), None)
    if gate is None:
        return None
    goal = gate.limits.goal or 0.0
    if gate.limits.inside is not None:
        low, high = gate.limits.inside
        return Bounds(Side(low, goal, share["gate"]), Side(high, goal, share["gate"]))
    floor = gate.limits.floor
    if floor is None:
        return None
    metric = metric_named(asked.metric)
    worse = Side(floor, goal, share["gate"])
    if caution is None:
        short = Side(floor, mirror(floor, goal, metric.scale), share["gate"])
    else:
        short = Side(caution.limits.goal or 0.0, caution.limits.floor or 0.0, share["caution"])
    return Bounds(short, worse) if metric.better == "lower" else Bounds(worse, short)


@dataclass(frozen=True)
class _Day:
    day: int
    lines: list[Listed]
    earlier: Mapping[str, Estimate]
    readings: dict[str, Once] = field(default_factory=dict)
    known: dict[tuple[str, str], Cells] = field(default_factory=dict)

    def cells(self, parts: Parts, folded: Folded, asked: Named, scope: str) -> Cells:
        """Give the sums of a metric in a scope; several rules ask for the same ones."""
        key = (asked.name, scope)
        if key not in self.known:
            rollout = parts.folder.rollout
            sites = members(rollout, scope) if rollout is not None else ()
            self.known[key] = folded.tally.cells(asked.name, scope, sites, design=parts.design)
        return self.known[key]

    def reading(self, metric: str) -> Once:
        if metric not in self.readings:
            self.readings[metric] = Once(metric_named(metric), self.earlier)
        return self.readings[metric]


def _scope(
    parts: Parts,
    folded: Folded,
    today: _Day,
    scope: str,
) -> tuple[list[Verdict], Finding | None]:
    rollout = parts.folder.rollout
    if rollout is None:
        return [], None
    share = shares(rollout)[scope]
    verdicts: list[Verdict] = []
    rules: list[RuleToday] = []
    deciding: tuple[Once, Cells, Limits] | None = None
    for line in today.lines:
        reading = today.reading(line.asked.metric)
        bounds = _bounds(today.lines, line.asked, share)
        cells = today.cells(parts, folded, line.asked, scope)
        cells = msgspec.structs.replace(cells, bounds=bounds)
        asked = Asked(
            cells=cells,
            limits=line.limits,
            share=share[line.rule.listed],
            as_of=today.day,
        )
        earlier = folded.verdicts.get((line.rule.listed, line.name, line.asked.name, scope))
        verdicts.append(latch(line.rule.judge(asked, reading), earlier))
        rules.append(RuleToday(reading, line.limits, verdicts[-1]))
        if deciding is None and line.limits.goal is not None:
            deciding = (reading, cells, line.limits)
    if rollout.is_silent or (deciding is not None and deciding[0].neutral is None):
        return verdicts, find_uncompared(scope, rules)
    if deciding is None:
        return verdicts, None
    reading, cells, limits = deciding
    about = Scope(cells, reading.estimate(cells), limits, verdicts, today.day)
    return verdicts, find(about, reading, folded.findings.get(scope))
