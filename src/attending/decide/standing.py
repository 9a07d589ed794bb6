"""Where things stand: a fold over facts, never written down by hand.

What people say takes effect with the fact itself: a hold holds and a suspension suspends
from its index on, whether or not a plan and a receipt follow. Resuming and lifting wait
for their receipt. Nothing here ever turns `suspended` into anything but by a receipt.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from attending import shapes
from attending.decide.governed import Governed
from attending.decide.looked_at import LookedAt
from attending.decide.people import People, after, counts
from attending.decide.sign_offs import SignOff
from attending.digest import digest
from attending.facts.days import Days
from attending.facts.plan import Change, Expansion, Mode, Plan
from attending.facts.snapshot import LEASE_SECONDS, Exposure

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from attending.facts.fact import Fact

Place = tuple[str, str]  # site, unit; "*" is the whole site

EVERYWHERE, WHOLE_SITE = "all", "*"
ORDERS = {f"{verb}/1": verb for verb in ("hold", "suspend", "resume", "lift")}


@dataclass(frozen=True)
class Spot:
    """One release at one place."""

    release: str | None = None
    mode: Mode = "off"
    share: float = 0.0
    users: tuple[str, ...] = ()
    weekly_case_cap: int | None = None


@dataclass(frozen=True)
class Hold:
    """Why the rollout may not expand.

    Attributes
    ----------
    cause
        ``caution``, ``safety``, ``person``, ``condition`` or ``expiry``.
    scope, day, because
        Where, when and why.
    places
        What was suspended with it; while any of it still is, the hold cannot be resumed.
    answers
        The crossing it answers, as the planner names crossings; empty for a person's.

    """

    cause: str
    scope: str
    day: int
    because: str
    places: tuple[Place, ...] = ()
    answers: str = ""


@dataclass(frozen=True)
class Order:
    """What a named person told the platform to do, until a receipt says it is done.

    Attributes
    ----------
    key
        The key of the fact that said it.
    verb, scope, person, because
        What, where, who and why.
    was
        The places it is about, as they stood when it was said.
    holds
        For `resume`: the holds that stood when it was said; later ones stay.

    """

    key: str
    verb: str
    scope: str
    person: str
    because: str
    was: tuple[tuple[Place, Spot], ...] = ()
    holds: tuple[str, ...] = ()


@dataclass(frozen=True)
class Waited:
    """A gateway that has not read a snapshot back: its number, and when it was made."""

    seq: int
    made_at: str


@dataclass(frozen=True)
class Pending:
    """A plan that waits for people: who made it, and who signed, in ledger order."""

    plan: Plan
    author: str
    signed: tuple[SignOff, ...] = ()


@dataclass(frozen=True)
class Standing:
    """The state of one use case: what is live where, and whether it may expand.

    Attributes
    ----------
    spots
        Mode, release and share by place.
    expansion
        The rollout's own state.
    holds
        What holds it, by what called for it.
    answered
        Crossings that a plan has answered, with the day: none is answered twice.
    orders
        What people said that no receipt has answered yet, in order.
    parent
        Digest of the last plan that was carried out.
    waves
        Names of the waves that have been opened, with the day.
    pending
        Plans that wait for people, by digest; any receipt makes them stale.
    unconfirmed
        Gateways that have not read the last change back.
    people, days
        Everybody declared: who may say that somebody has left; and how its days are counted.
    governed
        What a committee has decided on it.
    looked_at
        What checks found in the data.

    """

    spots: Mapping[Place, Spot] = field(default_factory=dict)
    expansion: Expansion = "waiting"
    holds: Mapping[str, Hold] = field(default_factory=dict)
    answered: Mapping[str, int] = field(default_factory=dict)
    orders: tuple[Order, ...] = ()
    parent: str | None = None
    waves: Mapping[str, int] = field(default_factory=dict)
    pending: Mapping[str, Pending] = field(default_factory=dict)
    unconfirmed: Mapping[str, Waited] = field(default_factory=dict)
    people: People = field(default_factory=People)
    days: Days = field(default_factory=Days)
    governed: Governed = field(default_factory=Governed)
    looked_at: LookedAt = field(default_factory=LookedAt)

    def at(self, site: str, unit: str = WHOLE_SITE) -> Spot:
        """Give what stands at a place; nothing is off."""
        return self.spots.get((site, unit), Spot())

    @property
    def departed(self) -> frozenset[str]:
        """Give the people who have left, as an admin told the platform."""
        return self.governed.gone

    @property
    def held_for(self) -> dict[str, int]:
        """Give the scopes held without a suspension of their own, with the day each began."""
        return self._since("caution", "person", "condition", "expiry")

    @property
    def suspended_for(self) -> dict[str, int]:
        """Give the scopes whose crossed safety limit has not been lifted, with the day."""
        return self._since("safety")

    def _since(self, *causes: str) -> dict[str, int]:
        days: dict[str, int] = {}
        for hold in self.holds.values():
            if hold.cause in causes:
                days[hold.scope] = min(hold.day, days.get(hold.scope, hold.day))
        return days

    def within(self, scope: str) -> dict[Place, Spot]:
        """Give the spots of one site, or of everywhere."""
        return {p: s for p, s in sorted(self.spots.items()) if scope in (EVERYWHERE, p[0])}

    def is_suspended(self, site: str, unit: str) -> bool:
        """Tell whether a place, or the whole site around it, is suspended."""
        return "suspended" in (self.at(site, unit).mode, self.at(site).mode)

    def is_tied(self, hold: Hold) -> bool:
        """Tell whether what was suspended with a hold still is; then only lifting ends it."""
        return _tied(hold, self.spots)

    def not_confirmed(self, now: datetime) -> tuple[str, ...]:
        """List the gateways that may still go by what stood before.

        A gateway shows nothing past its lease, so one that is silent is out of doubt when
        the lease of the last snapshot it can hold is over.
        """
        lease = timedelta(seconds=LEASE_SECONDS)
        return tuple(
            name
            for name, waited in sorted(self.unconfirmed.items())
            if now < datetime.fromisoformat(waited.made_at) + lease
        )

    def digest(self, specs: Mapping[str, str]) -> str:
        """Give the state's digest: what a plan is bound to (contract C4)."""
        return digest(
            {
                "specs": dict(sorted(specs.items())),
                "spots": [
                    [*place, s.release, s.mode, s.share, list(s.users), s.weekly_case_cap]
                    for place, s in sorted(self.spots.items())
                ],
                "expansion": self.expansion,
                "decisions": [
                    *sorted(self.holds),
                    *(order.key for order in self.orders),
                    *sorted(decision.digest for decision in self.governed.decisions.values()),
                ],
            }
        )


def exposures(use_case: str, standing: Standing) -> tuple[Exposure, ...]:
    """Give what gateways are to go by."""
    return tuple(
        Exposure(
            use_case=use_case,
            site=site,
            unit=unit,
            release=spot.release,
            mode=spot.mode,
            share=spot.share,
            users=spot.users,
            weekly_case_cap=spot.weekly_case_cap,
        )
        for (site, unit), spot in sorted(standing.spots.items())
    )


def fold(standing: Standing, facts: Iterable[Fact]) -> Standing:
    """Take facts in, in ledger order."""
    for fact in facts:
        kind = fact.type
        if not counts(standing.people, fact):
            continue
        if kind == "receipt/1":
            standing = _after_receipt(standing, fact)
        elif kind == "plan/1":
            standing = _after_plan(standing, fact)
        elif kind == "sign_off/1":
            standing = _after_sign_off(standing, fact)
        elif kind in ORDERS:
            standing = _after_order(standing, fact, ORDERS[kind])
        elif kind in ("read_back/1", "confirmed/1"):
            standing = _after_read_back(standing, fact)
        standing = _after_all_else(standing, fact)
    return standing


def _after_all_else(standing: Standing, fact: Fact) -> Standing:
    """Let the folds that stand beside each other take the fact in; each knows its own kinds."""
    people = after(standing.people, fact)
    if people is not standing.people:
        standing = replace(standing, people=people)
    governed = standing.governed.after(fact)
    if governed is not standing.governed:
        standing = replace(standing, governed=governed)
    if fact.type == "data_checked/1":
        standing = replace(standing, looked_at=standing.looked_at.after(fact))
    return standing


def _after_plan(standing: Standing, fact: Fact) -> Standing:
    named = str(fact.body["digest"])
    if named in standing.pending:
        return standing  # said again: who made it first stays its author
    plan = shapes.convert(fact.body["plan"], Plan)
    waits = Pending(plan, fact.by.person)
    return replace(standing, pending={**standing.pending, named: waits})


def _after_sign_off(standing: Standing, fact: Fact) -> Standing:
    """Remember a signature on a plan that is known; one on anything else signs nothing."""
    named = str(fact.body["digest"])
    waits = standing.pending.get(named)
    if waits is None:
        return standing
    new = SignOff(str(fact.body["role"]), str(fact.body["person"]))
    waits = replace(waits, signed=(*waits.signed, new))
    return replace(standing, pending={**standing.pending, named: waits})


def _after_receipt(standing: Standing, fact: Fact) -> Standing:
    body = fact.body
    changes = shapes.convert(body["changes"], list[Change])
    spots = dict(standing.spots)
    for c in changes:
        spots[c.site, c.unit] = Spot(
            c.release[1], c.mode[1], c.share[1], c.users[1], c.weekly_case_cap[1]
        )
    day, scope = int(str(body["day"])), str(body["scope"])
    answers = str(body.get("answers", ""))
    suspended = tuple((c.site, c.unit) for c in changes if c.mode[1] == "suspended")
    order = next((o for o in standing.orders if o.key == answers), None)
    holds = dict(standing.holds)
    if body["expansion"] == "held" and order is None:
        hold = Hold(str(body["cause"]), scope, day, str(body["because"]), suspended, answers)
        holds.setdefault(answers or f"{body['cause']}/{scope}", hold)
    if order is not None and order.verb == "resume":
        holds = {k: h for k, h in holds.items() if k not in order.holds or _tied(h, spots)}
    waves = dict(standing.waves)
    if body.get("wave"):
        waves.setdefault(str(body["wave"]), day)
    orders = tuple(o for o in standing.orders if o is not order)
    went = shapes.convert(body["expansion"], Expansion)
    return replace(
        standing,
        spots=spots,
        expansion="held" if holds else went if went != "held" else "waiting",
        holds=holds,
        answered={**standing.answered, answers: day} if answers else standing.answered,
        orders=_without(orders, suspended) if order is None else orders,
        parent=str(body["plan"]),
        waves=waves,
        pending={},
        unconfirmed=_waited(standing, fact),
        days=standing.days.after(fact),
    )


def _tied(hold: Hold, spots: Mapping[Place, Spot]) -> bool:
    """Tell whether what was suspended with a hold still is; then only lifting ends it."""
    return any(spots.get(place, Spot()).mode == "suspended" for place in hold.places)


def _without(orders: tuple[Order, ...], suspended: tuple[Place, ...]) -> tuple[Order, ...]:
    """Drop orders to lift what has been suspended anew: they were about something else."""
    kept = []
    for order in orders:
        was = tuple(each for each in order.was if each[0] not in suspended)
        if order.verb != "lift" or was:
            kept.append(order if order.verb != "lift" else replace(order, was=was))
    return tuple(kept)


def _waited(standing: Standing, receipt: Fact) -> dict[str, Waited]:
    body = receipt.body
    read = shapes.convert(body.get("read_back", {}), dict[str, int])
    still = shapes.convert(body.get("not_confirmed", []), list[str])
    seq = int(str(body["seq"]))
    waited = {g: w for g, w in standing.unconfirmed.items() if read.get(g, -1) < w.seq}
    return waited | {name: Waited(seq, receipt.at) for name in still}


def _after_read_back(standing: Standing, fact: Fact) -> Standing:
    name, seq = str(fact.body["gateway"]), int(str(fact.body["seq"]))
    waited = standing.unconfirmed.get(name)
    loaded = not fact.body.get("not_loaded")
    if waited is None or seq < waited.seq or not loaded:
        return standing
    left = {g: w for g, w in standing.unconfirmed.items() if g != name}
    return replace(standing, unconfirmed=left)


def _after_order(standing: Standing, fact: Fact, verb: str) -> Standing:
    scope = str(fact.body["scope"])
    there = standing.within(scope)
    because = f"{fact.body['person']}: {fact.body['reason']}"
    order = Order(fact.key, verb, scope, str(fact.body["person"]), because)
    if any(o.key == order.key for o in standing.orders):
        return standing
    spots, holds, orders = dict(standing.spots), dict(standing.holds), standing.orders
    if verb in ("hold", "suspend"):
        places = {p: s for p, s in there.items() if s.mode in ("live", "silent")}
        if verb == "suspend":
            spots |= {p: replace(s, mode="suspended") for p, s in places.items()}
            order = replace(order, was=tuple(places.items()))
            orders = _without(orders, tuple(there))
        tied = tuple(there) if verb == "suspend" else ()
        day = int(str(fact.body.get("day", 0)))
        holds[order.key] = Hold("person", scope, day, because, tied)
    elif verb == "lift":
        order = replace(order, was=tuple((p, s) for p, s in there.items() if s.mode == "suspended"))
    else:
        free = (k for k, h in holds.items() if not _tied(h, spots))
        at = [k for k in free if scope in (EVERYWHERE, holds[k].scope)]
        order = replace(order, holds=tuple(sorted(at)))
    if verb in ("lift", "resume") and not (order.was or order.holds):
        return standing  # there is nothing it could change, now or later
    expansion: Expansion = "held" if holds else standing.expansion
    return replace(standing, spots=spots, holds=holds, orders=(*orders, order), expansion=expansion)
