"""Plan: ask what is to be done next, and every interlock about it; do nothing."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, timedelta
from functools import cache, partial
from typing import TYPE_CHECKING

import msgspec

from attending.clock import stamp
from attending.decide import interlocks
from attending.decide.interlock import GoLive, Scene, tripped
from attending.decide.plan import Seen, Wanted, next_plans, plan_digest, same_step
from attending.facts.days import Days
from attending.facts.fact import By, Fact
from attending.facts.plan import ordered, protects
from attending.loops.judge import judged
from attending.loops.measure import gathered, named
from attending.loops.obligations import registered, unmet
from attending.loops.widen import catch_up, widen

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from attending.decide.interlock import Reported, Tripped
    from attending.facts.plan import Plan
    from attending.facts.verdict import Verdict
    from attending.loops.parts import Folded, Hands, Parts

PLAN_DAYS = 7  # contract C4: a plan is valid for seven days


@dataclass(frozen=True)
class View:
    """What is known on one day: the folds, with cells no fact holds yet, and the verdicts."""

    folded: Folded
    verdicts: Sequence[Verdict]
    day: int


def look(parts: Parts, folded: Folded, day: int) -> View:
    """Give every rule's verdict on the facts there are now; write nothing.

    What arrived since the day's own `measured` fact is taken into account: then all is
    judged again. Where nothing did, today's verdicts rest on these very facts.
    """
    widen(parts, folded)
    fresh = folded
    cells = gathered(parts, folded, day)
    if not cells and folded.decided_on == day:
        return View(folded, tuple(folded.verdicts.values()), day)
    if cells:
        tally = folded.tally.copy()
        tally.put(cells)
        fresh = replace(folded, tally=tally)
    said = judged(parts, fresh, day)
    governed = fresh.standing.governed.judged(said.conditions)
    standing = replace(fresh.standing, governed=governed)
    return View(replace(fresh, standing=standing), said.verdicts, day)


def planned(parts: Parts, view: View) -> Plan | None:
    """Give the next plan, with the interlocks it meets; None where nothing is called for.

    Of several, the first that nothing forbids. A plan that people are signing already is
    given again as it is, for as long as it asks for the same from the same state.
    """
    folded = view.folded
    now = parts.clock.now()
    wanted = Wanted(
        parts.use_case,
        parts.folder.digests,
        view.day,
        stamp(now + timedelta(days=PLAN_DAYS)),
        parts.folder.rollout,
        stamp(now)[:10],
    )
    plans = next_plans(wanted, Seen(folded.standing, view.verdicts, folded.evidence))
    if not plans or not _widens(plans[0]):
        return next(iter(plans), None)
    scene = _scene(parts, view, plans[0])
    checked = [plan if scene is None else _checked(scene, plan) for plan in plans]
    best = next((plan for plan in checked if not plan.interlocks), checked[0])
    return _pending(folded, best, stamp(parts.clock.now())) or best


def end_of(hands: Hands, day: int) -> int | None:
    """Give the index at which the facts of a past day end; None where none came after."""
    for entry in hands.reader.entries(kinds=("measured",), use_case=hands.use_case):
        if int(str(entry.fact.body["day"])) > day:
            return entry.index
    return None


def orders(hands: Hands, folded: Folded, day: int) -> list[Plan]:
    """Give the plans that answer what people said; no specs are needed for that."""
    catch_up(hands, folded)
    until = stamp(hands.clock.now() + timedelta(days=PLAN_DAYS))
    wanted = Wanted(hands.use_case, folded.specs, day, until)
    return next_plans(wanted, Seen(folded.standing, (), ()))


def forbidden(parts: Parts, view: View, plan: Plan) -> tuple[Tripped, ...]:
    """Ask every interlock about a plan, on today's facts."""
    scene = _scene(parts, view, plan)
    return () if scene is None else tripped(interlocks, scene)


def _scene(parts: Parts, view: View, plan: Plan) -> Scene | None:
    """Set what interlocks look at; what they ask for on top of it is found once for all plans."""
    rollout = parts.folder.rollout
    if rollout is None:
        return None
    sites = dict.fromkeys(site for wave in rollout.waves for site in wave.sites)
    reported: dict[tuple[str, str], Reported] = {}
    for asked in named(rollout, parts.folder.use_case.monitoring):
        for site in sites:
            reported[asked.name, site] = view.folded.tally.reported(asked.name, site)
    return Scene(
        plan=plan,
        rollout=rollout,
        use_case=parts.folder.use_case,
        standing=view.folded.standing,
        verdicts=view.verdicts,
        reported=reported,
        day=view.day,
        date=stamp(parts.clock.now())[:10],
        elsewhere=elsewhere(view.folded, parts.clock.now()),
        unmet=cache(partial(unmet, parts, view.folded)),
        registered=cache(partial(registered, parts, view.folded)),
    )


def elsewhere(folded: Folded, now: datetime) -> tuple[GoLive, ...]:
    """Give other use cases' go-lives in this one's days, which begin today if they have not."""
    own = folded.standing.days
    days = own if own.began is not None else Days(now.astimezone(UTC).date())
    return tuple(GoLive(w.use_case, w.site, days.since(w.on)) for w in folded.gone_live)


def goes_alone(plan: Plan) -> bool:
    """Tell whether a loop carries a plan out; every other waits for a person to apply it.

    What holds and suspends does, what a person ordered does, and a wave that follows on
    proof does where its rollout asks for no sign-off.
    """
    proven = plan.cause == "wave" and not plan.requires and not plan.interlocks
    return protects(plan) or bool(ordered(plan)) or proven


def write(hands: Hands, folded: Folded, plan: Plan, by: str = "platform") -> str:
    """Write a plan down unless it is there; give its digest."""
    digest = plan_digest(plan)
    if digest in folded.standing.pending:
        return digest
    fact = Fact(
        kind="decided",
        key=f"{plan.use_case}/{digest}/plan",
        at=stamp(hands.clock.now()),
        by=By(person=by),
        use_case=plan.use_case,
        body={"type": "plan/1", "digest": digest, "plan": msgspec.to_builtins(plan)},
    )
    hands.pen.append([fact])
    catch_up(hands, folded)
    return digest


def _widens(plan: Plan) -> bool:
    return not protects(plan) and not ordered(plan)


def _checked(scene: Scene, plan: Plan) -> Plan:
    found = tuple(trip.name for trip in tripped(interlocks, replace(scene, plan=plan)))
    return msgspec.structs.replace(plan, interlocks=found)


def _pending(folded: Folded, plan: Plan, now: str) -> Plan | None:
    for waits in folded.standing.pending.values():
        if same_step(waits.plan, plan) and now <= waits.plan.valid_until:
            return waits.plan
    return None
