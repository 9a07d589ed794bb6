"""Rules as people read them: the sentence that is true when safe, with its limits in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attending import rooms
from attending.console.words import opened
from attending.decide import cautions, gates, safety_limits
from attending.decide.gates.evidence_fresh import FRESH_DAYS
from attending.decide.rule import Rule
from attending.decide.words import number
from attending.loops.measure import metric_named

if TYPE_CHECKING:
    from types import ModuleType

    from attending.admit import Folder
    from attending.facts.verdict import Listed

ROOMS: dict[str, ModuleType] = {
    "gate": gates,
    "caution": cautions,
    "safety_limit": safety_limits,
}


def sentence(listed: Listed, rule: str, metric: str, folder: Folder | None) -> str:
    """Give a rule's sentence: ``It is no worse than 1.25``.

    Parameters
    ----------
    listed, rule, metric
        Which rule, on which metric, as a verdict names them.
    folder
        The specs it was declared in; without them its bare name is all there is.

    """
    found = rooms.fetch(ROOMS[listed], rule)
    limits = _limits(listed, rule, metric, folder)
    if not isinstance(found, Rule) or limits is None:
        return opened(rule.replace("_", " "))
    return opened(f"it {found.sentence.format(**limits)}")


def _limits(
    listed: Listed, rule: str, metric: str, folder: Folder | None
) -> dict[str, object] | None:
    """Give the limits a rule was declared with, as its sentence names them."""
    rollout = folder.rollout if folder is not None else None
    if rollout is None:
        return None
    lines: list[Any] = [*rollout.gates, *rollout.cautions, *rollout.safety_limits]
    for line in lines:
        if getattr(line, listed, None) == rule and f"{line.metric}/{line.of}" == metric:
            scale = metric_named(line.metric).scale
            told = {n: getattr(line, n, None) for n in ("floor", "goal", "stop_line")}
            days = {"at_least": getattr(line, "at_least", None)}
            days["fresh_days"] = getattr(line, "fresh_days", None) or FRESH_DAYS
            ends = getattr(line, "inside", None) or ()
            inside = " to ".join(number(end, scale) for end in ends)
            written = {n: number(v, scale) for n, v in told.items() if v is not None}
            return {**days, **written, "inside": inside}
    return None
