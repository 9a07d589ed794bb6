"""Scopes as people are told of them: the report's own lines, with the facts they rest on.

Pages say what the report says (`report.scope.told`): one number has one meaning.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from attending.console.words import FINDINGS, Tag
from attending.loops.measure import metric_named
from attending.report.scope import told

if TYPE_CHECKING:
    from attending.admit import Folder
    from attending.console.course import Course
    from attending.facts.finding import Finding
    from attending.facts.verdict import Verdict
    from attending.spec.rollout import Gate


@dataclass(frozen=True)
class Scope:
    """One scope on the day looked at.

    Attributes
    ----------
    name, title
        As written, and as people say it.
    finding, tag
        What may be said today, and how it is marked.
    told
        The report's own lines about it.
    verdicts
        Today's verdicts.
    deciding
        The verdict whose estimate the finding is about.
    index
        The fact that holds all of it.

    """

    name: str
    title: str
    finding: Finding
    tag: Tag
    told: dict[str, Any]
    verdicts: tuple[Verdict, ...]
    deciding: Verdict
    index: int

    @property
    def metric(self) -> str:
        """Give the deciding metric's name, without what it is of."""
        return self.deciding.metric.partition("/")[0]

    @property
    def scale(self) -> str:
        """Give how the deciding metric's numbers are written."""
        return metric_named(self.metric).scale


def deciding(verdicts: tuple[Verdict, ...]) -> Verdict | None:
    """Give the verdict a scope's finding is about: the gate that weighs evidence."""
    gate = next((v for v in verdicts if v.listed == "gate" and v.ln_e_for is not None), None)
    return gate or next(iter(verdicts), None)


def gate_spec(folder: Folder | None) -> Gate | None:
    """Give the gate that decides, as it was written before the first case."""
    if folder is None or folder.rollout is None:
        return None
    return next((g for g in folder.rollout.gates if g.goal is not None), None)


def scopes(course: Course, folder: Folder | None) -> list[Scope]:
    """Tell of every scope there is a finding on."""
    today, gate = course.today, gate_spec(folder)
    if today is None:
        return []
    floor = gate.floor if gate is not None else None
    found = []
    for finding in today.findings:
        verdicts = today.of(finding.scope)
        chief = deciding(verdicts)
        if chief is None:
            continue
        title = course.title_of(finding.scope)
        receipts = [
            entry.fact.body
            for entry in course.receipts
            if entry.fact.body["scope"] == finding.scope
        ]
        lines = told(finding, verdicts, receipts, title=title, withheld=0, floor=floor)
        tag = FINDINGS[finding.found]
        found.append(Scope(finding.scope, title, finding, tag, lines, verdicts, chief, today.index))
    return found
