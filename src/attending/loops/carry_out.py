"""Plan and carry out: compare wanted with seen, and do the next thing there is to do."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import msgspec

from attending.act.carry_out import Order, carry_out, make_snapshot
from attending.clock import stamp
from attending.decide.plan import Seen, Wanted, next_plans, opening, plan_digest
from attending.facts.fact import By, Fact
from attending.loops.widen import widen

if TYPE_CHECKING:
    from collections.abc import Sequence

    from attending.facts.plan import Plan
    from attending.facts.verdict import Verdict
    from attending.loops.parts import Folded, Parts

PLAN_DAYS = 7  # contract C4: a plan is valid for seven days
MOST_MOVES = 100  # more than there are scopes: a turn always ends


def open_first_wave(parts: Parts, folded: Folded, *, because: str) -> bool:
    """Open the first wave if it is not; tell whether anything was done."""
    wanted = _wanted(parts, 0)
    if wanted is None:
        return False
    plan = opening(wanted, Seen(folded.standing, (), ()), because=because)
    if plan is not None:
        _do(parts, folded, wanted, plan)
    return plan is not None


def renew(parts: Parts, folded: Folded) -> None:
    """Renew every gateway's lease; nothing else changes, so no fact is written."""
    folded.seq += 1
    parts.gateways.push(make_snapshot(folded.seq, parts.clock.now(), folded.entries))


def act(parts: Parts, folded: Folded, verdicts: Sequence[Verdict], day: int) -> list[Plan]:
    """Plan and carry out until nothing more is called for; give what was done or waits."""
    wanted = _wanted(parts, day)
    done: list[Plan] = []
    for _ in range(MOST_MOVES):
        if wanted is None:
            break
        seen = Seen(folded.standing, verdicts, folded.evidence)
        plan = next(iter(next_plans(wanted, seen)), None)
        if plan is None:
            break
        done.append(plan)
        if plan.requires:
            _write(parts, folded, plan)  # people must sign it first
            break
        _do(parts, folded, wanted, plan)
    return done


def _wanted(parts: Parts, day: int) -> Wanted | None:
    rollout = parts.folder.rollout
    if rollout is None:
        return None
    until = stamp(parts.clock.now() + timedelta(days=PLAN_DAYS))
    return Wanted(rollout, parts.folder.digests, day, until)


def _write(parts: Parts, folded: Folded, plan: Plan) -> str:
    named = plan_digest(plan)
    fact = Fact(
        kind="decided",
        key=f"{plan.use_case}/{named}/plan",
        at=stamp(parts.clock.now()),
        by=By(person="platform"),
        use_case=plan.use_case,
        body={"type": "plan/1", "digest": named, "plan": msgspec.to_builtins(plan)},
    )
    parts.pen.append([fact])
    widen(parts, folded)
    return named


def _do(parts: Parts, folded: Folded, wanted: Wanted, plan: Plan) -> None:
    named = _write(parts, folded, plan)
    order = Order(
        plan=plan,
        plan_digest=named,
        parent=folded.standing.parent,
        state_digest=folded.standing.digest(wanted.specs),
        entries=folded.entries,
        seq=folded.seq,
        signed={},
        now=parts.clock.now(),
    )
    snapshot, receipt = carry_out(order, parts.gateways)
    folded.entries, folded.seq = snapshot.entries, snapshot.seq
    parts.pen.checkpoint()
    parts.pen.append([receipt])
    widen(parts, folded)
