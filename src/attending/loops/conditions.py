"""Conditions: judged each day by the rollout's own rules, on what came after the decision."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from attending import rooms
from attending.clock import stamp
from attending.decide import cautions, gates, safety_limits
from attending.decide.condition import first_evidence_day, judged, question
from attending.decide.plan import members
from attending.decide.rule import Asked, Rule, latch
from attending.errors import NoSuchName
from attending.facts.fact import By, Fact
from attending.loops.measure import Named, metric_named
from attending.loops.widen import widen
from attending.spec.budget import EVERYWHERE
from attending.spec.text import in_days

if TYPE_CHECKING:
    from attending.admit import Folder
    from attending.decide.governed import Held
    from attending.decide.governed import Judged as Today
    from attending.facts.cells import Cells
    from attending.facts.committee import Bar
    from attending.facts.verdict import Verdict
    from attending.loops.parts import Folded, Parts

ROOMS = {"gates": gates, "cautions": cautions, "safety_limits": safety_limits}
FAR = 1 << 31  # a day after every other


def judge_conditions(parts: Parts, folded: Folded, day: int) -> list[Today]:
    """Say what each open condition has come to at the end of a day; write nothing."""
    found = []
    for held in folded.standing.governed.of_state("open").values():
        due_on = _due_on(parts, folded, held.condition.due, day)
        verdict = _verdict(parts, folded, held, day)
        found.append(judged(held, verdict, day=day, due=due_on))
    return found


def _due_on(parts: Parts, folded: Folded, due: str | None, day: int) -> int | None:
    """Give the day a condition is due; before the first deed, days have no dates to go by."""
    if due is None:
        return None
    on, days = date.fromisoformat(due), folded.standing.days
    if days.began is not None:
        return days.since(on)
    return day if parts.clock.now().date() > on else FAR


def _verdict(parts: Parts, folded: Folded, held: Held, day: int) -> Verdict | None:
    asked, bar = question(held.condition), held.condition.form.bar
    if asked is None or bar is None or held.condition.share is None:
        return None
    rule = rooms.fetch(ROOMS[asked.room], asked.rule)
    if not isinstance(rule, Rule):
        raise TypeError(asked.rule)
    about = Asked(
        cells=cells_since(parts, folded, held),
        limits=asked.limits,
        share=held.condition.share,
        as_of=day,
    )
    return latch(rule.judge(about, metric_named(bar.metric)), held.verdict)


def cells_since(parts: Parts, folded: Folded, held: Held) -> Cells:
    """Give the sums of the cases that happened from the condition's first day on.

    Of a condition that has a day by which it must be met, those known by then.
    """
    condition, days = held.condition, folded.standing.days
    bar = condition.form.bar
    if bar is None:
        raise NoSuchName(condition.id, "the conditions that are judged on cases", ())
    from_day = days.since(date.fromisoformat(condition.from_on))
    first = first_evidence_day(from_day, maturity_of(parts.folder, bar.of))
    last = FAR if condition.due is None else days.since(date.fromisoformat(condition.due))
    return folded.tally.cells(
        Named(bar.metric, bar.of).name,
        f"condition/{condition.id}",
        sites_of(parts.folder, bar),
        design=parts.design,
        subgroup=bar.subgroup,
        days=range(first, last + 1),
    )


def sites_of(folder: Folder, bar: Bar) -> tuple[str, ...]:
    """Give the sites that a condition reads: those it names, or all of the rollout's."""
    everywhere = members(folder.rollout, EVERYWHERE) if folder.rollout is not None else ()
    return bar.sites or everywhere


def maturity_of(folder: Folder, outcome: str) -> int:
    """Give the days after which an outcome is known; none for a metric of no outcome."""
    known = {each.name: in_days(each.maturity) for each in folder.use_case.outcomes}
    for source in folder.sources.values():
        known |= {name: in_days(each.known_after) for name, each in source.outcomes.items()}
    return known.get(outcome, 0)


def put_on_docket(parts: Parts, folded: Folded, day: int) -> int:
    """Put what has just broken or run out before the next meeting; give how many were new."""
    governed, rollout = folded.standing.governed, parts.folder.rollout
    at = stamp(parts.clock.now())
    waits = {name: held.because for name, held in governed.of_state("broken").items()}
    found = {name: ("condition", because) for name, because in waits.items()}
    ended = governed.expired(rollout.release, at[:10]) if rollout is not None else None
    if ended is not None:
        because = f"what meeting {ended.meeting} approved ended on {ended.expires_on}"
        found[f"expiry/{ended.digest}"] = ("expiry", because)
    facts = [
        Fact(
            kind="decided",
            key=f"{parts.use_case}/{item}/docket",
            at=at,
            by=By(person="platform"),
            use_case=parts.use_case,
            body={"type": "docket/1", "item": item, "why": why, "day": day, "because": because},
        )
        for item, (why, because) in found.items()
        if item not in governed.docket
    ]
    if facts:
        parts.pen.append(facts)
        widen(parts, folded)
    return len(facts)
