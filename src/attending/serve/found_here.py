"""What the platform found of a tool at one hospital: the sentence at a card's foot.

Read from the day's `decided` fact, of the very release that answers: another release's
figures say nothing of this one. The words are the finding's own, as the report prints
them, the answer before the figures: somebody reads them between two patients.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attending import shapes
from attending.facts.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from attending.facts.fact import Fact
    from attending.serve.cases import Record
    from attending.spec.use_case import UseCase

CANNOT_TELL = "Cannot tell yet"
COMES_TO = ("Shown on ", CANNOT_TELL)  # how a finding that compares arms goes on

Key = tuple[str, str | None, str]


class FoundHere:
    """One sentence for each use case, release and site.

    Parameters
    ----------
    record
        The ledger, to read; None where nothing was ever decided.
    use_cases
        What is served, for the outcomes' own titles.

    """

    def __init__(self, record: Record | None = None, use_cases: Iterable[UseCase] = ()) -> None:
        self._record = record
        self._titles = {u.name: {o.name: o.title for o in u.outcomes} for u in use_cases}
        self._said: dict[Key, str] = {}
        self._next = 0

    def say(self, use_case: str, release: str | None, site: str) -> str | None:
        """Give the sentence; None where nothing was measured there yet."""
        return self._said.get((use_case, release, site))

    def refresh(self) -> None:
        """Read what was decided since the last time."""
        if self._record is None:
            return
        for entry in self._record.entries(self._next, kinds=("decided",)):
            self._next = entry.index + 1
            if entry.fact.type == "decided/1" and entry.fact.use_case in self._titles:
                self.hear(entry.fact)

    def hear(self, fact: Fact) -> None:
        """Take in one day's findings."""
        found = shapes.convert(fact.body["findings"], list[Finding])
        titles = self._titles.get(fact.use_case or "", {})
        about = _outcomes(fact.body.get("verdicts"), titles)
        for finding in found:
            key = (fact.use_case or "", fact.release, finding.scope)
            self._said[key] = sentence(finding, about.get(finding.scope, ""))


def sentence(finding: Finding, outcome: str = "") -> str:
    """Turn a finding around: what it comes to, then the figures it rests on."""
    figures, _, comes_to = finding.because.partition(". ")
    if not comes_to:
        return finding.because
    if not comes_to.startswith(COMES_TO):  # nothing is compared: each number says what it shows
        shown = figures.partition(";")[0].removesuffix(".")
        return f"{finding.found[:1].upper()}{finding.found[1:]}. {shown}."
    if comes_to.startswith(CANNOT_TELL):
        comes_to = f"{CANNOT_TELL}."
    about = f"{outcome}: " if outcome else ""
    return f"{comes_to} {about}{figures}."


def _outcomes(verdicts: object, titles: Mapping[str, str]) -> dict[str, str]:
    """Give the title of the outcome that each scope's finding is about: its first rule's."""
    about: dict[str, str] = {}
    for verdict in verdicts if isinstance(verdicts, list) else []:
        _, _, outcome = str(verdict.get("metric", "")).partition("/")
        if outcome in titles:
            about.setdefault(str(verdict.get("scope", "")), titles[outcome])
    return about
