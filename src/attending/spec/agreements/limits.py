"""Floors, goals, stop lines and limits agree on which way is worse; freezes run forward.

Reads: Rollout. Says nothing of whether a limit is clinically right; the committee does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attending.spec.agreement import Place
from attending.spec.agreements.columns import parsed_day

if TYPE_CHECKING:
    from collections.abc import Iterator

    from attending.spec.agreement import Declared, Disagreement
    from attending.spec.rollout import Freeze, Rollout

PAIR = 2

Better = dict[tuple[str, str], tuple[str, str]]  # (metric, of) -> (which way, said where)


def limits(declared: Declared) -> Iterator[Disagreement]:
    """Tell which limits contradict themselves or one another, and which freezes do."""
    rollout = declared.rollout
    if rollout is None:
        return
    here = Place("Rollout", rollout.use_case)
    better: Better = {}
    if not rollout.is_silent and not rollout.safety_limits:
        yield here.says(
            "`safety_limits:` is missing (what suspends output without anybody asking); write "
            "`safety_limits: [{safety_limit: …, metric: …, floor: …, stop_line: …}]`",
        )
    yield from _floors_and_goals(rollout, here, better)
    yield from _inside(rollout, here / "gates")
    yield from _stop_lines(rollout, here, better)
    for i, freeze in enumerate(rollout.freezes):
        yield from _freeze(freeze, here / "freezes" / i)


def _floors_and_goals(rollout: Rollout, here: Place, better: Better) -> Iterator[Disagreement]:
    for listed in ("gates", "cautions"):
        for i, rule in enumerate(getattr(rollout, listed)):
            place = here / listed / i
            if rule.floor is None or rule.goal is None:
                continue
            if rule.floor == rule.goal:
                yield (place / "goal").says(
                    f"goal and floor are both {rule.goal:g}; the goal is what was promised, the "
                    "floor the worst that is still acceptable, so write two different numbers",
                )
                continue
            way = "lower" if rule.goal < rule.floor else "higher"
            said = f"{listed}[{i}] (floor {rule.floor:g}, goal {rule.goal:g})"
            first, where = better.setdefault((rule.metric, rule.of), (way, said))
            if first != way:
                yield (place / "goal").says(
                    f"floor {rule.floor:g} and goal {rule.goal:g} say that {way} is better for "
                    f"{_named(rule.metric, rule.of)}, but {where} says {first}; change one",
                )


def _inside(rollout: Rollout, here: Place) -> Iterator[Disagreement]:
    for i, gate in enumerate(rollout.gates):
        if gate.inside is None:
            continue
        place = here / i / "inside"
        if len(gate.inside) != PAIR or gate.inside[0] >= gate.inside[1]:
            yield place.says("write the lowest and the highest acceptable value, as [0.8, 1.25]")
        elif gate.goal is None or not gate.inside[0] < gate.goal < gate.inside[1]:
            low, high = gate.inside
            yield (here / i).says(
                f"a goal between {low:g} and {high:g} is wanted: the value that was promised",
            )
        if gate.floor is not None:
            yield (here / i / "floor").says("has both a floor and inside; keep one")


def _stop_lines(rollout: Rollout, here: Place, better: Better) -> Iterator[Disagreement]:
    for i, limit in enumerate(rollout.safety_limits):
        place = here / "safety_limits" / i / "stop_line"
        floor, line = limit.floor, limit.stop_line
        way, where = better.get((limit.metric, limit.of), ("", ""))
        if line == floor:
            yield place.says(
                f"stop_line and floor are both {floor:g}; the stop line is clearly harmful, the "
                "floor just acceptable, so write two different numbers",
            )
        elif way and (line > floor) != (way == "lower"):
            side = "above" if way == "lower" else "below"
            yield place.says(
                f"stop_line {line:g} is on the good side of floor {floor:g}: {way} is better, as "
                f"{where} says; write a number {side} {floor:g}",
            )


def _named(metric: str, of: str) -> str:
    return f"{metric} of {of}" if of else metric


def _freeze(freeze: Freeze, here: Place) -> Iterator[Disagreement]:
    starts, ends = parsed_day(freeze.starts), parsed_day(freeze.ends)
    for key, day, text in (("starts", starts, freeze.starts), ("ends", ends, freeze.ends)):
        if day is None:
            yield (here / key).says(f"{text!r} is no date; write one such as 2026-10-13")
    if starts and ends and ends < starts:
        yield (here / "ends").says(
            f"the freeze ends on {freeze.ends}, before it starts on {freeze.starts}; swap them",
        )
