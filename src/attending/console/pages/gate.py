"""May it open, and what is missing? One scope's evidence, rule by rule.

It reads the verdicts of the day looked at. The picture is drawn from the estimates of the
same facts, day by day, and the sentences are those the verdicts were written with.

It does not tell what to do: people decide that, and sign a plan.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attending.console.access import reads
from attending.console.charts.confidence_sequence import (
    Drawn,
    Line,
    Mark,
    Point,
    confidence_sequence,
)
from attending.console.page import Page
from attending.console.rules import sentence
from attending.console.telling import gate_spec, scopes
from attending.console.words import listed, odds, opened, verdict_tag
from attending.decide.words import number
from attending.errors import NoSuchName

if TYPE_CHECKING:
    from attending.admit import Folder
    from attending.console.chart import Chart
    from attending.console.course import Course
    from attending.console.page import Asked, Shown
    from attending.console.telling import Scope
    from attending.facts.verdict import Verdict

NEUTRAL = {"ratio": 1.0, "difference": 0.0}


def show(asked: Asked) -> Shown:
    """Give the finding, its picture, the rules and what is missing."""
    course = asked.course(asked.path["use_case"])
    folder = asked.folder(course)
    name = asked.scope(course, asked.path["scope"])
    told = scopes(course, folder)
    scope = next((s for s in told if s.name == name), None)
    if scope is None:
        raise NoSuchName(name, f"the findings of {course.name}", [s.name for s in told])
    chart = drawn(course, scope, folder)
    return {
        "course": course,
        "scope": scope,
        "others": [(s.name, s.title, s.tag) for s in told],
        "charts": [chart] if chart.rows else [],
        "rules": [_rule(v, course, folder) for v in scope.verdicts],
        "specs": folder is not None,
    }


def _rule(verdict: Verdict, course: Course, folder: Folder | None) -> dict[str, Any]:
    settled = _when_settled(verdict, course)
    asked = verdict.ln_e_for is not None or verdict.ln_e_against is not None
    return {
        "listed": verdict.listed.replace("_", " "),
        "sentence": sentence(verdict.listed, verdict.rule, verdict.metric, folder),
        "tag": verdict_tag(verdict),
        "because": (settled[1] if settled else verdict).because,
        "settled_on": verdict.settled_on,
        "stays": verdict.settled_on is not None and verdict.settled_on < verdict.as_of,
        "settled_in": settled[0] if settled else None,
        "for": odds(verdict.ln_e_for),
        "against": odds(verdict.ln_e_against),
        "wanted": odds(verdict.ln_threshold) if asked else "",
    }


def _when_settled(verdict: Verdict, course: Course) -> tuple[int, Verdict] | None:
    """Give the verdict of the day that settled it: what it stays for, whatever comes."""
    for day in course.decided:
        if day.day == verdict.settled_on:
            same = (verdict.listed, verdict.rule, verdict.metric)
            found = [v for v in day.of(verdict.scope) if (v.listed, v.rule, v.metric) == same]
            return (day.index, found[0]) if found else None
    return None


def drawn(course: Course, scope: Scope, folder: Folder | None) -> Chart:
    """Draw the deciding metric's estimates, one for each day that was decided."""
    points = [
        Point(day.day, day.index, verdict.estimate)
        for day in course.decided
        for verdict in day.of(scope.name)
        if (verdict.rule, verdict.metric) == (scope.deciding.rule, scope.deciding.metric)
    ]
    level = scope.deciding.estimate.level
    about = f"{100 * level:.0f} % confidence sequence: it holds at every look, so looking is free"
    title = f"{opened(scope.title)}: {scope.told['finding']}"
    return confidence_sequence(
        title,
        about,
        points,
        Drawn(scope.scale, _unit(scope), _lines(scope, folder), _marks(scope, folder)),
    )


def _unit(scope: Scope) -> str:
    return scope.metric.rpartition(".")[2].replace("_", " ")


def _lines(scope: Scope, folder: Folder | None) -> list[Line]:
    lines = []
    neutral = NEUTRAL.get(scope.scale)
    if neutral is not None:
        lines.append(Line(neutral, "usual care", "neutral"))
    gate = gate_spec(folder)
    if gate is not None and gate.floor is not None:
        lines.append(Line(gate.floor, f"floor {number(gate.floor, scope.scale)}", "floor"))
    if gate is not None and gate.goal is not None:
        lines.append(Line(gate.goal, f"goal {number(gate.goal, scope.scale)}", "goal"))
    return lines


def _marks(scope: Scope, folder: Folder | None) -> list[Mark]:
    """Mark each rule that was settled, on the limit it is about."""
    gate = gate_spec(folder)
    if gate is None or gate.floor is None or gate.goal is None:
        return []
    found: dict[tuple[int, float], list[str]] = {}
    for v in scope.verdicts:
        if v.settled_on is None or v.metric != scope.deciding.metric:
            continue
        at = gate.goal if v.listed == "caution" else gate.floor
        word = verdict_tag(v).word if v.listed == "gate" else "crossed"
        found.setdefault((v.settled_on, at), []).append(f"{v.listed.replace('_', ' ')} {word}")
    return [Mark(day, at, f"{listed(words)}, day {day},") for (day, at), words in found.items()]


gate = Page(
    path="/gates/{use_case}/{scope}",
    question="May it open, and what is missing?",
    show=show,
    under="/use-cases",
    needs=reads("evidence"),
    narrows=True,
)
