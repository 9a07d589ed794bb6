"""Outcomes agree: declared by the use case, provided by a source, known on the same day.

Reads: UseCase, Rollout, Source. Says nothing of whether the outcome is the right one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attending.spec.agreement import HERE, Place
from attending.spec.text import in_days

if TYPE_CHECKING:
    from collections.abc import Iterator

    from attending.spec.agreement import Declared, Disagreement
    from attending.spec.use_case import Outcome


def outcomes(declared: Declared) -> Iterator[Disagreement]:
    """Tell which outcomes are named and not declared, or declared and not provided."""
    use_case = declared.use_case
    here = Place("UseCase", use_case.name)
    known = tuple(outcome.name for outcome in use_case.outcomes)
    for place, of in _named(declared):
        if of and of not in known:
            yield place.unknown(of, "outcome", known, "in the use case")
    seen: set[str] = set()
    for i, outcome in enumerate(use_case.outcomes):
        if outcome.name in seen:
            yield (here / "outcomes" / i / "name").says(
                f"outcome {outcome.name!r} is declared twice; keep one",
            )
        seen.add(outcome.name)
        yield from _provided(declared, outcome, here / "outcomes" / i)
    yield from _subgroups(declared, here)


def _named(declared: Declared) -> Iterator[tuple[Place, str]]:
    """Give every place where a metric is said to be *of* an outcome."""
    here = Place("UseCase", declared.use_case.name)
    for i, target in enumerate(declared.use_case.success):
        yield here / "success" / i / "of", target.of
    for i, row in enumerate(declared.use_case.monitoring):
        yield here / "monitoring" / i / "of", row.of
    rollout = declared.rollout
    if rollout is None:
        return
    there = Place("Rollout", rollout.use_case)
    for listed in ("gates", "cautions", "safety_limits", "watch"):
        for i, rule in enumerate(getattr(rollout, listed)):
            yield there / listed / i / "of", rule.of


def _provided(declared: Declared, outcome: Outcome, here: Place) -> Iterator[Disagreement]:
    closes = in_days(outcome.offset) + in_days(outcome.window)
    if in_days(outcome.maturity) < closes:
        yield (here / "maturity").says(
            f"maturity {outcome.maturity} ends before the window does (day {closes}); "
            f"write {closes} d or more",
        )
    for j, name in enumerate(outcome.sources):
        source = declared.sources.get(name)
        if source is None:
            yield (here / "sources" / j).unknown(name, "Source", tuple(declared.sources), HERE)
        elif outcome.name not in source.outcomes:
            yield (here / "sources" / j).unknown(
                outcome.name,
                "outcome",
                tuple(source.outcomes),
                f"in source {name!r}",
            )
        elif in_days(source.outcomes[outcome.name].known_after) != in_days(outcome.maturity):
            known = source.outcomes[outcome.name].known_after
            place = Place("Source", name) / "outcomes" / outcome.name / "known_after"
            yield place.says(
                f"the source says {known}, but the use case says {outcome.name!r} has "
                f"maturity {outcome.maturity}; write the same number of days in both",
            )


def _subgroups(declared: Declared, here: Place) -> Iterator[Disagreement]:
    read = {name for outcome in declared.use_case.outcomes for name in outcome.sources}
    sources = [source for name, source in declared.sources.items() if name in read]
    if not sources:
        return
    there = tuple(dict.fromkeys(each for source in sources for each in source.cases.subgroups))
    for i, attribute in enumerate(declared.use_case.subgroups.attributes):
        if attribute not in there:
            yield (here / "subgroups" / "attributes" / i).unknown(
                attribute,
                "subgroup",
                there,
                "in `cases: subgroups:` of its source",
            )
