"""Can I trust this one? What was claimed, and what was found here, side by side.

Claimed is what the use case declared before the first case; found is the estimate of each
site with its interval and its cases, from the last decided fact. Who answers for it, and
who watches what, stand below.

It does not tell whether it may expand: the gate's page does.
"""

from __future__ import annotations

from sys import modules
from typing import TYPE_CHECKING, Any

from attending import shapes
from attending.clock import stamp
from attending.console.access import reads
from attending.console.charts.claimed_and_found import Found, claimed_and_found
from attending.console.governance.committee import decided
from attending.console.governance.models import models
from attending.console.page import Page
from attending.console.standing_words import tag_of
from attending.console.telling import scopes
from attending.console.words import EXPANSIONS
from attending.facts.estimate import Estimate
from attending.loops.measure import metric_named

if TYPE_CHECKING:
    from attending.admit import Folder
    from attending.console.chart import Chart
    from attending.console.course import Course
    from attending.console.page import Asked, Shown
    from attending.spec.use_case import Target


def show(asked: Asked) -> Shown:
    """Give the claims beside the findings, and who answers for what."""
    course = asked.course(asked.path["use_case"])
    folder = asked.folder(course)
    standing = course.standing()
    targets = folder.use_case.success if folder is not None else ()
    compared = [_compared(course, target, folder) for target in targets]
    return {
        "course": course,
        "spec": folder.use_case if folder is not None else None,
        "release": folder.rollout.release if folder and folder.rollout else None,
        "compared": compared,
        "charts": [c["chart"] for c in compared if c["chart"] is not None],
        "scopes": scopes(course, folder),
        "decided": decided(course, stamp(asked.parts.clock.now())[:10]),
        "expansion": EXPANSIONS[standing.expansion],
        "sites": [
            (site, title, tag_of(standing, site, folder)) for site, title in course.sites.items()
        ],
        "models": models(folder, course.fetched),
        "monitoring": [
            (row, metric_words(row.metric), _outcome(folder, row.of))
            for row in (folder.use_case.monitoring if folder is not None else ())
        ],
    }


def _compared(course: Course, target: Target, folder: Folder | None) -> dict[str, Any]:
    metric = metric_named(target.metric)
    name = f"{target.metric}/{target.of}"
    rows = [
        Found(scope, course.title_of(scope), estimate)
        for scope, estimate in _estimates(course, name).items()
    ]
    chart: Chart | None = None
    outcome = _outcome(folder, target.of)
    if any(row.estimate.refused is None for row in rows):
        chart = claimed_and_found(target, rows, metric.scale)
    return {
        "target": target,
        "words": metric_words(target.metric),
        "outcome": outcome,
        "rows": rows,
        "scale": metric.scale,
        "chart": chart,
    }


def _estimates(course: Course, name: str) -> dict[str, Estimate]:
    """Give the last estimate of each scope, whether a rule rests on it or it is watched."""
    today = course.today
    if today is None:
        return {}
    found = {
        str(w["scope"]): shapes.convert(w["estimate"], Estimate)
        for w in today.watched
        if w["metric"] == name
    }
    for verdict in today.verdicts:
        if verdict.metric == name and verdict.rule not in ("enough_outcomes", "evidence_fresh"):
            found.setdefault(verdict.scope, verdict.estimate)
    return found


def metric_words(name: str) -> str:
    """Give a metric's own first sentence."""
    metric_named(name)
    about = modules[f"attending.measure.{name}"].__doc__ if _known(name) else None
    return (about or name).strip().partition("\n")[0].rstrip(".")


def _known(name: str) -> bool:
    return f"attending.measure.{name}" in modules


def _outcome(folder: Folder | None, of: str) -> str:
    found = folder.use_case.outcomes if folder is not None else ()
    return next((o.title for o in found if o.name == of), of)


use_case = Page(
    path="/use-cases/{use_case}",
    question="Can I trust this one?",
    show=show,
    needs=reads("scorecard"),
    narrows=True,
)
