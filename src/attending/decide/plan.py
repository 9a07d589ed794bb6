"""Wanted and seen become the next plans; nothing is changed here.

Safety comes first, then cautions, then what people said, then expansion. A plan is as
particular as can be, so that whoever carries it out has no choice left; a plan that
people must sign says so.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, cast

import msgspec

from attending.decide.proof import after, waiting, wanting
from attending.decide.standing import EVERYWHERE, WHOLE_SITE, Spot
from attending.digest import digest
from attending.facts.plan import Cause, Change, Expansion, Mode, Plan, Required

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from attending.decide.standing import Order, Place, Standing
    from attending.facts.verdict import Verdict
    from attending.spec.rollout import Rollout, Wave


@dataclass(frozen=True)
class Wanted:
    """What the specs ask for, and the moment of asking.

    Attributes
    ----------
    use_case
        Whose rollout it is.
    specs
        Digests of every spec the plan rests on.
    day
        The day whose facts were the last seen.
    valid_until
        When a plan made today goes stale, RFC 3339.
    rollout
        The rollout spec; without one only orders can be answered.
    date
        Today in the calendar; empty where approvals are not asked about.

    """

    use_case: str
    specs: Mapping[str, str]
    day: int
    valid_until: str
    rollout: Rollout | None = None
    date: str = ""


@dataclass(frozen=True)
class Seen:
    """What is: where things stand, today's verdicts, and the facts that hold them."""

    standing: Standing
    verdicts: Sequence[Verdict]
    evidence: tuple[int, ...]


@dataclass(frozen=True)
class Draft:
    """What a plan is to do, before it is bound to a state, a day and its evidence."""

    cause: Cause
    because: str
    scope: str
    expansion: Expansion
    changes: tuple[Change, ...] = ()
    requires: tuple[Required, ...] = ()
    answers: str = ""
    wave: str = ""


def plan_digest(plan: Plan) -> str:
    """Give the digest people sign: over every field of the plan."""
    return digest(msgspec.to_builtins(plan))


def opening(wanted: Wanted, seen: Seen, *, because: str) -> Plan | None:
    """Record that the first wave was open already, as a replay must; None if it is known."""
    if wanted.rollout is None or wanted.rollout.waves[0].name in seen.standing.waves:
        return None
    wave = wanted.rollout.waves[0]
    draft = _opened(wanted.rollout, seen.standing, wave, cause="spec", because=because)
    return bound(wanted, seen, replace(draft, requires=()))  # what has happened is not asked for


def next_plans(wanted: Wanted, seen: Seen) -> list[Plan]:
    """Give the plans that are called for, most urgent first.

    Each plan's parent is the last one carried out, so of several only the first can be
    applied as it stands; the rest are planned again on the next turn.
    """
    urgent = [
        *_ordered(seen.standing, ("suspend", "hold")),
        *_crossed(wanted, seen, "safety_limit"),
        *_broken(wanted, seen),
        *_crossed(wanted, seen, "caution"),
        *_breached(wanted, seen),
        *_expired(wanted, seen),
        *_undecided(wanted, seen),
        *_ordered(seen.standing, ("lift", "resume")),
    ]
    drafts = urgent or list(_widening(wanted, seen))
    return [bound(wanted, seen, draft) for draft in drafts]


def members(rollout: Rollout, scope: str) -> tuple[str, ...]:
    """Give the sites of a scope: itself, a pool's, or every site of every wave."""
    for pool in rollout.pools:
        if pool.name == scope:
            return pool.sites
    everywhere = tuple(dict.fromkeys(site for wave in rollout.waves for site in wave.sites))
    return everywhere if scope == EVERYWHERE else (scope,)


def crossing(verdict: Verdict) -> str:
    """Name the crossing of one rule in one scope, as the standing remembers it."""
    return f"{verdict.listed}/{verdict.rule}/{verdict.metric}/{verdict.scope}"


def bound(wanted: Wanted, seen: Seen, draft: Draft) -> Plan:
    """Bind a draft to the state it was made for."""
    return Plan(
        use_case=wanted.use_case,
        parent=seen.standing.parent,
        state_digest=seen.standing.digest(wanted.specs),
        cause=draft.cause,
        as_of=wanted.day,
        because=draft.because,
        evidence=seen.evidence,
        valid_until=wanted.valid_until,
        expansion=(seen.standing.expansion, draft.expansion),
        scope=draft.scope,
        changes=draft.changes,
        way_back=tuple(_back(change) for change in draft.changes),
        requires=draft.requires,
        answers=draft.answers,
        wave=draft.wave,
    )


def same_step(one: Plan, other: Plan) -> bool:
    """Tell whether two plans ask for the same thing from the same state.

    A new day's verdicts do not make a new plan of one that people are signing.
    """
    return all(
        getattr(one, name) == getattr(other, name)
        for name in Plan.__struct_fields__
        if name not in ("as_of", "because", "evidence", "valid_until")
    )


def _ordered(standing: Standing, verbs: tuple[str, ...]) -> Iterable[Draft]:
    for order in standing.orders:
        if order.verb in verbs:
            left = {k: h for k, h in standing.holds.items() if k not in order.holds}
            freed: Expansion = "moving" if standing.waves else "waiting"
            held = order.verb in ("suspend", "hold") or bool(left)
            yield Draft(
                cause="person",
                because=order.because,
                scope=order.scope,
                expansion="held" if held else freed,
                changes=_moved(order),
                answers=order.key,
            )


def _moved(order: Order) -> tuple[Change, ...]:
    reaches: dict[str, Mode] = {"suspend": "suspended", "lift": "silent"}
    to = reaches.get(order.verb)
    return tuple(_off(place, spot, to) for place, spot in order.was) if to else ()


def _off(place: Place, spot: Spot, mode: Mode) -> Change:
    """Change a place to one where nothing is shown.

    A suspension keeps whom it reached: they are the ones to be told that it is down (P5).
    """
    share = spot.share if mode == "suspended" else 0.0
    return _change(place, spot, Spot(spot.release, mode, share, spot.users, spot.weekly_case_cap))


def _crossed(wanted: Wanted, seen: Seen, listed: str) -> Iterable[Draft]:
    """Answer each crossing once: a safety limit suspends, a caution or a failed gate holds."""
    standing, rollout = seen.standing, wanted.rollout
    for verdict in seen.verdicts if rollout is not None else ():
        kind = "caution" if verdict.listed == "gate" else verdict.listed
        if kind != listed or verdict.settled != "not_met":
            continue
        if crossing(verdict) in standing.answered:
            continue
        sites = members(cast("Rollout", rollout), verdict.scope)
        yield Draft(
            cause="safety" if listed == "safety_limit" else "caution",
            because=verdict.because,
            scope=verdict.scope,
            expansion="held",
            changes=_stopped(standing, sites) if listed == "safety_limit" else (),
            answers=crossing(verdict),
        )


def _stopped(standing: Standing, sites: Collection[str]) -> tuple[Change, ...]:
    return tuple(
        _off(place, spot, "suspended")
        for place, spot in sorted(standing.spots.items())
        if place[0] in sites and spot.mode in ("live", "silent")
    )


def _broken(wanted: Wanted, seen: Seen) -> Iterable[Draft]:
    """Answer each broken condition once, as the decision that set it said."""
    standing, rollout = seen.standing, wanted.rollout
    for name, held in standing.governed.of_state("broken").items():
        answers = f"condition/{name}"
        if rollout is None or answers in standing.answered:
            continue
        bar = held.condition.form.bar
        sites = (bar.sites if bar is not None else ()) or members(rollout, EVERYWHERE)
        yield Draft(
            cause="condition",
            because=f"condition {name} is broken: {held.because}",
            scope=sites[0] if len(sites) == 1 else EVERYWHERE,
            expansion="held",
            changes=_stopped(standing, sites) if held.condition.effect == "suspend" else (),
            answers=answers,
        )


def _breached(wanted: Wanted, seen: Seen) -> Iterable[Draft]:
    """Answer each breach of the data that this tool depends on once: it is a caution."""
    for breach in seen.standing.looked_at.holding(wanted.use_case) if wanted.rollout else ():
        if breach.name not in seen.standing.answered:
            yield Draft(
                cause="caution",
                because=breach.because,
                scope=breach.site,
                expansion="held",
                answers=breach.name,
            )


def _expired(wanted: Wanted, seen: Seen) -> Iterable[Draft]:
    """Hold where an approval has run out; what is live goes on, and nothing expands."""
    standing, rollout = seen.standing, wanted.rollout
    if rollout is None or not wanted.date:
        return
    ended = standing.governed.expired(rollout.release, wanted.date)
    if ended is not None and f"expiry/{ended.digest}" not in standing.answered:
        yield Draft(
            cause="expiry",
            because=f"what meeting {ended.meeting} approved ended on {ended.expires_on}",
            scope=EVERYWHERE,
            expansion="held",
            answers=f"expiry/{ended.digest}",
        )


def _undecided(wanted: Wanted, seen: Seen) -> Iterable[Draft]:
    """Hold, and ask a person, where the time to decide has come and it cannot be told."""
    by = wanted.rollout.decide_by if wanted.rollout is not None else None
    if by is None or wanted.day < by:
        return
    for verdict in seen.verdicts:
        answers = f"undecided/{verdict.scope}"
        late = verdict.listed == "gate" and verdict.word in ("unsettled", "error")
        if late and answers not in seen.standing.answered:
            yield Draft(
                cause="caution",
                because=f"undecided by day {wanted.day}: {verdict.because}",
                scope=verdict.scope,
                expansion="held",
                answers=answers,
            )
            return


def _widening(wanted: Wanted, seen: Seen) -> Iterable[Draft]:
    rollout, standing = wanted.rollout, seen.standing
    if rollout is None or standing.expansion == "held":
        return
    yield from _returning(wanted, seen, rollout)
    ahead, last = after(rollout, standing)
    if ahead is None:
        return
    if not waiting(rollout, standing, seen.verdicts, day=wanted.day):
        because = "the first wave" if last is None else f"every gate of wave {last.name} is met"
        cause: Cause = "spec" if last is None else "wave"
        yield _opened(rollout, standing, ahead, cause=cause, because=because)
    yield from _listening(rollout, standing, ahead)


def _returning(wanted: Wanted, seen: Seen, rollout: Rollout) -> Iterable[Draft]:
    """Plan to go live again where a suspension was lifted; people apply it, never a loop."""
    for wave in reversed(rollout.waves):  # a place comes back as the last wave left it
        places = [p for p in _places(wave) if seen.standing.at(*p).mode == "silent"]
        if wave.name not in seen.standing.waves or wave.mode != "live" or not places:
            continue
        sites = sorted({site for site, _ in places})
        if wanting(rollout, seen.verdicts, sites, day=wanted.day):
            continue
        because = f"every gate is met at {', '.join(sites)} since it was lifted"
        draft = _opened(rollout, seen.standing, wave, cause="spec", because=because)
        kept = tuple(c for c in draft.changes if (c.site, c.unit) in places)
        yield replace(draft, changes=kept)


def _listening(rollout: Rollout, standing: Standing, wave: Wave) -> Iterable[Draft]:
    """Plan to answer silently where the next wave goes live, so that monitoring can report."""
    places = [p for p in _places(wave) if standing.at(*p).mode == "off"]
    if wave.mode == "live" and places:
        to = Spot(rollout.release, "silent", 0.0)
        yield Draft(
            cause="spec",
            because=f"monitoring must report from each site before wave {wave.name} goes live",
            scope=wave.name,
            expansion=standing.expansion,
            changes=tuple(_change(p, standing.at(*p), to) for p in places),
        )


def _opened(
    rollout: Rollout, standing: Standing, wave: Wave, *, cause: Cause, because: str
) -> Draft:
    return Draft(
        cause=cause,
        because=because,
        scope=wave.name,
        expansion="moving",
        changes=tuple(
            _change(place, standing.at(*place), reached(rollout, wave, standing.at(*place)))
            for place in _places(wave)
        ),
        requires=_required(wave),
        wave=wave.name,
    )


def _required(wave: Wave) -> tuple[Required, ...]:
    """Add up what a wave asks of each role, so that one person never fills two places."""
    wanted: dict[str, int] = {}
    for sign_off in wave.sign_offs:
        wanted[sign_off.role] = wanted.get(sign_off.role, 0) + sign_off.n
    return tuple(Required(role, n) for role, n in wanted.items())


def reached(rollout: Rollout, wave: Wave, spot: Spot) -> Spot:
    """Give what a wave makes of a place. Whoever was in stays in: shares and users only grow.

    A wave of named users reaches them alone, unless it also states a share.
    """
    if wave.mode != "live":
        return Spot(rollout.release, wave.mode, 0.0)
    named_only = bool(wave.users) and wave.share == 1.0
    share = max(0.0 if named_only else wave.share, spot.share)
    users = tuple(sorted({*spot.users, *wave.users})) if share < 1 else ()
    return Spot(rollout.release, "live", share, users, wave.weekly_case_cap)


def _mode(wave: Wave) -> Mode:
    return wave.mode


def _places(wave: Wave) -> list[Place]:
    return [(site, unit) for site in wave.sites for unit in wave.units or (WHOLE_SITE,)]


def _change(place: Place, old: Spot, new: Spot) -> Change:
    return Change(
        *place,
        release=(old.release, new.release),
        mode=(old.mode, new.mode),
        share=(old.share, new.share),
        users=(old.users, new.users),
        weekly_case_cap=(old.weekly_case_cap, new.weekly_case_cap),
    )


def _back(c: Change) -> Change:
    return Change(
        c.site,
        c.unit,
        release=c.release[::-1],
        mode=c.mode[::-1],
        share=c.share[::-1],
        users=c.users[::-1],
        weekly_case_cap=c.weekly_case_cap[::-1],
    )
