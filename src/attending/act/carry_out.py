"""Exactly what the plan says, then a receipt; there are no choices left here.

A snapshot is pushed to every gateway and read back. The receipt names who read back; a
gateway that did not is named too, and the move is not confirmed there.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Protocol

import msgspec

from attending import rooms
from attending.act import moves
from attending.act.move import Move
from attending.clock import stamp
from attending.digest import digest
from attending.errors import GateNotMet, Refused, Stale
from attending.facts.fact import By, Fact
from attending.facts.plan import ordered, protects
from attending.facts.snapshot import DEADLINE_MS, LEASE_SECONDS, Exposure, Snapshot

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from attending.facts.plan import Plan

WHOLE_SITE = "*"


class Gateways(Protocol):
    """Every gateway that must obey, however it is reached."""

    def latest(self) -> int:
        """Give the number of the last snapshot that was handed out; -1 before the first."""
        ...

    def push(self, snapshot: Snapshot) -> Mapping[str, int | None]:
        """Hand a snapshot to each; give the `seq` each has read back, None where silent."""
        ...


@dataclass(frozen=True)
class Order:
    """A plan to be carried out now, and the state it must still fit.

    Attributes
    ----------
    plan, plan_digest
        The plan and the digest that was signed.
    parent, state_digest
        What stands now; a plan made for another state is stale.
    entries
        The exposures that stand now, of every use case.
    seq
        The last snapshot's number.
    signed
        Who signed the digest and counts, by role.
    forbidden
        What forbids the plan today, judged again just now; None where nobody judged.
    now, day
        The moment, from whoever holds the clock, and the site day it lies in.
    decision
        Digest of the committee's decision in force; empty where there is none.
    exempt
        Why no approval was asked for; empty where it was.

    """

    plan: Plan
    plan_digest: str
    parent: str | None
    state_digest: str
    entries: tuple[Exposure, ...]
    seq: int
    signed: Mapping[str, tuple[str, ...]]
    forbidden: tuple[str, ...] | None
    now: datetime
    day: int
    decision: str = ""
    exempt: str = ""


def carry_out(order: Order, gateways: Gateways) -> tuple[Snapshot, Fact]:
    """Carry out one plan; give the new snapshot and the receipt.

    Raises
    ------
    Stale
        The plan was altered, its parent or state is not what stands now, or its time is up.
    GateNotMet
        A required sign-off is missing, an interlock or a gate forbids it, or nobody asked.
    Refused
        The plan fits no move there is.

    """
    name = _move(order.plan)
    check(order, name)
    snapshot = make_snapshot(order.seq + 1, order.now, changed(order.entries, order.plan))
    return snapshot, _receipt(order, name, snapshot, gateways.push(snapshot))


def make_snapshot(seq: int, now: datetime, entries: Iterable[Exposure]) -> Snapshot:
    """Make a snapshot whose lease starts now."""
    return Snapshot(
        seq=seq,
        made_at=stamp(now),
        valid_until=stamp(now + timedelta(seconds=LEASE_SECONDS)),
        entries=tuple(entries),
    )


def check(order: Order, move: str) -> None:
    """Refuse a plan that may not be carried out at this moment; see `carry_out`."""
    plan = order.plan
    if digest(msgspec.to_builtins(plan)) != order.plan_digest:
        raise Stale("the plan is not the one whose digest was signed")
    if plan.parent != order.parent or plan.state_digest != order.state_digest:
        raise Stale("the state changed since this plan was made; plan again")
    if protects(plan):
        return  # holding and suspending wait for nobody
    if stamp(order.now) > plan.valid_until:
        raise Stale(f"the plan was valid until {plan.valid_until}; plan again")
    _check_suspended(order)
    if move in ("lift", "resume"):
        return  # a named person said so, and nothing is shown by either
    if order.forbidden is None:
        raise GateNotMet("nobody has asked today whether the plan may be carried out")
    if order.forbidden:
        raise GateNotMet("; ".join(order.forbidden))
    for required in plan.requires:
        have = len(set(order.signed.get(required.role, ())))
        if have < required.n:
            raise GateNotMet(f"{required.n} sign-off as {required.role} wanted, {have} given")


def _check_suspended(order: Order) -> None:
    """Refuse to change what is suspended, but for lifting it to silent (promise P4)."""
    plan = order.plan
    suspended = {
        (e.site, e.unit)
        for e in order.entries
        if e.mode == "suspended" and e.use_case == plan.use_case
    }
    for change in plan.changes:
        there = {(change.site, change.unit), (change.site, WHOLE_SITE)} & suspended
        lifted = ordered(plan) == "lift" and change.mode[1] == "silent"
        if there and not lifted and change.mode[1] != "suspended":
            raise GateNotMet(f"{change.site} {change.unit} is suspended; a named person lifts it")


def _move(plan: Plan) -> str:
    for name in rooms.names(moves):
        move = rooms.fetch(moves, name)
        if isinstance(move, Move) and move.fits(plan):
            return name
    raise Refused("the plan fits no move", accepted=rooms.names(moves))


def changed(entries: tuple[Exposure, ...], plan: Plan) -> tuple[Exposure, ...]:
    """Give the exposures as they are once the plan's changes are made."""
    by_place = {(e.use_case, e.site, e.unit): e for e in entries}
    for change in plan.changes:
        place = (plan.use_case, change.site, change.unit)
        before = by_place.get(place)
        by_place[place] = Exposure(
            use_case=plan.use_case,
            site=change.site,
            unit=change.unit,
            release=change.release[1],
            mode=change.mode[1],
            share=change.share[1],
            deadline_ms=before.deadline_ms if before else DEADLINE_MS,
            users=change.users[1],
            weekly_case_cap=change.weekly_case_cap[1],
        )
    return tuple(by_place[place] for place in sorted(by_place))


def _receipt(
    order: Order, move: str, snapshot: Snapshot, read_back: Mapping[str, int | None]
) -> Fact:
    plan = order.plan
    return Fact(
        kind="acted",
        key=f"{plan.use_case}/{order.plan_digest}/receipt",
        at=stamp(order.now),
        by=By(person="platform", via="loop"),
        use_case=plan.use_case,
        body={
            "type": "receipt/1",
            "plan": order.plan_digest,
            "move": move,
            "cause": plan.cause,
            "scope": plan.scope,
            "day": order.day,
            "because": plan.because,
            "wave": plan.wave,
            "answers": plan.answers,
            "expansion": plan.expansion[1],
            "changes": msgspec.to_builtins(plan.changes),
            "signed": {role: list(people) for role, people in sorted(order.signed.items())},
            "seq": snapshot.seq,
            **({"decision": order.decision} if order.decision else {}),
            **({"exempt": order.exempt} if order.exempt else {}),
            "read_back": {g: seq for g, seq in sorted(read_back.items()) if seq is not None},
            "not_confirmed": sorted(
                g for g, seq in read_back.items() if seq is None or seq < snapshot.seq
            ),
        },
    )
