"""A rollout: where, in which order, and what must be shown before each step."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from attending.spec.text import Date, Text

Chance = Annotated[float, msgspec.Meta(gt=0, lt=1)]


class ConditionBudget(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Chances, over the whole rollout, that a committee's conditions may spend (contract G6)."""

    hold: Chance = 0.05
    suspend: Chance = 0.02


class Budget(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Chances, over the whole rollout and all looks, of one wrong step (contract C9)."""

    expand: Chance = 0.05
    hold: Chance = 0.20
    suspend: Chance = 0.05
    conditions: ConditionBudget = ConditionBudget()
    weights: dict[str, Annotated[float, msgspec.Meta(gt=0)]] = {}


class SignOff(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """So many people in this role must sign the plan's digest."""

    role: Annotated[str, msgspec.Meta(description="who signs, such as committee_chair")]
    n: Annotated[int, msgspec.Meta(ge=1)] = 1


class Gate(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One gate: a rule of the room `decide/gates`, a metric, and its limits."""

    gate: Annotated[
        str,
        msgspec.Meta(description="a rule of the room decide/gates, such as no_worse_than"),
    ]
    metric: Annotated[
        str,
        msgspec.Meta(description="the number it rests on, such as outcomes.risk_ratio"),
    ]
    of: str = ""
    floor: float | None = None
    goal: float | None = None
    at_least: Annotated[int, msgspec.Meta(ge=1)] | None = None
    fresh_days: Annotated[int, msgspec.Meta(ge=1)] | None = None
    inside: tuple[float, ...] | None = None


class Caution(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One caution: when crossed, expansion is held."""

    caution: Annotated[
        str,
        msgspec.Meta(description="a rule of the room decide/cautions, such as short_of_goal"),
    ]
    metric: Annotated[
        str,
        msgspec.Meta(description="the number it rests on, such as outcomes.risk_ratio"),
    ]
    of: str = ""
    floor: Annotated[float, msgspec.Meta(description="the worst value that is still acceptable")]
    goal: Annotated[float, msgspec.Meta(description="the value that was promised")]


class SafetyLimit(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One safety limit: when crossed, output is suspended."""

    safety_limit: Annotated[
        str,
        msgspec.Meta(description="a rule of the room decide/safety_limits, such as beyond_floor"),
    ]
    metric: Annotated[
        str,
        msgspec.Meta(description="the number it rests on, such as outcomes.risk_ratio"),
    ]
    of: str = ""
    floor: Annotated[float, msgspec.Meta(description="the worst value that is still acceptable")]
    stop_line: Annotated[
        float,
        msgspec.Meta(description="the value at which it is clearly harmful, beyond the floor"),
    ]


class Watch(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A metric measured and shown that decides nothing."""

    metric: Annotated[str, msgspec.Meta(description="which number is shown")]
    of: str = ""


class Pool(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Sites judged together, named with a reason before the first case."""

    name: Annotated[Text, msgspec.Meta(description="what verdicts call the pool")]
    sites: Annotated[
        tuple[str, ...],
        msgspec.Meta(min_length=1, description="which sites are judged together"),
    ]
    reason: Annotated[
        str,
        msgspec.Meta(
            min_length=1,
            description="why they belong together, written before the first case",
        ),
    ]


class Wave(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Sites, units, named users or a stable share of users that advance together.

    In a wave of mode ``silent`` the tool answers and nothing is shown: that is how it is
    validated.
    """

    name: Annotated[Text, msgspec.Meta(description="what plans and people call the wave")]
    sites: Annotated[
        tuple[str, ...],
        msgspec.Meta(min_length=1, description="which sites advance together"),
    ]
    mode: Literal["live", "silent"] = "live"
    units: tuple[str, ...] = ()
    share: Annotated[float, msgspec.Meta(gt=0, le=1)] = 1.0
    users: Annotated[
        tuple[str, ...],
        msgspec.Meta(description="pseudonyms of pilot users, as `attending pseudonym` prints them"),
    ] = ()
    weekly_case_cap: Annotated[int, msgspec.Meta(ge=1)] | None = None
    minimum_days: Annotated[int, msgspec.Meta(ge=0)] = 14
    sign_offs: tuple[SignOff, ...] = ()


class Freeze(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Days on which nothing expands; holding and suspending always work."""

    starts: Annotated[Date, msgspec.Meta(description="its first day, such as 2026-12-20")]
    ends: Annotated[Date, msgspec.Meta(description="its last day, such as 2027-01-02")]
    reason: Annotated[Text, msgspec.Meta(description="why nothing expands then")]


class Rollout(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One rollout of one release of one use case.

    Where every wave is silent, nothing is shown and no patient can be harmed by it: no
    safety limit is wanted. A rollout that goes live anywhere needs one.
    """

    kind: Literal["Rollout"]
    use_case: Annotated[
        Text,
        msgspec.Meta(description="the name of the use case that is rolled out"),
    ]
    release: Annotated[
        Text,
        msgspec.Meta(description="the release that expands; another one needs another plan"),
    ]
    budget: Budget = Budget()
    waves: Annotated[
        tuple[Wave, ...],
        msgspec.Meta(min_length=1, description="who gets it first, and who next"),
    ]
    pools: tuple[Pool, ...] = ()
    gates: Annotated[
        tuple[Gate, ...],
        msgspec.Meta(
            min_length=1,
            description="what must be shown before the next wave; without it, use expands on hope",
        ),
    ]
    cautions: tuple[Caution, ...] = ()
    safety_limits: tuple[SafetyLimit, ...] = ()
    watch: tuple[Watch, ...] = ()
    decide_by: Annotated[int, msgspec.Meta(ge=1)] | None = None
    freezes: tuple[Freeze, ...] = ()

    @property
    def is_silent(self) -> bool:
        """Tell whether nothing is shown in any wave."""
        return all(wave.mode == "silent" for wave in self.waves)
