"""A rollout: where, in which order, and what must be shown before each step."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec


Chance = Annotated[float, msgspec.Meta(gt=0, lt=1)]


class Budget(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Chances, over the whole rollout and all looks, of one wrong step (contract C9)."""

    expand: Chance = 0.05
    hold: Chance = 0.20
    suspend: Chance = 0.05
    weights: dict[str, Annotated[float, msgspec.Meta(gt=0)]] = {}


class SignOff(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """So many people in this role must sign the plan's digest."""

    role: str
    n: Annotated[int, msgspec.Meta(ge=1)] = 1


class Gate(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One gate: a rule of the room `decide/gates`, a metric, and its limits."""

    gate: str
    metric: str
    of: str = ""
    floor: float | None = None
    goal: float | None = None
    at_least: Annotated[int, msgspec.Meta(ge=1)] | None = None
    fresh_days: Annotated[int, msgspec.Meta(ge=1)] | None = None


class Caution(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One caution: when crossed, expansion is held."""

    caution: str
    metric: str
    of: str = ""
    floor: float
    goal: float


class SafetyLimit(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One safety limit: when crossed, output is suspended."""

    safety_limit: str
    metric: str
    of: str = ""
    floor: float
    stop_line: float


class Watch(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A metric measured and shown that decides nothing."""

    metric: str
    of: str = ""


class Pool(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Sites judged together, named with a reason before the first case."""

    name: str
    sites: Annotated[tuple[str, ...], msgspec.Meta(min_length=1)]
    reason: Annotated[str, msgspec.Meta(min_length=1)]


class Wave(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Sites, units, named users or a stable share of users that advance together."""

    name: str
    sites: Annotated[tuple[str, ...], msgspec.Meta(min_length=1)]
    units: tuple[str, ...] = ()
    share: Annotated[float, msgspec.Meta(gt=0, le=1)] = 1.0
    users: tuple[str, ...] = ()
    weekly_case_cap: Annotated[int, msgspec.Meta(ge=1)] | None = None
    minimum_days: Annotated[int, msgspec.Meta(ge=0)] = 14
    sign_offs: tuple[SignOff, ...] = ()


class Freeze(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Days on which nothing expands; holding and suspending always work."""

    starts: str
    ends: str
    reason: str


class Rollout(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One rollout of one release of one use case."""

    kind: Literal["Rollout"]
    use_case: str
    release: str
    budget: Budget = Budget()
    waves: Annotated[tuple[Wave, ...], msgspec.Meta(min_length=1)]
    pools: tuple[Pool, ...] = ()
    gates: Annotated[tuple[Gate, ...], msgspec.Meta(min_length=1)]
    cautions: tuple[Caution, ...] = ()
    safety_limits: Annotated[tuple[SafetyLimit, ...], msgspec.Meta(min_length=1)]
    watch: tuple[Watch, ...] = ()
    decide_by: Annotated[int, msgspec.Meta(ge=1)] | None = None
    freezes: tuple[Freeze, ...] = ()
