"""Carry out: what is planned and may be done is done, and read back.

Stopping needs neither specs nor lake, so that it works when they do not. Whatever would
widen use is asked about again at this moment, on the facts there are now.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from attending.act.carry_out import Order, carry_out, make_snapshot
from attending.clock import stamp
from attending.decide.plan import Seen, Wanted, opening
from attending.decide.sign_offs import counted, missing, signers
from attending.errors import Stale
from attending.facts.fact import By, Fact
from attending.loops.parts import Hands
from attending.loops.plan import (
    PLAN_DAYS,
    View,
    forbidden,
    goes_alone,
    look,
    orders,
    planned,
    write,
)
from attending.loops.widen import catch_up, widen

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from attending.decide.sign_offs import Signers
    from attending.facts.plan import Plan
    from attending.facts.verdict import Verdict
    from attending.loops.parts import Folded, Parts

EXEMPT = "not_approved: it is recorded, and was in use before anybody could be asked here"
HALF = "half a file of {} is on record; attending up takes in the rest, or says that it is gone"
MOST_MOVES = 100  # more than there are scopes: a turn always ends


@dataclass(frozen=True)
class Deed:
    """A plan to be carried out, and what was found out about it just now.

    Attributes
    ----------
    plan, day
        What, and the site day it is.
    specs
        Digests of the specs it must still fit.
    forbidden
        What forbids it; None where nobody asked.
    signed
        Who signed and counts, by role.
    exempt
        Why nobody was asked who must be; empty where everybody was.

    """

    plan: Plan
    day: int
    specs: Mapping[str, str]
    forbidden: tuple[str, ...] | None = None
    signed: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    exempt: str = ""


def open_first_wave(parts: Parts, folded: Folded, *, because: str) -> bool:
    """Record that the first wave was open already; tell whether anything was done.

    For a replay: a recorded tool was in use, whoever was or was not asked at the time.
    """
    rollout = parts.folder.rollout
    until = stamp(parts.clock.now() + timedelta(days=PLAN_DAYS))
    wanted = Wanted(parts.use_case, parts.folder.digests, 0, until, rollout)
    widen(parts, folded)
    plan = opening(wanted, Seen(folded.standing, (), ()), because=because)
    if plan is not None:
        deed = Deed(plan, 0, wanted.specs, forbidden=(), exempt=EXEMPT)
        _do(parts.hands, folded, deed)
    return plan is not None


def renew(parts: Parts | Hands, folded: Folded) -> None:
    """Renew every gateway's lease with what stands now, and hear who has read it back.

    This is also how a suspension that was not confirmed is pushed again, every turn,
    until each gateway has read it back or its lease is over.
    """
    hands = parts if isinstance(parts, Hands) else parts.hands
    with hands.alone():
        catch_up(hands, folded)
        folded.seq = max(folded.seq, hands.gateways.latest()) + 1
        entries = folded.entries(hands.use_case)
        snapshot = make_snapshot(folded.seq, hands.clock.now(), entries)
        read_back = hands.gateways.push(snapshot)
    facts = [
        _confirmed(hands, name, seq)
        for name, seq in sorted(read_back.items())
        if name in folded.standing.unconfirmed
        and seq is not None
        and seq >= folded.standing.unconfirmed[name].seq
    ]
    if facts:
        hands.pen.append(facts)
        catch_up(hands, folded)


def act(parts: Parts, folded: Folded, verdicts: Sequence[Verdict], day: int) -> list[Plan]:
    """Plan and carry out until nothing more is called for; give what was done or waits."""
    done: list[Plan] = []
    for _ in range(MOST_MOVES):
        catch_up(parts.hands, folded)
        view = View(folded, verdicts, day)
        plan = planned(parts, view)
        if plan is None:
            break
        if not goes_alone(plan):
            if not plan.interlocks:
                write(parts.hands, folded, plan)  # people must sign it, or at least apply it
            done.append(plan)
            break
        found = tuple(str(trip) for trip in forbidden(parts, view, plan))
        try:
            _do(parts.hands, folded, Deed(plan, day, parts.folder.digests, forbidden=found))
        except Stale:
            continue  # somebody else moved first; what they did is seen on the next round
        done.append(plan)
    return done


def obey(hands: Hands, folded: Folded, day: int) -> list[Fact]:
    """Carry out what people said and no receipt has answered yet; give the receipts."""
    receipts: list[Fact] = []
    for _ in range(MOST_MOVES):
        plan = next(iter(orders(hands, folded, day)), None)
        if plan is None:
            break
        receipts.append(_do(hands, folded, Deed(plan, day, folded.specs)))
    return receipts


def apply(parts: Parts, folded: Folded, digest: str, day: int) -> Fact:
    """Carry out a plan that people have read and signed; ask everything again first.

    Raises
    ------
    Stale
        The plan does not wait any more: something has changed since it was made.
    GateNotMet
        A gate is not met today, an interlock forbids it, or a sign-off is missing.

    """
    view = look(parts, folded, day)
    waits = folded.standing.pending.get(digest)
    if waits is None:
        raise Stale(f"no plan {digest[:12]} waits; the state changed, or it was never made here")
    who = may_sign(parts, folded, waits.author)
    reasons = [str(trip) for trip in forbidden(parts, view, waits.plan)]
    reasons += missing(waits.plan, waits.signed, who)
    reasons += [HALF.format(source) for source, _ in folded.drops.begun]
    deed = Deed(
        plan=waits.plan,
        day=day,
        specs=parts.folder.digests,
        forbidden=tuple(reasons),
        signed=counted(waits.plan, waits.signed, who),
    )
    return _do(parts.hands, folded, deed)


def may_sign(parts: Parts, folded: Folded, author: str) -> Signers:
    """Work out who may sign a plan that somebody made."""
    return signers(
        parts.folder.committees.values(),
        parts.folder.use_case,
        {author, folded.declared_by} - {"", "platform"},
        folded.standing.departed,
    )


def _do(hands: Hands, folded: Folded, deed: Deed) -> Fact:
    digest = write(hands, folded, deed.plan)
    with hands.alone():
        catch_up(hands, folded)
        order = Order(
            plan=deed.plan,
            plan_digest=digest,
            parent=folded.standing.parent,
            state_digest=folded.standing.digest(deed.specs),
            entries=folded.entries(hands.use_case),
            seq=max(folded.seq, hands.gateways.latest()),
            signed=deed.signed,
            forbidden=deed.forbidden,
            now=hands.clock.now(),
            day=deed.day,
            decision=_decision(hands, folded),
            exempt=deed.exempt,
        )
        snapshot, receipt = carry_out(order, hands.gateways)
        folded.seq = snapshot.seq
        hands.pen.checkpoint()
        hands.pen.append([receipt])
        catch_up(hands, folded)
    return receipt


def _decision(hands: Hands, folded: Folded) -> str:
    """Give the digest of the last decision in force today; empty where there is none."""
    date = stamp(hands.clock.now())[:10]
    decisions = folded.standing.governed.decisions.values()
    return next((d.digest for d in reversed([*decisions]) if d.in_force(date)), "")


def _confirmed(hands: Hands, gateway: str, seq: int) -> Fact:
    return Fact(
        kind="acted",
        key=f"{hands.use_case}/{gateway}/{seq}/confirmed",
        at=stamp(hands.clock.now()),
        by=By(person="platform"),
        use_case=hands.use_case,
        body={"type": "confirmed/1", "gateway": gateway, "seq": seq},
    )
