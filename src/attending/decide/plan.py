"""Wanted and seen become the next plans; nothing is changed here.

Safety comes first, then cautions, then expansion. A plan is as particular as can be, so
that whoever carries it out has no choice left; a plan that people must sign says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from attending.digest import digest
from attending.facts.plan import Cause, Change, Expansion, Plan, Required
from attending.spec.budget import scopes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from attending.decide.standing import Standing
    from attending.facts.verdict import Verdict
    from attending.spec.rollout import Rollout, Wave


@dataclass(frozen=True)
class Wanted:
    """What the specs ask for, and the moment of asking.

    Attributes
    ----------
    rollout
        The rollout spec.
    specs
        Digests of every spec the plan rests on.
    day
        The day whose facts were the last seen.
    valid_until
        When a plan made today goes stale, RFC 3339.

    """

    rollout: Rollout
    specs: Mapping[str, str]
    day: int
    valid_until: str


@dataclass(frozen=True)
class Seen:
    """What is: where things stand, today's verdicts, and the facts that hold them."""

    standing: Standing
    verdicts: Sequence[Verdict]
    evidence: tuple[int, ...]


def plan_digest(plan: Plan) -> str:
    """Give the digest people sign: over every field of the plan."""
    return digest(msgspec.to_builtins(plan))


def opening(wanted: Wanted, seen: Seen, *, because: str) -> Plan | None:
    """Plan the first wave; None where it was opened already."""
    wave = wanted.rollout.waves[0]
    if wave.name in seen.standing.waves:
        return None
    return _wave(wanted, seen, wave, cause="spec", because=because)


def next_plans(wanted: Wanted, seen: Seen) -> list[Plan]:
    """Give the plans that today's verdicts call for, most urgent first.

    Each plan's parent is the last one carried out, so of several only the first can be
    applied as it stands; the rest are planned again on the next turn.
    """
    plans = [p for p in (_suspension(wanted, seen), _hold(wanted, seen)) if p is not None]
    if not plans:
        expansion = _expansion(wanted, seen)
        plans += [expansion] if expansion is not None else []
    return plans


def members(rollout: Rollout, scope: str) -> tuple[str, ...]:
    """Give the sites of a scope: itself, a pool's, or every site of every wave."""
    for pool in rollout.pools:
        if pool.name == scope:
            return pool.sites
    everywhere = tuple(dict.fromkeys(site for wave in rollout.waves for site in wave.sites))
    return everywhere if scope == "all" else (scope,)


def _suspension(wanted: Wanted, seen: Seen) -> Plan | None:
    for verdict in seen.verdicts:
        crossed = verdict.listed == "safety_limit" and verdict.settled == "not_met"
        if not crossed or verdict.scope in seen.standing.suspended_for:
            continue
        sites = members(wanted.rollout, verdict.scope)
        changes = tuple(
            Change(
                site,
                unit,
                (spot.release, spot.release),
                (spot.mode, "suspended"),
                (spot.share, 0.0),
            )
            for (site, unit), spot in sorted(seen.standing.spots.items())
            if site in sites and spot.mode in ("live", "silent")
        )
        return _plan(
            wanted,
            seen,
            cause="safety",
            because=verdict.because,
            scope=verdict.scope,
            expansion="held",
            changes=changes,
        )
    return None


def _hold(wanted: Wanted, seen: Seen) -> Plan | None:
    for verdict in seen.verdicts:
        if verdict.scope in seen.standing.held_for:
            continue
        crossed = verdict.listed == "caution" and verdict.settled == "not_met"
        failed = verdict.listed == "gate" and verdict.settled == "not_met"
        late = (
            verdict.listed == "gate"
            and wanted.rollout.decide_by is not None
            and wanted.day >= wanted.rollout.decide_by
            and verdict.word == "unsettled"
        )
        if crossed or failed or late:
            because = verdict.because if not late else f"undecided by day {wanted.day}"
            return _plan(
                wanted,
                seen,
                cause="caution",
                because=because,
                scope=verdict.scope,
                expansion="held",
            )
    return None


def _expansion(wanted: Wanted, seen: Seen) -> Plan | None:
    rollout, standing = wanted.rollout, seen.standing
    opened = [wave for wave in rollout.waves if wave.name in standing.waves]
    ahead = [wave for wave in rollout.waves if wave.name not in standing.waves]
    if standing.expansion == "held" or not opened or not ahead:
        return None
    last = opened[-1]
    if wanted.day - standing.waves[last.name] < last.minimum_days:
        return None
    wanted_scopes = set(last.sites) & set(scopes(rollout))
    gates = [v for v in seen.verdicts if v.listed == "gate" and v.scope in wanted_scopes]
    if not gates or any(v.word != "met" for v in gates):
        return None
    because = f"every gate of wave {last.name} is met at {', '.join(sorted(wanted_scopes))}"
    return _wave(wanted, seen, ahead[0], cause="wave", because=because)


def _wave(wanted: Wanted, seen: Seen, wave: Wave, *, cause: Cause, because: str) -> Plan:
    release = wanted.rollout.release
    changes = []
    for site in wave.sites:
        for unit in wave.units or ("*",):
            spot = seen.standing.at(site, unit)
            changes.append(
                Change(
                    site,
                    unit,
                    (spot.release, release),
                    (spot.mode, "live"),
                    (spot.share, wave.share),
                ),
            )
    return _plan(
        wanted,
        seen,
        cause=cause,
        because=because,
        scope=wave.name,
        expansion="moving",
        changes=tuple(changes),
        requires=tuple(Required(s.role, s.n) for s in wave.sign_offs) if cause == "wave" else (),
    )


def _plan(  # noqa: PLR0913  a plan has these parts; each is named at the call
    wanted: Wanted,
    seen: Seen,
    *,
    cause: Cause,
    because: str,
    scope: str,
    expansion: Expansion,
    changes: tuple[Change, ...] = (),
    requires: tuple[Required, ...] = (),
) -> Plan:
    return Plan(
        use_case=wanted.rollout.use_case,
        parent=seen.standing.parent,
        state_digest=seen.standing.digest(wanted.specs),
        cause=cause,
        as_of=wanted.day,
        because=because,
        evidence=seen.evidence,
        valid_until=wanted.valid_until,
        expansion=(seen.standing.expansion, expansion),
        scope=scope,
        changes=changes,
        way_back=tuple(
            Change(c.site, c.unit, c.release[::-1], c.mode[::-1], c.share[::-1]) for c in changes
        ),
        requires=requires,
    )
