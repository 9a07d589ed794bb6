"""The waves of a rollout, and what the next one waits for: gate by gate, in cases and days.

Whether anything is wanting is asked of `decide.proof`, as the planner asks it; here it is
only put in people's words, with the number of cases beside it where one is known.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, cast

import msgspec

from attending.console.rules import sentence
from attending.console.words import Tag, in_days, listed, many, verdict_tag
from attending.decide.proof import after, waiting, wanting
from attending.report.scope import needed_by_gates

if TYPE_CHECKING:
    from collections.abc import Sequence

    from attending.admit import Folder
    from attending.console.course import Course
    from attending.decide.standing import Standing
    from attending.facts.estimate import Estimate
    from attending.facts.verdict import Verdict
    from attending.spec.rollout import Gate, Rollout

OPENED = Tag("opened", "✓", "teal")
READY = Tag("ready", "▸", "blue")
NEXT = Tag("next", "◇", "plain")
LATER = Tag("later", "○", "plain")
NOT_JUDGED = Tag("not judged", "?", "ochre")


@dataclass(frozen=True)
class Lack:
    """One gate that is not met at one site.

    Attributes
    ----------
    scope, title
        The site, as written and as people say it.
    rule, tag
        The gate's sentence, and what it says today.
    because, more
        Why, and what it would still take.

    """

    scope: str
    title: str
    rule: str
    tag: Tag
    because: str
    more: str


@dataclass(frozen=True)
class Step:
    """One wave.

    Attributes
    ----------
    name, sites
        What people call it, and where it goes.
    tag, since
        Open, next or later; and the day it was opened.
    waits
        What it waits for besides gates, a sentence each.
    lacks
        The gates it waits for.

    """

    name: str
    sites: str
    tag: Tag
    since: int | None = None
    waits: tuple[str, ...] = ()
    lacks: tuple[Lack, ...] = ()


def steps(course: Course, folder: Folder | None, standing: Standing) -> list[Step]:
    """Tell of every wave, in order; none where the specs are not known."""
    rollout = folder.rollout if folder is not None else None
    if rollout is None:
        return []
    ahead, _ = after(rollout, standing)
    made, before = [], ""
    for wave in rollout.waves:
        sites = listed([course.title_of(site) for site in wave.sites])
        opened_on = standing.waves.get(wave.name)
        if wave is ahead:
            made.append(_next(course, folder, standing, Step(wave.name, sites, NEXT)))
        elif opened_on is not None:
            made.append(Step(wave.name, sites, OPENED, since=opened_on))
        else:
            made.append(Step(wave.name, sites, LATER, waits=(f"It comes after {before}.",)))
        before = wave.name
    return made


def _next(course: Course, folder: Folder | None, standing: Standing, step: Step) -> Step:
    rollout = cast("Rollout", folder.rollout if folder is not None else None)
    today, last = course.today, after(rollout, standing)[1]
    day, verdicts = (today.day, today.verdicts) if today is not None else (0, ())
    if not waiting(rollout, standing, verdicts, day=day):
        return replace(step, tag=READY)
    waits = ["The rollout is held; it must be resumed first."] if standing.holds else []
    lacks: list[Lack] = []
    if last is not None:
        early = last.minimum_days - (day - standing.waves[last.name])
        if early > 0:
            waits.append(f"{many(early, 'more day')} of {last.name} must pass.")
        lacks = [
            lack
            for site in last.sites
            for gate in rollout.gates
            if (lack := _lack(course, folder, (site, gate), (verdicts, day))) is not None
        ]
    return replace(step, waits=tuple(waits), lacks=tuple(lacks))


def _lack(
    course: Course,
    folder: Folder | None,
    asked: tuple[str, Gate],
    seen: tuple[Sequence[Verdict], int],
) -> Lack | None:
    """Ask of one gate at one site what is wanting; None where nothing is."""
    (site, gate), (verdicts, day) = asked, seen
    rollout = cast("Rollout", folder.rollout if folder is not None else None)
    alone = msgspec.structs.replace(rollout, gates=(gate,))
    said = wanting(alone, verdicts, [site], day=day)
    if not said:
        return None
    metric = f"{gate.metric}/{gate.of}"
    named = ("gate", gate.gate, metric, site)
    found = next((v for v in verdicts if (v.listed, v.rule, v.metric, v.scope) == named), None)
    return Lack(
        scope=site,
        title=course.title_of(site),
        rule=sentence("gate", gate.gate, metric, folder),
        tag=NOT_JUDGED if found is None else verdict_tag(found),
        because=said[0].partition(": ")[2].rpartition("; ")[2],
        more="" if found is None or found.as_of < day else _more(found, gate),
    )


def _more(verdict: Verdict, gate: Gate) -> str:
    """Say what it would still take, in cases and in days at the present volume."""
    if verdict.word != "unsettled":
        return ""
    told = [
        f"about {many(need['cases'], 'more case')}{in_days(need['days_at_current_volume'])}"
        f" if it is {need['if']}"
        for need in needed_by_gates([verdict])
        if need["cases"] is not None
    ]
    estimate = verdict.estimate
    lacking = (gate.at_least or 0) - (0 if estimate.refused else estimate.n_cases)
    if not told and lacking > 0:
        told = [f"{many(lacking, 'more case')}{in_days(_at_volume(estimate, lacking))}"]
    return "; ".join(told)


def _at_volume(estimate: Estimate, cases: int) -> int | None:
    if estimate.from_on is None or estimate.to_on is None or not estimate.matured:
        return None
    return math.ceil(cases * (estimate.to_on - estimate.from_on + 1) / estimate.matured)
