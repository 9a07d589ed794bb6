"""Say: what a named person tells the platform becomes a fact, and is done.

Holding and suspending take effect with the fact. The plan and the receipt that follow are
its record; were they never written, the next turn of any loop would write them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from attending.clock import stamp
from attending.decide.sign_offs import SignOff, refusal
from attending.decide.standing import EVERYWHERE
from attending.errors import GateNotMet, NoSuchName, Refused, Stale
from attending.facts.fact import By, Fact
from attending.loops.carry_out import may_sign, obey
from attending.loops.system.vouching import Vouched, check, signature
from attending.loops.widen import catch_up, widen

if TYPE_CHECKING:
    from attending.facts.fact import Via
    from attending.loops.parts import Folded, Hands, Parts


class Said(NamedTuple):
    """An order: hold, suspend, resume or lift; where; who; why; and through which door."""

    verb: str
    scope: str
    person: str
    reason: str
    via: Via = "cli"


def order(hands: Hands, folded: Folded, said: Said, day: int) -> list[Fact]:
    """Write an order down and carry it out; give the receipts.

    Raises
    ------
    NoSuchName
        The use case or the site is not one this ledger knows.
    Refused
        Nobody is named, no reason is given, or there is nothing to resume or lift.

    """
    catch_up(hands, folded)
    check_order(hands, folded, said)
    hands.pen.append([ordered_fact(hands, folded, said, day)])
    return obey(hands, folded, day)


def ordered_fact(hands: Hands, folded: Folded, said: Said, day: int) -> Fact:
    """Make the fact of an order; it takes effect when it is written."""
    return Fact(
        kind="said",
        # The index, for a clock may say the same moment twice, and a hold is never a repeat.
        key=f"{hands.use_case}/{folded.next_index}/{said.person}/{said.scope}/{said.verb}",
        at=stamp(hands.clock.now()),
        by=By(person=said.person, via=said.via),
        use_case=hands.use_case,
        site=None if said.scope == EVERYWHERE else said.scope,
        body={
            "type": f"{said.verb}/1",
            "scope": said.scope,
            "person": said.person,
            "reason": said.reason,
            "day": day,
        },
    )


def check_order(hands: Hands, folded: Folded, said: Said) -> None:
    """Refuse an order that names nobody, nothing or nowhere; see `order`."""
    if not said.person.strip() or not said.reason.strip():
        raise Refused(f"{said.verb} is done by a named person, with a reason")
    if not folded.known:
        raise NoSuchName(hands.use_case, "the use cases of this ledger", folded.others)
    sites = {site for site, _ in folded.standing.spots} | {*folded.sites}
    if said.scope != EVERYWHERE and said.scope not in sites:
        raise NoSuchName(said.scope, f"the sites of {hands.use_case}", sites)
    modes = {spot.mode for spot in folded.standing.within(said.scope).values()}
    if said.verb == "lift" and "suspended" not in modes:
        raise Refused("nothing is suspended there", where=said.scope)
    if said.verb == "resume":
        _check_resume(folded, said.scope)


def _check_resume(folded: Folded, scope: str) -> None:
    standing = folded.standing
    about = {k: h for k, h in standing.holds.items() if scope in (EVERYWHERE, h.scope)}
    if not about:
        there = sorted({hold.scope for hold in standing.holds.values()})
        raise Refused("nothing is held there", where=scope, accepted=there)
    if all(standing.is_tied(hold) for hold in about.values()):
        raise Refused(
            "what is held there came with a suspension that still stands; lift it first",
            where=scope,
        )


def sign(
    parts: Parts, folded: Folded, digest: str, by: SignOff, *, vouched: Vouched | None = None
) -> bool:
    """Write a sign-off bound to a plan's digest; tell whether it is new.

    `vouched` says how the person was recognized; by the store, where it is not given.

    Raises
    ------
    Stale
        No such plan waits, or its time is up.
    GateNotMet
        An interlock forbids it, so that it could never be applied; or a rule asks that the
        person show again who they are first.
    Refused
        The person may not sign it, or not in that role.

    """
    widen(parts, folded)
    waits = folded.standing.pending.get(digest)
    now = stamp(parts.clock.now())
    if waits is None:
        raise Stale(f"no plan {digest[:12]} waits; the state changed, or it was never made here")
    if now > waits.plan.valid_until:
        raise Stale(f"the plan was valid until {waits.plan.valid_until}; plan again")
    if waits.plan.interlocks:
        raise GateNotMet(f"an interlock forbids it: {', '.join(waits.plan.interlocks)}")
    if not waits.plan.requires:
        raise Refused("this plan asks for no sign-off; apply it")
    because = refusal(waits.plan, waits.signed, by, may_sign(parts, folded, waits.author))
    if because is not None:
        accepted = [required.role for required in waits.plan.requires]
        raise Refused(because, where=digest[:12], accepted=accepted)
    vouched = vouched or Vouched(by.person)
    check(parts, folded, vouched)
    if by in waits.signed:
        return False
    signed = signature(parts, vouched, "approval", digest)
    fact = Fact(
        kind="said",
        key=f"{parts.use_case}/{digest}/{by.role}/{by.person}/sign_off",
        at=now,
        by=By(person=by.person, role=by.role, via=vouched.via),
        use_case=parts.use_case,
        body={
            "type": "sign_off/1",
            "digest": digest,
            "role": by.role,
            "person": by.person,
            "signature": signed,
        },
    )
    parts.pen.append([fact])
    widen(parts, folded)
    return True
